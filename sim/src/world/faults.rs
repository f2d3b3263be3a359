//! Trouble on order: the n-th call of a kind is throttled, cut off, answered twice too late or not at all.

use serde::{Deserialize, Serialize};

use super::World;
use super::answer::ApiError;
use super::call::{Call, Caller, Service};
use super::control::ControlError;
use super::request::partition;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    Throttle,
    ErrorBefore,
    ErrorAfter,
    ResetBefore,
    ResetAfter,
    Truncate,
    Late,
    Slow,
    AccessDenied,
    ExpiredCredentials,
    Malformed,
    UnknownEnum,
    NotFound,
}

/// Which target a fault waits for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FaultMatch {
    pub target: Option<String>,
}

/// A fault as it is ordered: absent service, operation or target match every one.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FaultOrder {
    #[serde(default)]
    pub service: Option<Service>,
    #[serde(default)]
    pub operation: Option<String>,
    #[serde(default, rename = "match")]
    pub matching: FaultMatch,
    /// The first matching call that is struck, counted from 1.
    #[serde(default = "one")]
    pub nth: u64,
    /// How many calls are struck; 0 means all from the n-th on.
    #[serde(default = "one")]
    pub times: u64,
    pub kind: FaultKind,
    /// How late, or how slow; no other kind needs it.
    #[serde(default)]
    pub delay_seconds: Option<f64>,
}

fn one() -> u64 {
    1
}

impl FaultOrder {
    /// Refuses what could never strike, or would strike without any effect.
    fn check(&self) -> Result<(), ControlError> {
        if let Some(operation) = &self.operation {
            let services = match self.service {
                Some(service) => vec![service],
                None => vec![Service::Acm, Service::Route53, Service::Sts],
            };
            let known: Vec<&str> = services.iter().flat_map(|service| service.operations()).copied().collect();
            if !known.contains(&operation.as_str()) {
                let whose = self.service.map(|service| format!(" of {}", service.name())).unwrap_or_default();
                let message = format!("unknown operation {operation}{whose}; known are {}", known.join(", "));
                return Err(ControlError::Invalid(message));
            }
        }
        let (kind, what) = match self.kind {
            FaultKind::Late => ("late", "after how many simulated seconds the call takes effect"),
            FaultKind::Slow => ("slow", "how many real seconds the answer takes"),
            _ => return Ok(()),
        };
        match self.delay_seconds {
            None => Err(ControlError::Invalid(format!(
                "delaySeconds is missing: a fault of kind {kind} needs it, to say {what}, as in \"delaySeconds\": 60"
            ))),
            Some(delay) if delay < 0.0 => {
                Err(ControlError::Invalid(format!("delaySeconds must not be negative, but is {delay}")))
            }
            Some(_) => Ok(()),
        }
    }
}

/// A fault in force.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    pub id: u64,
    #[serde(flatten)]
    pub order: FaultOrder,
    /// How many matching calls there have been.
    pub seen: u64,
    /// How many of them it struck.
    pub fired: u64,
}

/// All faults in force.
#[derive(Debug, Default)]
pub struct Faults {
    last: u64,
    faults: Vec<Fault>,
}

impl Faults {
    /// The fault that strikes this call. Every matching fault counts the call; the one posted first strikes.
    pub(crate) fn strike(
        &mut self,
        service: Service,
        operation: &str,
        target: Option<&str>,
    ) -> Option<(FaultKind, f64)> {
        let mut struck = None;
        for fault in &mut self.faults {
            let order = &fault.order;
            let matches = order.service.is_none_or(|wanted| wanted == service)
                && order.operation.as_deref().is_none_or(|wanted| wanted == operation)
                && order.matching.target.as_deref().is_none_or(|wanted| Some(wanted) == target);
            if !matches {
                continue;
            }
            fault.seen += 1;
            let due = fault.seen >= order.nth && (order.times == 0 || fault.fired < order.times);
            if due && struck.is_none() {
                fault.fired += 1;
                struck = Some((order.kind, order.delay_seconds.unwrap_or(0.0)));
            }
        }
        struck
    }
}

