//! Certificates and zones that a test puts into the world without asking AWS's leave.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::call::{Caller, CreateHostedZone};
use super::certificate::{Certificate, Renewal, Status, Validation};
use super::control::ControlError;
use super::entry::{Entry, Shown};
use super::instant::SECONDS_PER_DAY;
use super::validation::DEFAULT_VALIDITY_DAYS;
use super::{DEFAULT_ACCOUNT, DEFAULT_REGION, World, dns_name, instant};

/// A zone to plant.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ZonePlanting {
    pub name: String,
    #[serde(default)]
    pub private: bool,
    #[serde(default = "yes")]
    pub delegated: bool,
    #[serde(default)]
    pub account_id: Option<String>,
}

fn yes() -> bool {
    true
}

/// A certificate to plant: the fields of `/_sim/state`, all optional but the domain name.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CertificatePlanting {
    pub domain_name: String,
    pub certificate_arn: Option<String>,
    pub account_id: Option<String>,
    pub region: Option<String>,
    pub subject_alternative_names: Option<Vec<String>>,
    pub status: Option<Status>,
    #[serde(rename = "type")]
    pub certificate_type: Option<String>,
    pub key_algorithm: Option<String>,
    pub validation_method: Option<String>,
    pub created_at: Option<Timestamp>,
    pub issued_at: Option<Timestamp>,
    pub not_before: Option<Timestamp>,
    pub not_after: Option<Timestamp>,
    pub serial: Option<String>,
    pub in_use_by: Option<Vec<String>>,
    pub exported: Option<bool>,
    pub managed_by: Option<String>,
    pub tags: Option<BTreeMap<String, Option<String>>>,
    pub idempotency_token: Option<String>,
    pub failure_reason: Option<String>,
    pub renewal: Option<Renewal>,
    pub validations: Option<Vec<Validation>>,
    pub deleted_at: Option<Timestamp>,
}

impl World {
    /// Makes a zone as wanted and answers its id.
    ///
    /// # Errors
    /// A name that DNS cannot carry.
    pub fn plant_zone(&mut self, planting: &ZonePlanting) -> Result<String, ControlError> {
        let name = dns_name::plain(&planting.name);
        if !dns_name::is_sound(&name) {
            return Err(ControlError::Invalid(format!("{} is not a domain name", planting.name)));
        }
        let account = planting.account_id.clone().unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
        let caller = Caller { account, region: DEFAULT_REGION.to_owned(), access_key: "control".to_owned() };
        let reference = format!("control-{}", self.numbers + 1);
        let zone = CreateHostedZone {
            name: name.clone(),
            caller_reference: reference,
            comment: None,
            private: planting.private,
        };
        let number = self.add_zone(&caller, &zone, &name, planting.delegated);
        Ok(self.zones.get(number).map(|zone| zone.id.clone()).unwrap_or_default())
    }

    /// Puts a certificate into the world, visible at once, and answers its ARN.
    ///
    /// # Errors
    /// No domain name, or an ARN that is taken.
    pub fn plant_certificate(&mut self, planting: CertificatePlanting) -> Result<String, ControlError> {
        let domain_name = dns_name::plain(&planting.domain_name);
        if domain_name.is_empty() {
            return Err(ControlError::Invalid("domainName is missing".to_owned()));
        }
        let number = self.next_number();
        let account = planting.account_id.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned());
        let region = planting.region.unwrap_or_else(|| DEFAULT_REGION.to_owned());
        let arn = planting.certificate_arn.unwrap_or_else(|| self.certificate_arn(&account, &region, number));
        if self.certificates.number_of(&arn).is_some() {
            return Err(ControlError::Invalid(format!("{arn} exists already")));
        }
        let mut names = vec![domain_name.clone()];
        for name in planting.subject_alternative_names.unwrap_or_default() {
            let name = dns_name::plain(&name);
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let status = planting.status.unwrap_or(Status::Issued);
        let was_issued = matches!(status, Status::Issued | Status::Inactive | Status::Expired | Status::Revoked);
        let method = planting.validation_method.unwrap_or_else(|| "DNS".to_owned());
        let proven = match status {
            Status::PendingValidation => "PENDING_VALIDATION",
            Status::ValidationTimedOut | Status::Failed => "FAILED",
            _ => "SUCCESS",
        };
        let validations = planting.validations.unwrap_or_else(|| self.validations(&account, &names, &method, proven));
        let created_at = planting.created_at.unwrap_or(self.now);
        let issued_at = planting.issued_at.or(was_issued.then_some(created_at));
        let not_before = planting.not_before.or(issued_at);
        let days = self.settings.public_validity_days.unwrap_or(DEFAULT_VALIDITY_DAYS);
        let not_after = planting.not_after.or(not_before.map(|start| instant::after(start, days * SECONDS_PER_DAY)));
        let serial = match planting.serial {
            None if was_issued => Some(self.new_serial()),
            given => given,
        };
        let certificate = Certificate {
            certificate_arn: arn.clone(),
            account_id: account,
            region,
            domain_name,
            subject_alternative_names: names,
            status,
            certificate_type: planting.certificate_type.unwrap_or_else(|| "AMAZON_ISSUED".to_owned()),
            key_algorithm: planting.key_algorithm.unwrap_or_else(|| "RSA_2048".to_owned()).replace("RSA-", "RSA_"),
            validation_method: Some(method),
            created_at,
            issued_at,
            not_before,
            not_after,
            serial,
            in_use_by: planting.in_use_by.unwrap_or_default(),
            exported: planting.exported.unwrap_or(false),
            managed_by: planting.managed_by,
            tags: planting.tags.unwrap_or_default(),
            idempotency_token: planting.idempotency_token,
            failure_reason: planting.failure_reason,
            renewal: planting.renewal,
            validations,
            deleted_at: planting.deleted_at,
        };
        self.place(number, certificate);
        Ok(arn)
    }

    fn place(&mut self, number: u64, certificate: Certificate) {
        let pending = certificate.status == Status::PendingValidation;
        let revoked = certificate.status == Status::Revoked;
        let arn = certificate.certificate_arn.clone();
        let detail = json!({"domainName": certificate.domain_name, "status": certificate.status});
        let now = self.now;
        let mut entry = Entry::new(certificate, true, now);
        entry.revoked_at = revoked.then_some(now);
        if pending {
            self.add_pending(number, entry);
        } else {
            self.certificates.insert(number, entry);
            self.dates_set(number);
        }
        let Some(entry) = self.certificates.get_mut(number) else { return };
        // Lists lag behind what AWS does, not behind what a test puts there.
        entry.shown = vec![Shown { at: Timestamp::UNIX_EPOCH, summary: entry.summary() }];
        let who = entry.by("control");
        self.note(&who, "Plant", &arn, detail);
    }
}
