//! From a call to its result: time first, then a fault if one is set, then the quotas, then the operation.

use jiff::Timestamp;

use super::World;
use super::answer::{Answer, ApiError, Delivery, Transport};
use super::call::{Call, Caller};
use super::faults::FaultKind;
use super::schedule::Event;

impl World {
    /// Makes a call and gives its result, as if the connection were perfect.
    ///
    /// # Errors
    /// AWS's error. With connection faults set, use [`World::deliver`]: here a lost answer would look like one.
    pub fn call(&mut self, caller: &Caller, call: &Call, now: Timestamp) -> Result<Answer, ApiError> {
        self.deliver(caller, call, now).result
    }

    /// Makes a call, struck by whatever fault waits for it.
    pub fn deliver(&mut self, caller: &Caller, call: &Call, now: Timestamp) -> Delivery {
        self.advance(now);
        let struck = self.faults.strike(call.service(), call.operation(), call.target().as_deref());
        let delivery = match struck {
            None => Delivery { result: self.admitted(caller, call), transport: Transport::Whole },
            Some((kind, delay)) => self.under_fault(caller, call, kind, delay),
        };
        let outcome = match (&delivery.result, struck) {
            (_, Some((FaultKind::ResetBefore, _))) => "reset-before",
            (Ok(_), _) => "ok",
            (Err(error), _) => error.code.as_str(),
        };
        self.calls.count(caller, call.service().name(), call.operation(), outcome);
        delivery
    }

    fn under_fault(&mut self, caller: &Caller, call: &Call, kind: FaultKind, delay: f64) -> Delivery {
        let service = call.service();
        let mut transport = Transport::Whole;
        let result = match kind {
            FaultKind::Throttle => Err(ApiError::throttled(service)),
            FaultKind::ErrorBefore => Err(ApiError::internal(service)),
            FaultKind::AccessDenied => Err(ApiError::access_denied(&self.principal_of(caller), caller, call)),
            FaultKind::ExpiredCredentials => Err(ApiError::expired_credentials(service)),
            FaultKind::NotFound => Err(ApiError::not_found(call)),
            FaultKind::ErrorAfter => {
                // NB: whether it succeeded or not stays unknown to the caller, as in life.
                let _ = self.admitted(caller, call);
                Err(ApiError::internal(service))
            }
            FaultKind::Late => {
                let at = super::instant::after(self.now, delay);
                self.schedule(at, Event::Late { caller: caller.clone(), call: Box::new(call.clone()) });
                self.revision += 1;
                Err(ApiError::internal(service))
            }
            FaultKind::ResetBefore => {
                transport = Transport::Reset;
                Err(ApiError::internal(service))
            }
            FaultKind::ResetAfter => {
                transport = Transport::Reset;
                self.admitted(caller, call)
            }
            FaultKind::Truncate => {
                transport = Transport::Truncated;
                self.admitted(caller, call)
            }
            FaultKind::Malformed => {
                transport = Transport::Garbage;
                self.admitted(caller, call)
            }
            FaultKind::UnknownEnum => {
                transport = Transport::UnknownEnum;
                self.admitted(caller, call)
            }
            FaultKind::Slow => {
                transport = Transport::Slow(delay);
                self.admitted(caller, call)
            }
        };
        Delivery { result, transport }
    }

    pub(crate) fn commit_late(&mut self, caller: &Caller, call: &Call) {
        // NB: nobody waits for this result any more.
        let _ = self.perform(caller, call);
    }

    fn admitted(&mut self, caller: &Caller, call: &Call) -> Result<Answer, ApiError> {
        if self.are_credentials_expired(caller) {
            return Err(ApiError::expired_credentials(call.service()));
        }
        self.admit(caller, call)?;
        self.perform(caller, call)
    }

    fn perform(&mut self, caller: &Caller, call: &Call) -> Result<Answer, ApiError> {
        match call {
            Call::RequestCertificate(request) => self.request_certificate(caller, request),
            Call::DescribeCertificate { certificate_arn } => self.describe_certificate(caller, certificate_arn),
            Call::ListCertificates(list) => self.list_certificates(caller, list),
            Call::SearchCertificates(search) => self.search_certificates(caller, search),
            Call::GetCertificate { certificate_arn } => self.get_certificate(caller, certificate_arn),
            Call::ResendValidationEmail { certificate_arn, domain, validation_domain } => {
                self.resend_validation_email(caller, certificate_arn, domain, validation_domain)
            }
            Call::DeleteCertificate { certificate_arn } => self.delete_certificate(caller, certificate_arn),
            Call::AddTagsToCertificate { certificate_arn, tags } => self.add_tags(caller, certificate_arn, tags),
            Call::RemoveTagsFromCertificate { certificate_arn, tags } => {
                self.remove_tags(caller, certificate_arn, tags)
            }
            Call::ListTagsForCertificate { certificate_arn } => self.list_tags(caller, certificate_arn),
            Call::CreateHostedZone(zone) => self.create_hosted_zone(caller, zone),
            Call::GetHostedZone { zone_id } => self.get_hosted_zone(caller, zone_id),
            Call::DeleteHostedZone { zone_id } => self.delete_hosted_zone(caller, zone_id),
            Call::ListHostedZones { marker, max_items } => {
                self.list_hosted_zones(caller, marker.as_deref(), *max_items)
            }
            Call::ListHostedZonesByName { dns_name, zone_id, max_items } => {
                self.list_hosted_zones_by_name(caller, dns_name.as_deref(), zone_id.as_deref(), *max_items)
            }
            Call::ListResourceRecordSets { zone_id, name, record_type, max_items } => {
                self.list_record_sets(caller, zone_id, name.as_deref(), record_type.as_deref(), *max_items)
            }
            Call::ChangeResourceRecordSets { zone_id, comment, changes } => {
                self.change_record_sets(caller, zone_id, comment.as_deref(), changes)
            }
            Call::GetChange { change_id } => self.get_change(caller, change_id),
            Call::GetCallerIdentity => Ok(self.caller_identity(caller)),
            Call::AssumeRole { role_arn, session_name, duration_seconds, external_id } => {
                self.assume_role(role_arn, session_name, *duration_seconds, external_id.as_deref(), None)
            }
            Call::AssumeRoleWithWebIdentity { role_arn, session_name, token, duration_seconds } => {
                self.assume_role(role_arn, session_name, *duration_seconds, None, Some(token))
            }
        }
    }
}
