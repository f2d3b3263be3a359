//! RequestCertificate: what is accepted, what a token remembers, what comes into being.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, RequestCertificate};
use super::certificate::{Certificate, Status, Validation};
use super::email::accepted_options;
use super::entry::Entry;
use super::instant;
use super::names::{accepted_name, base_domain, check_token};
use super::schedule::Event;
use super::tags::check_tags;

/// AWS remembers an idempotency token so long.
const TOKEN_MEMORY_SECONDS: f64 = 3600.0;

/// The API model bounds the list, whatever the quota says.
const MAX_SANS: usize = 100;

const KEY_ALGORITHMS: [&str; 3] = ["RSA_2048", "EC_prime256v1", "EC_secp384r1"];

/// Which certificate a token stands for, and since when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TokenMemory {
    pub certificate: u64,
    #[serde(with = "instant")]
    pub at: Timestamp,
}

/// The first part of every ARN of a region.
pub(crate) fn partition(region: &str) -> &'static str {
    if region.starts_with("cn-") {
        "aws-cn"
    } else if region.starts_with("us-gov-") {
        "aws-us-gov"
    } else {
        "aws"
    }
}

impl World {
    pub(crate) fn request_certificate(
        &mut self,
        caller: &Caller,
        request: &RequestCertificate,
    ) -> Result<Answer, ApiError> {
        let names = self.accepted_names(request)?;
        let method = request.validation_method.as_deref().unwrap_or("EMAIL");
        if method != "DNS" && method != "EMAIL" {
            return Err(ApiError::enumeration(method, "validationMethod", &["DNS", "EMAIL"]));
        }
        let key_algorithm = request.key_algorithm.as_deref().unwrap_or("RSA_2048");
        if !KEY_ALGORITHMS.contains(&key_algorithm) {
            return Err(ApiError::enumeration(key_algorithm, "keyAlgorithm", &KEY_ALGORITHMS));
        }
        if request.certificate_authority_arn.is_some() || request.managed_by.is_some() {
            return Err(ApiError::new("InvalidParameterException", "This simulator issues public certificates only"));
        }
        let export = request.export.as_deref().unwrap_or("DISABLED");
        if export != "ENABLED" && export != "DISABLED" {
            return Err(ApiError::enumeration(export, "options.export", &["ENABLED", "DISABLED"]));
        }
        let validation_domains = accepted_options(&names, request.domain_validation_options.as_deref())?;
        if let Some(tags) = &request.tags {
            check_tags(tags)?;
            self.check_tag_count(tags.len())?;
        }
        let token_key = match &request.idempotency_token {
            Some(token) => {
                check_token(token)?;
                Some(format!("{}/{}/{token}", caller.account, caller.region))
            }
            None => None,
        };
        if let Some(arn) = token_key.as_deref().and_then(|key| self.remembered(key)) {
            return Ok(Answer::Requested { certificate_arn: arn });
        }
        self.check_certificate_quotas(caller)?;

        let number = self.next_number();
        let arn = self.certificate_arn(&caller.account, &caller.region, number);
        let visible_at = self.moment_after(self.settings.describe_visible_seconds);
        let records_known_at = self.moment_after(self.settings.resource_record_delay_seconds).max(visible_at);
        let validations = self.validations(&caller.account, &names, method, "PENDING_VALIDATION");
        let tags = request.tags.iter().flatten().map(|tag| (tag.key.clone(), tag.value.clone())).collect();
        let certificate = Certificate {
            certificate_arn: arn.clone(),
            account_id: caller.account.clone(),
            region: caller.region.clone(),
            domain_name: names.first().cloned().unwrap_or_default(),
            subject_alternative_names: names,
            status: Status::PendingValidation,
            certificate_type: "AMAZON_ISSUED".to_owned(),
            key_algorithm: key_algorithm.to_owned(),
            validation_method: Some(method.to_owned()),
            created_at: self.now,
            issued_at: None,
            not_before: None,
            not_after: None,
            serial: None,
            in_use_by: Vec::new(),
            exported: false,
            managed_by: None,
            tags,
            idempotency_token: request.idempotency_token.clone(),
            failure_reason: None,
            renewal: None,
            validations,
            deleted_at: None,
        };
        let detail = json!({
            "certificateArn": arn,
            "domainName": certificate.domain_name,
            "subjectAlternativeNames": certificate.subject_alternative_names,
            "validationMethod": method,
            "keyAlgorithm": key_algorithm,
            "idempotencyToken": request.idempotency_token,
            "tags": certificate.tags,
        });
        let target = certificate.domain_name.clone();
        if let Some(key) = token_key {
            self.tokens.insert(key, TokenMemory { certificate: number, at: self.now });
        }
        let mut entry = Entry::new(certificate, false, visible_at);
        entry.records_known_at = records_known_at;
        entry.validation_domains = validation_domains;
        entry.exportable = export == "ENABLED";
        self.add_pending(number, entry);
        self.note(caller, "RequestCertificate", &target, detail);
        Ok(Answer::Requested { certificate_arn: arn })
    }

