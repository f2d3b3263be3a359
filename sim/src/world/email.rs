//! Validation by e-mail: where the mails go, who approves, and when ACM sends them again.

use serde_json::json;

use super::answer::{Answer, ApiError};
use super::call::{Caller, DomainValidationOption, Service};
use super::certificate::{Mails, Status};
use super::control::ControlError;
use super::entry::Entry;
use super::names::base_domain;
use super::{World, dns_name};

/// Whom ACM writes to at a validation domain.
const USERS: [&str; 5] = ["admin", "administrator", "hostmaster", "postmaster", "webmaster"];

/// The API model bounds the list.
const MAX_OPTIONS: usize = 100;

impl Entry {
    /// Where the mails about each name go; nowhere, unless the certificate is validated by e-mail.
    pub(crate) fn mails(&self) -> Vec<Mails> {
        if !self.validated_by("EMAIL") {
            return Vec::new();
        }
        let names = self.certificate.validations.iter().map(|validation| validation.domain_name.as_str());
        let mails = |(position, name): (usize, &str)| {
            let wished = self.validation_domains.get(position).and_then(Option::as_deref);
            let domain = wished.unwrap_or_else(|| mail_domain(name));
            Mails {
                validation_domain: wished.unwrap_or(name).to_owned(),
                addresses: USERS.iter().map(|user| format!("{user}@{domain}")).collect(),
            }
        };
        names.enumerate().map(mails).collect()
    }

    /// Whether ACM waits for somebody to approve the name at this position, at issue or at renewal.
    fn waits_for_approval(&self, position: usize) -> bool {
        let certificate = &self.certificate;
        let renewal = certificate.renewal.as_ref().map(|renewal| renewal.status.as_str());
        let status = match (certificate.status, renewal) {
            (Status::PendingValidation, _) => certificate.validations.get(position).map(|own| own.status.clone()),
            (Status::Issued, Some("PENDING_VALIDATION")) => self.renewal_validations().get(position).cloned(),
            _ => None,
        };
        self.validated_by("EMAIL") && status.as_deref() == Some("PENDING_VALIDATION")
    }
}

/// ACM writes to the domain above a wildcard or a `www`.
fn mail_domain(name: &str) -> &str {
    let base = base_domain(name);
    base.strip_prefix("www.").filter(|rest| rest.contains('.')).unwrap_or(base)
}

/// The validation domains a caller wishes for, one for each of the certificate's names.
pub(crate) fn accepted_options(
    names: &[String],
    options: Option<&[DomainValidationOption]>,
) -> Result<Vec<Option<String>>, ApiError> {
    let mut domains = vec![None; names.len()];
    let Some(options) = options else { return Ok(domains) };
    if options.is_empty() || options.len() > MAX_OPTIONS {
        let bound = format!("Member must have length between 1 and {MAX_OPTIONS}, inclusive");
        return Err(ApiError::constraint(&format!("{} options", options.len()), "domainValidationOptions", &bound));
    }
    for option in options {
        let name = dns_name::plain(&option.domain_name);
        let wished = accepted_domain(&name, &option.validation_domain)?;
        match names.iter().position(|known| *known == name).and_then(|position| domains.get_mut(position)) {
            Some(domain) => *domain = Some(wished),
            None => return Err(invalid_options(format!("{name} is not among the names of the request"))),
        }
    }
    Ok(domains)
}

fn accepted_domain(name: &str, wished: &str) -> Result<String, ApiError> {
    let plain = dns_name::plain(wished);
    let domain = base_domain(&plain);
    if domain.contains('.') && dns_name::is_sound(domain) && dns_name::is_within(base_domain(name), domain) {
        Ok(domain.to_owned())
    } else {
        Err(invalid_options(format!("The validation domain {wished} is neither {name} nor a domain above it")))
    }
}

fn invalid_options(message: String) -> ApiError {
    ApiError::new("InvalidDomainValidationOptionsException", message)
}

impl World {
    pub(crate) fn resend_validation_email(
        &mut self,
        caller: &Caller,
        arn: &str,
        domain: &str,
        validation_domain: &str,
    ) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let name = dns_name::plain(domain);
        let Some(entry) = self.certificates.get_mut(number) else { return Err(ApiError::internal(Service::Acm)) };
        let position = entry.certificate.validations.iter().position(|own| own.domain_name == name);
        let Some(position) = position.filter(|position| entry.waits_for_approval(*position)) else {
            // NB: AWS says so whatever the cause: another method, a name approved already, nothing to approve.
            let message = format!("Certificate {arn} is not using EMAIL validation for domain {name}");
            return Err(ApiError::new("InvalidStateException", message));
        };
        let wished = accepted_domain(&name, validation_domain)?;
        entry.validation_domains.resize(entry.certificate.validations.len(), None);
        if let Some(domain) = entry.validation_domains.get_mut(position) {
            *domain = Some(wished.clone());
        }
        self.note(caller, "ResendValidationEmail", arn, json!({"domainName": name, "validationDomain": wished}));
        Ok(Answer::Done)
    }

    /// Somebody clicked the link in a mail. With every name approved the certificate is issued, or renewed.
    pub(crate) fn approve_email(&mut self, number: u64, name: Option<&str>) -> Result<(), ControlError> {
        let Some(entry) = self.certificates.get_mut(number) else { return Ok(()) };
        let renewing = entry.is_renewing();
        let pending = entry.certificate.status == Status::PendingValidation;
        if !entry.validated_by("EMAIL") || !(pending || renewing) {
            return Err(ControlError::Invalid("the certificate does not wait for an e-mail approval".to_owned()));
        }
        let name = name.map(dns_name::plain);
        let mut approved = false;
        for (position, validation) in entry.certificate.validations.iter_mut().enumerate() {
            if name.as_deref().is_some_and(|name| name != validation.domain_name) {
                continue;
            }
            approved = true;
            if !renewing {
                validation.status = "SUCCESS".to_owned();
            } else if let Some(status) = entry.renewing.validations.get_mut(position) {
                *status = "SUCCESS".to_owned();
            }
        }
        if !approved {
            return Err(ControlError::Invalid(format!("{} is no name of it", name.unwrap_or_default())));
        }
        self.settled(number, "control", "ApproveEmail", json!({"domainName": name}));
        if renewing {
            self.look_at_renewal(number);
        } else {
            self.issue_if_proven(number);
        }
        Ok(())
    }
}
