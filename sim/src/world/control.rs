//! What a test does to a certificate that AWS, its services or time would do in life.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;

use super::certificate::Status;
use super::{World, instant};

/// Why a control action was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No such certificate.
    #[error("{0}")]
    NotFound(String),
    /// The request makes no sense.
    #[error("{0}")]
    Invalid(String),
}

/// An action and the certificate it is done to.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Action {
    pub certificate_arn: String,
    pub action: ActionKind,
    #[serde(default)]
    pub by: Option<Vec<String>>,
    #[serde(default)]
    pub not_before: Option<Timestamp>,
    #[serde(default)]
    pub not_after: Option<Timestamp>,
    #[serde(default)]
    pub reason: Option<String>,
    #[serde(default)]
    pub domain_name: Option<String>,
}

/// What can be done to a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ActionKind {
    SetInUse,
    SetValidity,
    StartRenewal,
    FailRenewal,
    FinishRenewal,
    Fail,
    TimeOut,
    Expire,
    Revoke,
    ApproveEmail,
    Delete,
}

impl World {
    /// Does an action to a certificate.
    ///
    /// # Errors
    /// No such certificate, or a field that the action needs is missing.
    pub fn act(&mut self, action: &Action) -> Result<(), ControlError> {
        let arn = &action.certificate_arn;
        let live =
            |number: &u64| self.certificates.get(*number).is_some_and(|entry| entry.certificate.deleted_at.is_none());
        let Some(number) = self.certificates.number_of(arn).filter(live) else {
            return Err(ControlError::NotFound(format!("there is no certificate {arn}")));
        };
        let reason = action.reason.clone().unwrap_or_else(|| "OTHER".to_owned());
        match action.action {
            ActionKind::SetInUse => self.set_in_use(number, action.by.clone().unwrap_or_default()),
            ActionKind::SetValidity => return self.set_validity(number, action),
            ActionKind::StartRenewal => return self.force_renewal(number),
            ActionKind::FailRenewal => self.fail_renewal(number, &reason, "control"),
            ActionKind::FinishRenewal => self.renew(number, "control"),
            ActionKind::Fail => self.fail(number, &reason, "control", &json!({"reason": reason})),
            ActionKind::TimeOut => self.time_out_now(number, "control"),
            ActionKind::Expire => self.expire_now(number, "control"),
            ActionKind::Revoke => self.revoke(number),
            ActionKind::ApproveEmail => return self.approve_email(number, action.domain_name.as_deref()),
            ActionKind::Delete => {
                if let Some(who) = self.certificates.get(number).map(|entry| entry.by("control")) {
                    self.erase(number, &who, "Delete");
                }
            }
        }
        Ok(())
    }

    fn set_in_use(&mut self, number: u64, by: Vec<String>) {
        let now = self.now;
        let Some(entry) = self.certificates.get_mut(number) else { return };
        if by.is_empty() && !entry.certificate.in_use_by.is_empty() {
            entry.released_at = Some(now);
        }
        let detail = json!({"by": by});
        entry.certificate.in_use_by = by;
        self.settled(number, "control", "SetInUse", detail);
        self.withdraw_renewal(number);
        self.open_renewal(number);
    }

    /// Starts a renewal outside its window, used or not; from there it goes on as any other.
    fn force_renewal(&mut self, number: u64) -> Result<(), ControlError> {
        let renewable = self.certificates.get(number).is_some_and(|entry| {
            entry.certificate.status == Status::Issued && entry.certificate.certificate_type == "AMAZON_ISSUED"
        });
        if !renewable {
            return Err(ControlError::Invalid("only a certificate that Amazon issued is renewed".to_owned()));
        }
        self.start_renewal(number, "control");
        Ok(())
    }

    fn set_validity(&mut self, number: u64, action: &Action) -> Result<(), ControlError> {
        if action.not_before.is_none() && action.not_after.is_none() {
            return Err(ControlError::Invalid("set-validity needs notBefore or notAfter".to_owned()));
        }
        let Some(entry) = self.certificates.get_mut(number) else { return Ok(()) };
        let certificate = &mut entry.certificate;
        certificate.not_before = action.not_before.or(certificate.not_before);
        certificate.not_after = action.not_after.or(certificate.not_after);
        let not_after = certificate.not_after;
        let detail = json!({
            "notBefore": certificate.not_before.map(instant::text),
            "notAfter": not_after.map(instant::text),
        });
        self.dates_set(number);
        self.settled(number, "control", "SetValidity", detail);
        Ok(())
    }

    fn revoke(&mut self, number: u64) {
        let now = self.now;
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.certificate.status = Status::Revoked;
        entry.revoked_at = Some(now);
        self.settled(number, "control", "Revoke", json!({}));
    }
}