    /// Puts a certificate into the world and lets its validation begin.
    pub(crate) fn add_pending(&mut self, number: u64, entry: Entry) {
        let records_known_at = entry.records_known_at;
        self.certificates.insert(number, entry);
        self.show(number);
        if let Some(seconds) = self.settings.validation_timeout_seconds {
            let at = instant::after(records_known_at, seconds);
            self.schedule(at, Event::TimeOut { certificate: number });
        }
        self.revalidate(number);
    }

    fn accepted_names(&self, request: &RequestCertificate) -> Result<Vec<String>, ApiError> {
        let mut all = vec![accepted_name(&request.domain_name, "domainName", true)?];
        if let Some(alternatives) = &request.subject_alternative_names {
            if alternatives.is_empty() || alternatives.len() > MAX_SANS {
                let bound = format!("Member must have length between 1 and {MAX_SANS}, inclusive");
                let value = format!("{} names", alternatives.len());
                return Err(ApiError::constraint(&value, "subjectAlternativeNames", &bound));
            }
            for (index, name) in alternatives.iter().enumerate() {
                let member = format!("subjectAlternativeNames.{}.member", index + 1);
                let name = accepted_name(name, &member, false)?;
                if !all.contains(&name) {
                    all.push(name);
                }
            }
        }
        let limit = self.settings.quotas.as_ref().and_then(|quotas| quotas.names_per_certificate);
        match limit {
            Some(limit) if all.len() as u64 > limit => Err(ApiError::new(
                "LimitExceededException",
                format!("A certificate can have at most {limit} names, but {} were given", all.len()),
            )),
            _ => Ok(all),
        }
    }

    fn remembered(&self, key: &str) -> Option<String> {
        let memory = self.tokens.get(key)?;
        if instant::seconds_between(memory.at, self.now) >= TOKEN_MEMORY_SECONDS {
            return None;
        }
        let certificate = &self.certificates.get(memory.certificate)?.certificate;
        if certificate.deleted_at.is_some() {
            return None;
        }
        Some(certificate.certificate_arn.clone())
    }

    pub(crate) fn certificate_arn(&self, account: &str, region: &str, number: u64) -> String {
        let id = self.seed.uuid(&["certificate", &number.to_string()]);
        format!("arn:{}:acm:{region}:{account}:certificate/{id}", partition(region))
    }

    /// The record that proves a name: the same for every certificate of an account, in every region, and for `x`
    /// and `*.x` alike.
    pub(crate) fn validation_record(&self, account: &str, name: &str) -> (String, String) {
        let base = base_domain(name);
        let label = self.seed.hex(&["record name", account, base], 32);
        let value = self.seed.hex(&["record value", account, base], 32);
        let alphabet = b"abcdefghijklmnopqrstuvwxyz";
        let zone = self.seed.letters(&["validation zone", account, base], alphabet, 10);
        (format!("_{label}.{base}"), format!("_{value}.{zone}.acm-validations.aws"))
    }

    pub(crate) fn validations(
        &self,
        account: &str,
        certificate_names: &[String],
        method: &str,
        status: &str,
    ) -> Vec<Validation> {
        let validation = |name: &String| {
            let record = (method == "DNS").then(|| self.validation_record(account, name));
            let (record_name, record_value) = record.unzip();
            Validation {
                domain_name: name.clone(),
                status: status.to_owned(),
                record_type: record_name.is_some().then(|| "CNAME".to_owned()),
                record_name,
                record_value,
            }
        };
        certificate_names.iter().map(validation).collect()
    }
}
