//! How one certificate is looked up and shown.

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, Service};
use super::certificate::{CertificateDetail, Status};
use super::entry::Shown;
use super::{instant, x509};

impl World {
    /// The number of a certificate that this caller can see now.
    pub(crate) fn visible_certificate(&self, caller: &Caller, arn: &str) -> Result<u64, ApiError> {
        if !super::names::is_certificate_arn(arn) {
            let pattern = r"Member must satisfy regular expression pattern: arn:[\w+=/,.@-]+:acm:[\w+=/,.@-]*:[0-9]+:[\w+=,.@-]+(/[\w+=,.@-]+)*";
            return Err(ApiError::constraint(arn, "certificateArn", pattern));
        }
        let missing = || {
            let message = format!("Could not find certificate {arn} in account {}.", caller.account);
            ApiError::new("ResourceNotFoundException", message)
        };
        let number = self.certificates.number_of(arn).ok_or_else(missing)?;
        let entry = self.certificates.get(number).ok_or_else(missing)?;
        let certificate = &entry.certificate;
        let seen = certificate.account_id == caller.account
            && certificate.region == caller.region
            && certificate.deleted_at.is_none()
            && entry.visible_at <= self.now;
        if seen { Ok(number) } else { Err(missing()) }
    }

    pub(crate) fn describe_certificate(&self, caller: &Caller, arn: &str) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let Some(entry) = self.certificates.get(number) else {
            return Err(ApiError::internal(Service::Acm));
        };
        Ok(Answer::Certificate(Box::new(CertificateDetail {
            certificate: entry.certificate.clone(),
            records_known: entry.records_known_at <= self.now,
            renewal_eligible: entry.renewal_eligible(),
            exportable: entry.may_be_exported(),
            renewal_validations: entry
                .certificate
                .renewal
                .as_ref()
                .map(|_| entry.renewal_validations())
                .unwrap_or_default(),
            mails: entry.mails(),
            revoked_at: entry.revoked_at,
        })))
    }

    /// NB: a request that failed never gets a certificate, yet AWS documents no other refusal for it.
    pub(crate) fn get_certificate(&self, caller: &Caller, arn: &str) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let Some(entry) = self.certificates.get(number) else { return Err(ApiError::internal(Service::Acm)) };
        let certificate = &entry.certificate;
        let texts = if certificate.status == Status::PendingValidation { None } else { x509::texts(certificate) };
        let Some((certificate, chain)) = texts else {
            let message = format!("Certificate {arn} in account {} is not yet issued.", caller.account);
            return Err(ApiError::new("RequestInProgressException", message));
        };
        Ok(Answer::CertificateText { certificate, chain })
    }

    /// Takes note that lists will show something else of this certificate from now on.
    pub(crate) fn show(&mut self, number: u64) {
        let now = self.now;
        let lag = self.settings.list_lag_seconds.unwrap_or(0.0);
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let summary = entry.summary();
        entry.shown.push(Shown { at: now, summary });
        // What a list can show no more need not be kept: everything before the last one that has come through.
        let horizon = instant::after(now, -lag);
        if let Some(last) = entry.shown.iter().rposition(|shown| shown.at <= horizon) {
            entry.shown.drain(..last);
        }
    }
}
