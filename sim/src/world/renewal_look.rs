//! What ACM sees when it looks at the names of a certificate under renewal, and what it makes of it.

use std::collections::BTreeSet;

use serde_json::json;

use super::World;
use super::entry::Entry;
use super::names::base_domain;
use super::schedule::Event;

/// A look at every name of a certificate.
#[derive(Debug, Default)]
struct RenewalLook {
    validations: Vec<String>,
    forbidden_by_caa: bool,
    /// Every name the look went past: a change at any of them is a reason to look again.
    names: BTreeSet<String>,
}

impl RenewalLook {
    fn is_sound(&self) -> bool {
        !self.forbidden_by_caa && self.validations.iter().all(|status| status == "SUCCESS")
    }
}

impl World {
    /// ACM has had the time to find every record; what is missing now is missed.
    pub(crate) fn conclude_renewal_look(&mut self, number: u64, run_number: u64) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        match &mut entry.renewing.run {
            Some(run) if run.number == run_number => run.looked = true,
            _ => return,
        }
        self.look_at_renewal(number);
    }

    /// Looks at the names again. With all of them proven an attempt begins, with one missing it is over.
    pub(crate) fn look_at_renewal(&mut self, number: u64) {
        self.interest.forget(number);
        let Some(entry) = self.certificates.get(number).filter(|entry| entry.is_renewing()) else { return };
        let look = self.renewal_look(entry);
        for name in &look.names {
            self.interest.add(name.clone(), number);
        }
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let renewing = &mut entry.renewing;
        let Some(run) = &mut renewing.run else { return };
        let mut begun = None;
        if !look.is_sound() {
            run.attempt = None;
        } else if run.attempt.is_none() {
            renewing.last += 1;
            run.attempt = Some(renewing.last);
            begun = run.attempt;
        }
        let looked = run.looked;
        if let Some(attempt) = begun {
            let at = self.moment_after(self.settings.renewal_seconds);
            self.schedule(at, Event::Renewed { certificate: number, attempt });
        }
        if looked {
            self.report_look(number, look);
        }
    }

    fn renewal_look(&self, entry: &Entry) -> RenewalLook {
        let mut look = RenewalLook::default();
        for (position, validation) in entry.certificate.validations.iter().enumerate() {
            let name = &validation.domain_name;
            let forbidden = self.forbidden_by_caa(name);
            look.forbidden_by_caa |= forbidden;
            let parents = std::iter::successors(Some(base_domain(name)), |name| Some(name.split_once('.')?.1));
            look.names.extend(parents.map(str::to_owned));
            let proven = match entry.certificate.validation_method.as_deref() {
                Some("EMAIL") => entry.renewing.validations.get(position).is_some_and(|status| status == "SUCCESS"),
                Some("DNS") => match (&validation.record_name, &validation.record_value) {
                    (Some(name), Some(value)) => {
                        let seen = self.look_for_record(name, value);
                        look.names.extend(seen.names);
                        // A name that CAA forbids is not proven by its record alone.
                        seen.found && !forbidden
                    }
                    _ => false,
                },
                // What CloudFront manages it also proves.
                _ => true,
            };
            look.validations.push(if proven { "SUCCESS" } else { "PENDING_VALIDATION" }.to_owned());
        }
        look
    }

    fn report_look(&mut self, number: u64, look: RenewalLook) {
        let Some(entry) = self.certificates.get_mut(number) else { return };
        let Some(renewal) = &entry.certificate.renewal else { return };
        let reason = look.forbidden_by_caa.then(|| "CAA_ERROR".to_owned());
        // Once people were asked to act, the status stays until they have and the certificate is renewed.
        let status = if look.is_sound() { renewal.status.clone() } else { "PENDING_VALIDATION".to_owned() };
        let same =
            renewal.status == status && renewal.reason == reason && entry.renewing.validations == look.validations;
        let told = json!({"status": status, "reason": reason, "validations": look.validations});
        entry.renewing.validations = look.validations;
        if same {
            return;
        }
        let now = self.now;
        if let Some(renewal) = &mut entry.certificate.renewal {
            renewal.status = status;
            renewal.reason = reason;
            renewal.updated_at = now;
        }
        self.settled(number, "world", "UpdateRenewal", told);
    }
}