impl World {
    /// Puts a fault in force and shows it.
    ///
    /// # Errors
    /// An operation that the model does not have, or a kind that needs a delay without one.
    pub fn add_fault(&mut self, order: FaultOrder) -> Result<Fault, ControlError> {
        order.check()?;
        self.faults.last += 1;
        let fault = Fault { id: self.faults.last, order, seen: 0, fired: 0 };
        self.faults.faults.push(fault.clone());
        Ok(fault)
    }

    /// The faults in force, in the order they were posted.
    #[must_use]
    pub fn faults(&self) -> &[Fault] {
        &self.faults.faults
    }

    /// Ends all faults.
    pub fn clear_faults(&mut self) {
        self.faults.faults.clear();
    }
}

impl ApiError {
    pub(crate) fn throttled(service: Service) -> ApiError {
        match service {
            Service::Acm => ApiError::new("ThrottlingException", "Rate exceeded"),
            Service::Route53 | Service::Sts => ApiError::new("Throttling", "Rate exceeded"),
        }
    }

    pub(crate) fn internal(service: Service) -> ApiError {
        match service {
            Service::Acm | Service::Sts => {
                ApiError::with_status("InternalFailure", "An internal error has occurred.", 500)
            }
            Service::Route53 => {
                ApiError::with_status("ServiceUnavailable", "Route 53 is unable to process the request.", 503)
            }
        }
    }

    pub(crate) fn expired_credentials(service: Service) -> ApiError {
        let message = "The security token included in the request is expired";
        match service {
            Service::Acm => ApiError::new("ExpiredTokenException", message),
            Service::Route53 | Service::Sts => ApiError::with_status("ExpiredToken", message, 403),
        }
    }

    pub(crate) fn access_denied(principal: &str, caller: &Caller, call: &Call) -> ApiError {
        let action = format!("{}:{}", call.service().name(), call.operation());
        let resource = denied_resource(caller, call).map(|arn| format!(" on resource: {arn}")).unwrap_or_default();
        let message = format!(
            "User: {principal} is not authorized to perform: {action}{resource} because no identity-based policy \
             allows the {action} action"
        );
        match call.service() {
            Service::Acm => ApiError::new("AccessDeniedException", message),
            Service::Route53 | Service::Sts => ApiError::with_status("AccessDenied", message, 403),
        }
    }

    pub(crate) fn not_found(call: &Call) -> ApiError {
        let target = call.target().unwrap_or_default();
        match (call.service(), call) {
            (Service::Acm, _) => {
                ApiError::new("ResourceNotFoundException", format!("Could not find certificate {target}."))
            }
            (_, Call::GetChange { .. }) => {
                ApiError::with_status("NoSuchChange", format!("Could not find resource with ID: {target}"), 404)
            }
            (Service::Route53, _) => {
                ApiError::with_status("NoSuchHostedZone", format!("No hosted zone found with ID: {target}"), 404)
            }
            (Service::Sts, _) => ApiError::internal(Service::Sts),
        }
    }
}

/// What IAM names in a refusal. NB: of the lists of Route 53, which are of no resource, it names none.
fn denied_resource(caller: &Caller, call: &Call) -> Option<String> {
    match call {
        Call::RequestCertificate(_) => {
            let (account, region) = (&caller.account, &caller.region);
            Some(format!("arn:{}:acm:{region}:{account}:certificate/*", partition(region)))
        }
        Call::CreateHostedZone(_) => Some("arn:aws:route53:::hostedzone/*".to_owned()),
        Call::ListHostedZones { .. } | Call::ListHostedZonesByName { .. } => None,
        Call::GetChange { change_id } => Some(format!("arn:aws:route53:::change/{change_id}")),
        _ => match (call.service(), call.target()) {
            (Service::Route53, Some(id)) => Some(format!("arn:aws:route53:::hostedzone/{id}")),
            (_, Some(arn)) => Some(arn),
            (_, None) => Some("*".to_owned()),
        },
    }
}
