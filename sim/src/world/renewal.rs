//! Managed renewal: the window opens, ACM looks at every name, and the certificate goes on under its ARN, or not.
//!
//! A renewal that goes on is a [`Run`]. It is sound while every name is proven and no CAA record forbids; a sound
//! run ends in SUCCESS after `renewalSeconds`, any other waits in PENDING_VALIDATION until it becomes sound or the
//! certificate expires. Without a service that uses the certificate there is no run.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::World;
use super::certificate::{Renewal, Status};
use super::entry::Entry;
use super::instant::{self, SECONDS_PER_DAY};
use super::schedule::Event;

/// Renewal by e-mail starts so many days before the end, for people are slower than DNS.
const EMAIL_WINDOW_DAYS: f64 = 45.0;

/// How far ACM is with renewing one certificate.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Renewing {
    /// When the window of the present validity opens; `None` for never.
    #[serde(with = "instant::optional")]
    pub opens_at: Option<Timestamp>,
    /// The last number given to a run or an attempt; tells a stale event from a live one.
    pub last: u64,
    pub run: Option<Run>,
    /// How far the present or last renewal is with each name.
    pub validations: Vec<String>,
    /// An export makes one renewal, not every one.
    pub export_spent: bool,
}

/// A renewal that goes on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    pub number: u64,
    /// Whether ACM has had the time to miss a record.
    pub looked: bool,
    /// The attempt under way, while every name is proven.
    pub attempt: Option<u64>,
}

impl Entry {
    /// Whether ACM renews it by itself: issued by Amazon, and used, or exported since it was issued or renewed.
    pub(crate) fn renewal_eligible(&self) -> bool {
        let certificate = &self.certificate;
        let exported = certificate.exported && !self.renewing.export_spent;
        certificate.status == Status::Issued
            && certificate.certificate_type == "AMAZON_ISSUED"
            && (!certificate.in_use_by.is_empty() || exported)
    }

    pub(crate) fn is_renewing(&self) -> bool {
        let certificate = &self.certificate;
        self.renewing.run.is_some() && certificate.status == Status::Issued && certificate.deleted_at.is_none()
    }

    /// How far the renewal is with each name; a planted renewal is as far as the certificate itself.
    pub(crate) fn renewal_validations(&self) -> Vec<String> {
        let renewed = &self.renewing.validations;
        let own = self.certificate.validations.iter().enumerate();
        own.map(|(position, own)| renewed.get(position).unwrap_or(&own.status).clone()).collect()
    }

    fn opening(&self, window_days: Option<f64>) -> Option<Timestamp> {
        let (from, to) = self.certificate.not_before.zip(self.certificate.not_after)?;
        let most = if self.validated_by("EMAIL") { EMAIL_WINDOW_DAYS } else { f64::INFINITY };
        let third = instant::seconds_between(from, to) / 3.0;
        let window = (window_days?.min(most) * SECONDS_PER_DAY).min(third);
        (window > 0.0).then(|| instant::after(to, -window))
    }
}

impl World {
    /// The certificate has other dates than before: its end and the opening of its window are due anew.
    pub(crate) fn dates_set(&mut self, number: u64) {
        let window_days = self.settings.renewal_window_days;
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let opens_at = entry.opening(window_days);
        let not_after = entry.certificate.not_after;
        entry.renewing.opens_at = opens_at;
        if let Some(at) = not_after {
            self.schedule(at, Event::Expire { certificate: number });
        }
        if let Some(at) = opens_at {
            self.schedule(at, Event::OpenRenewal { certificate: number });
        }
    }

    /// Starts a renewal if the window is open and nothing keeps ACM from it. A renewal that has failed in this
    /// window, or was planted in it, is left as it is.
    pub(crate) fn open_renewal(&mut self, number: u64) {
        let now = self.now;
        let Some(entry) = self.certificates.get(number) else { return };
        let certificate = &entry.certificate;
        let ends_later = certificate.not_after.is_some_and(|at| at > now) && certificate.deleted_at.is_none();
        let open = entry.renewing.opens_at.is_some_and(|opens_at| {
            let tried = |renewal: &Renewal| renewal.status != "SUCCESS" && renewal.updated_at >= opens_at;
            opens_at <= now && !certificate.renewal.as_ref().is_some_and(tried)
        });
        if open && ends_later && entry.renewal_eligible() && entry.renewing.run.is_none() {
            self.start_renewal(number, "world");
        }
    }

