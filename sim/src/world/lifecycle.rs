//! How a certificate ends: failed, timed out, expired, deleted.

use serde_json::{Value, json};

use super::World;
use super::answer::{Answer, ApiError};
use super::call::Caller;
use super::certificate::Status;
use super::instant;

impl World {
    pub(crate) fn delete_certificate(&mut self, caller: &Caller, arn: &str) -> Result<Answer, ApiError> {
        let number = self.visible_certificate(caller, arn)?;
        let release = self.settings.delete_release_seconds.unwrap_or(0.0);
        if let Some(entry) = self.certificates.get(number) {
            let held = entry.released_at.is_some_and(|at| instant::seconds_between(at, self.now) < release);
            if !entry.certificate.in_use_by.is_empty() || held {
                let message = format!("Certificate {arn} in account {} is in use.", caller.account);
                return Err(ApiError::new("ResourceInUseException", message));
            }
        }
        self.erase(number, caller, "DeleteCertificate");
        Ok(Answer::Done)
    }

    pub(crate) fn erase(&mut self, number: u64, who: &Caller, operation: &str) {
        let now = self.now;
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.certificate.deleted_at = Some(now);
        entry.renewing.run = None;
        let arn = entry.certificate.certificate_arn.clone();
        self.interest.forget(number);
        self.show(number);
        self.note(who, operation, &arn, json!({}));
    }

    /// The certificate's request fails. Names not yet proven fail with it.
    pub(crate) fn fail(&mut self, number: u64, reason: &str, by: &str, detail: &Value) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let certificate = &mut entry.certificate;
        certificate.status = Status::Failed;
        certificate.failure_reason = Some(reason.to_owned());
        for validation in &mut certificate.validations {
            if validation.status == "PENDING_VALIDATION" {
                validation.status = "FAILED".to_owned();
            }
        }
        self.settled(number, by, "Fail", detail.clone());
    }

    /// The time to prove the names is over.
    pub(crate) fn time_out(&mut self, number: u64) {
        let pending = self.certificates.get(number).is_some_and(|entry| {
            entry.certificate.status == Status::PendingValidation && entry.certificate.deleted_at.is_none()
        });
        if pending {
            self.time_out_now(number, "world");
        }
    }

    pub(crate) fn time_out_now(&mut self, number: u64, by: &str) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.certificate.status = Status::ValidationTimedOut;
        for validation in &mut entry.certificate.validations {
            if validation.status == "PENDING_VALIDATION" {
                validation.status = "FAILED".to_owned();
            }
        }
        self.settled(number, by, "TimeOut", json!({}));
    }

    /// NB: the dates may have moved since the event was set, by a renewal or by control.
    pub(crate) fn expire_if_due(&mut self, number: u64) {
        let now = self.now;
        let due = self.certificates.get(number).is_some_and(|entry| {
            let certificate = &entry.certificate;
            certificate.status == Status::Issued
                && certificate.deleted_at.is_none()
                && certificate.not_after.is_some_and(|at| at <= now)
        });
        if due {
            self.expire_now(number, "world");
        }
    }

    pub(crate) fn expire_now(&mut self, number: u64, by: &str) {
        self.give_up_renewal(number, by);
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.certificate.status = Status::Expired;
        self.settled(number, by, "Expire", json!({}));
    }

    /// What follows every change of a certificate: if it waits for no record any more none is watched, lists show the
    /// change, the journal has it.
    pub(crate) fn settled(&mut self, number: u64, by: &str, operation: &str, detail: Value) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        if entry.certificate.status != Status::Issued {
            entry.renewing.run = None;
        }
        let who = entry.by(by);
        let arn = entry.certificate.certificate_arn.clone();
        if entry.certificate.status != Status::PendingValidation && !entry.is_renewing() {
            self.interest.forget(number);
        }
        self.show(number);
        self.note(&who, operation, &arn, detail);
    }
}
