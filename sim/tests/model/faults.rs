//! Faults that are ordered wrongly, and what can be ordered at all.

use acmcert_sim::world::call::{Call, CreateHostedZone, Service};
use acmcert_sim::world::faults::FaultOrder;
use serde_json::{Value, json};

use crate::fixture::sky;

/// What the world says to a fault.
fn answer(order: Value) -> Result<(), String> {
    let order: FaultOrder = serde_json::from_value(order).unwrap();
    sky().world.add_fault(order).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn a_late_or_slow_fault_without_a_delay_is_refused_with_the_remedy() {
    for kind in ["late", "slow"] {
        let message = answer(json!({"kind": kind})).unwrap_err();
        for part in ["delaySeconds is missing", kind, "\"delaySeconds\": 60"] {
            assert!(message.contains(part), "{message}");
        }
        assert!(answer(json!({"kind": kind, "delaySeconds": -1})).unwrap_err().contains("negative"));
        assert_eq!(answer(json!({"kind": kind, "delaySeconds": 0})), Ok(()));
    }
    assert_eq!(answer(json!({"kind": "throttle"})), Ok(()));
}

#[test]
fn an_operation_that_the_service_does_not_have_is_named() {
    for order in [
        json!({"kind": "throttle", "operation": "DescribeCertificates"}),
        json!({"kind": "throttle", "service": "acm", "operation": "ListHostedZones"}),
        json!({"kind": "throttle", "service": "sts", "operation": "GetSessionToken"}),
    ] {
        let name = order["operation"].as_str().unwrap().to_owned();
        let message = answer(order).unwrap_err();
        assert!(message.starts_with(&format!("unknown operation {name}")), "{message}");
    }
    let message = answer(json!({"kind": "throttle", "service": "sts", "operation": "Nothing"})).unwrap_err();
    assert!(message.ends_with("known are GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity"), "{message}");
}

#[test]
fn a_refused_fault_is_not_in_force() {
    let mut sky = sky();
    let order: FaultOrder = serde_json::from_value(json!({"kind": "slow"})).unwrap();
    sky.world.add_fault(order).unwrap_err();
    assert!(sky.world.faults().is_empty());
}

#[test]
fn every_operation_of_every_service_can_be_struck() {
    for service in [Service::Acm, Service::Route53, Service::Sts] {
        for operation in service.operations() {
            let order = json!({"kind": "throttle", "service": service.name(), "operation": operation});
            assert_eq!(answer(order), Ok(()), "{operation}");
            assert_eq!(answer(json!({"kind": "throttle", "operation": operation})), Ok(()), "{operation}");
        }
    }
}

#[test]
fn the_operations_of_route_53_and_sts_are_those_of_their_calls() {
    let id = || "Z1".to_owned();
    let none = || None::<String>;
    let role = || "arn:aws:iam::123456789012:role/r".to_owned();
    for call in [
        Call::CreateHostedZone(CreateHostedZone::default()),
        Call::GetHostedZone { zone_id: id() },
        Call::DeleteHostedZone { zone_id: id() },
        Call::ListHostedZones { marker: none(), max_items: None },
        Call::ListHostedZonesByName { dns_name: none(), zone_id: none(), max_items: None },
        Call::ListResourceRecordSets { zone_id: id(), name: none(), record_type: none(), max_items: None },
        Call::ChangeResourceRecordSets { zone_id: id(), comment: none(), changes: Vec::new() },
        Call::GetChange { change_id: id() },
        Call::GetCallerIdentity,
        Call::AssumeRole { role_arn: role(), session_name: id(), duration_seconds: None, external_id: none() },
        Call::AssumeRoleWithWebIdentity { role_arn: role(), session_name: id(), token: id(), duration_seconds: None },
    ] {
        assert!(call.service().operations().contains(&call.operation()), "{}", call.operation());
    }
}