    /// Starts a renewal, in the window or not.
    pub(crate) fn start_renewal(&mut self, number: u64, by: &str) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let by_mail = entry.validated_by("EMAIL");
        let names = entry.certificate.validations.len();
        let renewing = &mut entry.renewing;
        renewing.last += 1;
        let run = renewing.last;
        renewing.run = Some(Run { number: run, looked: by_mail, attempt: None });
        renewing.validations = vec!["PENDING_VALIDATION".to_owned(); names];
        // Nobody has approved anything yet, so there is nothing automatic about a renewal by e-mail.
        let status = if by_mail { "PENDING_VALIDATION" } else { "PENDING_AUTO_RENEWAL" };
        self.set_renewal(number, status, None, by, "StartRenewal");
        if !by_mail {
            let at = self.moment_after(self.settings.validation_seconds);
            self.schedule(at, Event::LookForRenewal { certificate: number, run });
        }
        self.look_at_renewal(number);
    }

    /// A sound attempt has had its time.
    pub(crate) fn conclude_renewal(&mut self, number: u64, attempt: u64) {
        let current = self.certificates.get(number).is_some_and(|entry| {
            entry.is_renewing() && entry.renewing.run.as_ref().and_then(|run| run.attempt) == Some(attempt)
        });
        if current {
            self.renew(number, "world");
        }
    }

    /// A renewed certificate keeps its ARN; serial and dates are new.
    pub(crate) fn renew(&mut self, number: u64, by: &str) {
        self.give_validity(number);
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.renewing.run = None;
        entry.renewing.validations = vec!["SUCCESS".to_owned(); entry.certificate.validations.len()];
        entry.renewing.export_spent = entry.certificate.exported;
        self.set_renewal(number, "SUCCESS", None, by, "FinishRenewal");
    }

    pub(crate) fn fail_renewal(&mut self, number: u64, reason: &str, by: &str) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        entry.renewing.run = None;
        for status in &mut entry.renewing.validations {
            if status == "PENDING_VALIDATION" {
                *status = "FAILED".to_owned();
            }
        }
        self.set_renewal(number, "FAILED", Some(reason.to_owned()), by, "FailRenewal");
    }

    /// The certificate ends, and a renewal not done by now is not done any more. NB: AWS documents no reason for a
    /// record that was missing to the end; it is OTHER here.
    pub(crate) fn give_up_renewal(&mut self, number: u64, by: &str) {
        let Some(entry) = self.certificates.get(number) else { return };
        let Some(renewal) = &entry.certificate.renewal else { return };
        if matches!(renewal.status.as_str(), "PENDING_AUTO_RENEWAL" | "PENDING_VALIDATION") {
            let reason = renewal.reason.clone().unwrap_or_else(|| "OTHER".to_owned());
            self.fail_renewal(number, &reason, by);
        }
    }

    /// No service uses the certificate any more. AWS says that renewal then stops, not what it shows: here, what it
    /// shows of every certificate that is not in use, no renewal at all.
    pub(crate) fn withdraw_renewal(&mut self, number: u64) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        if !entry.is_renewing() || entry.renewal_eligible() {
            return;
        }
        entry.renewing.run = None;
        entry.renewing.validations.clear();
        entry.certificate.renewal = None;
        self.settled(number, "world", "WithdrawRenewal", json!({}));
    }

    fn set_renewal(&mut self, number: u64, status: &str, reason: Option<String>, by: &str, operation: &str) {
        let now = self.now;
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let certificate = &mut entry.certificate;
        let mut detail = json!({"status": status, "reason": reason});
        if status == "SUCCESS" {
            detail["serial"] = json!(certificate.serial);
            detail["notAfter"] = json!(certificate.not_after.map(instant::text));
        }
        certificate.renewal = Some(Renewal { status: status.to_owned(), reason, updated_at: now });
        self.settled(number, by, operation, detail);
    }
}
