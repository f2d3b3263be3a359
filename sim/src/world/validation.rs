//! From a record in public DNS to an issued certificate, and to nothing less.

use serde_json::json;

use super::World;
use super::certificate::Status;
use super::instant::{self, SECONDS_PER_DAY};
use super::names::base_domain;
use super::schedule::Event;

/// Public certificates are valid so long unless the settings say otherwise.
pub(crate) const DEFAULT_VALIDITY_DAYS: f64 = 198.0;

/// CAs that a CAA record may name to let Amazon issue.
const AMAZON_CAS: [&str; 4] = ["amazon.com", "amazontrust.com", "awstrust.com", "amazonaws.com"];

impl World {
    /// Looks at public DNS for every name of a waiting certificate. A record that has come starts the name's
    /// validation; one that has gone undoes it. A certificate under renewal is looked at in the same way.
    pub(crate) fn revalidate(&mut self, number: u64) {
        let Some(entry) = self.certificates.get(number) else { return };
        if entry.is_renewing() {
            return self.look_at_renewal(number);
        }
        let certificate = &entry.certificate;
        let waiting = certificate.status == Status::PendingValidation
            && certificate.deleted_at.is_none()
            && certificate.validation_method.as_deref() == Some("DNS");
        if !waiting {
            self.interest.forget(number);
            return;
        }
        let known_at = entry.records_known_at;
        let mut looks = Vec::new();
        for (position, validation) in certificate.validations.iter().enumerate() {
            let (Some(name), Some(value)) = (&validation.record_name, &validation.record_value) else { continue };
            looks.push((position, self.look_for_record(name, value)));
        }
        self.interest.forget(number);
        for (position, look) in looks {
            for name in look.names {
                self.interest.add(name, number);
            }
            let Some(entry) = self.certificates.get_mut(number) else { return };
            let Some(proof) = entry.proofs.get_mut(position) else { continue };
            if look.found && !proof.standing {
                proof.standing = true;
                proof.attempt += 1;
                let attempt = proof.attempt;
                let wait = instant::seconds_between(self.now, known_at).max(0.0);
                let validated_at = self.moment_after(self.settings.validation_seconds);
                let at = instant::after(validated_at, wait);
                self.schedule(at, Event::Validated { certificate: number, position, attempt });
            } else if !look.found {
                proof.standing = false;
                if let Some(validation) = entry.certificate.validations.get_mut(position) {
                    validation.status = "PENDING_VALIDATION".to_owned();
                }
            }
        }
    }

    /// ACM has found one name's record. The last name to be found issues the certificate.
    pub(crate) fn conclude_validation(&mut self, number: u64, position: usize, attempt: u64) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let current = entry.proofs.get(position).is_some_and(|proof| proof.standing && proof.attempt == attempt);
        let certificate = &mut entry.certificate;
        if !current || certificate.status != Status::PendingValidation || certificate.deleted_at.is_some() {
            return;
        }
        let Some(validation) = certificate.validations.get_mut(position) else { return };
        validation.status = "SUCCESS".to_owned();
        self.issue_if_proven(number);
    }

    /// Issues a certificate whose every name is proven, unless a CAA record forbids it.
    pub(crate) fn issue_if_proven(&mut self, number: u64) {
        let Some(entry) = self.certificates.get(number) else { return };
        let certificate = &entry.certificate;
        if certificate.validations.iter().any(|validation| validation.status != "SUCCESS") {
            return;
        }
        let names = certificate.subject_alternative_names.clone();
        if let Some(name) = names.iter().find(|name| self.forbidden_by_caa(name)) {
            let detail = json!({"reason": "CAA_ERROR", "domainName": name});
            self.fail(number, "CAA_ERROR", "world", &detail);
        } else {
            self.issue(number);
        }
    }

    fn issue(&mut self, number: u64) {
        self.give_validity(number);
        let Some(entry) = self.certificates.get(number) else { return };
        let certificate = &entry.certificate;
        let detail = json!({"serial": certificate.serial, "notAfter": certificate.not_after.map(instant::text)});
        self.settled(number, "world", "Issue", detail);
    }

    /// Makes a certificate ISSUED from now on, with a serial number and dates it did not have before.
    pub(crate) fn give_validity(&mut self, number: u64) {
        let days = self.settings.public_validity_days.unwrap_or(DEFAULT_VALIDITY_DAYS);
        let now = self.now;
        let serial = self.new_serial();
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let certificate = &mut entry.certificate;
        certificate.status = Status::Issued;
        certificate.issued_at = Some(now);
        certificate.not_before = Some(now);
        certificate.not_after = Some(instant::after(now, days * SECONDS_PER_DAY));
        certificate.serial = Some(serial);
        self.dates_set(number);
    }

    /// A serial number that no certificate had before, as ACM spells them.
    pub(crate) fn new_serial(&mut self) -> String {
        let number = self.next_number();
        let hex = self.seed.hex(&["serial", &number.to_string()], 32);
        let pairs: Vec<&str> = (0..hex.len()).step_by(2).filter_map(|start| hex.get(start..start + 2)).collect();
        pairs.join(":")
    }

    /// Whether the nearest CAA record set above a name keeps Amazon from issuing for it.
    pub(crate) fn forbidden_by_caa(&self, name: &str) -> bool {
        let base = base_domain(name);
        let mut here = base;
        let set = loop {
            if let Some(set) = self.public_lookup(here, "CAA") {
                break set;
            }
            match here.split_once('.') {
                Some((_, parent)) => here = parent,
                None => return false,
            }
        };
        let properties: Vec<(&str, String)> = set.iter().filter_map(|value| caa_property(value)).collect();
        let has = |tag: &str| properties.iter().any(|(known, _)| *known == tag);
        let tag = if name.starts_with("*.") && has("issuewild") { "issuewild" } else { "issue" };
        let allowed = properties.iter().any(|(known, ca)| *known == tag && AMAZON_CAS.contains(&ca.as_str()));
        has(tag) && !allowed
    }
}

/// The tag and the CA of a record such as `0 issue "amazon.com; key=value"`.
fn caa_property(value: &str) -> Option<(&str, String)> {
    let mut words = value.splitn(3, ' ');
    let _flags = words.next()?;
    let tag = words.next()?;
    let ca = words.next()?.trim().trim_matches('"');
    let ca = ca.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Some((tag, ca))
}
