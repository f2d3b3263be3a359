//! What is true of certificates whatever happens: one for a token, nothing issued unproven, one record for a name.

use std::cell::Cell;
use std::collections::BTreeMap;

use acmcert_sim::world::certificate::Certificate;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::prop_assert;
use proptest::test_runner::TestCaseResult;
use serde_json::json;

use crate::resolver::Resolver;
use crate::sequence::{for_all, steps};
use crate::walk::Walk;

/// AWS remembers a token so long.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

#[test]
fn two_live_certificates_of_one_token_are_an_hour_apart() {
    let repeated = Cell::new(0_u64);
    for_all(&steps(), |steps| {
        let mut walk = Walk::new(&json!({}));
        for step in &steps {
            walk.take(step);
        }
        let asked = walk.tally.calls.get(&("RequestCertificate".to_owned(), "ok".to_owned())).copied();
        repeated.set(repeated.get() + asked.unwrap_or(0) - walk.certificates.len() as u64);
        // The time of creation does not change, so those alive at the end tell, and so do those deleted since.
        let certificates = walk.world.state().certificates;
        for (position, certificate) in certificates.iter().enumerate() {
            for earlier in &certificates[..position] {
                if !same_token(earlier, certificate) {
                    continue;
                }
                let both_lived = earlier.deleted_at.is_none_or(|deleted| deleted > certificate.created_at);
                let apart = certificate.created_at.duration_since(earlier.created_at);
                prop_assert!(!both_lived || apart >= HOUR, "{} and {}", earlier.created_at, certificate.created_at);
            }
        }
        Ok(())
    });
    assert!(repeated.get() > 0, "nothing was tried");
}

fn same_token(one: &Certificate, other: &Certificate) -> bool {
    let scope = |certificate: &Certificate| (certificate.account_id.clone(), certificate.region.clone());
    one.idempotency_token.is_some() && one.idempotency_token == other.idempotency_token && scope(one) == scope(other)
}

#[test]
fn a_certificate_is_issued_or_renewed_only_while_the_public_sees_the_right_record_of_every_name() {
    let (issued, renewed) = (Cell::new(0_u64), Cell::new(0_u64));
    for_all(&steps(), |steps| {
        let mut walk = Walk::new(&json!({}));
        let mut before: BTreeMap<String, Certificate> = BTreeMap::new();
        for step in &steps {
            walk.take(step);
            for certificate in walk.world.state().certificates {
                let known = before.get(&certificate.certificate_arn);
                let at = certificate.issued_at;
                if let Some(at) = at.filter(|at| known.and_then(|known| known.issued_at) != Some(*at)) {
                    proven(&walk.resolver, &certificate, at)?;
                    match known.filter(|known| known.issued_at.is_some()) {
                        Some(known) => {
                            renewed.set(renewed.get() + 1);
                            prop_assert!(!known.in_use_by.is_empty(), "renewed, but not in use: {certificate:?}");
                        }
                        None => issued.set(issued.get() + 1),
                    }
                }
                before.insert(certificate.certificate_arn.clone(), certificate);
            }
        }
        Ok(())
    });
    assert!(issued.get() > 0, "nothing was issued");
    // NB: that a renewal comes up is likely, not certain, so it is told and not demanded.
    println!("{} certificates were issued, {} renewals came to their end", issued.get(), renewed.get());
}

/// NB: of what happens at one moment the world makes a sequence, so what was true just before counts as well.
fn proven(resolver: &Resolver, certificate: &Certificate, at: Timestamp) -> TestCaseResult {
    let moments = [at, at - SignedDuration::from_millis(1)];
    prop_assert!(certificate.validation_method.as_deref() == Some("DNS"), "nobody approved: {certificate:?}");
    prop_assert!(!certificate.validations.is_empty(), "no names: {certificate:?}");
    for validation in &certificate.validations {
        let record = validation.record_name.as_ref().zip(validation.record_value.as_ref());
        let seen = record.is_some_and(|(name, value)| moments.iter().any(|at| resolver.leads_to(name, value, *at)));
        prop_assert!(seen, "{} was not proven at {at}: {certificate:?}", validation.domain_name);
        let allowed = moments.iter().any(|at| resolver.caa_allows(&validation.domain_name, *at));
        prop_assert!(allowed, "CAA forbade {} at {at}: {certificate:?}", validation.domain_name);
    }
    Ok(())
}

#[test]
fn the_record_of_a_name_in_an_account_never_differs() {
    for_all(&steps(), |steps| {
        let mut walk = Walk::new(&json!({"jitter": 0.5}));
        // Account and name without wildcard, to name and value of the record.
        let mut records: BTreeMap<(String, String), (String, String)> = BTreeMap::new();
        for step in &steps {
            walk.take(step);
            for certificate in walk.world.state().certificates {
                for validation in certificate.validations {
                    let Some(record) = validation.record_name.zip(validation.record_value) else { continue };
                    let base = validation.domain_name.trim_start_matches("*.").to_owned();
                    let key = (certificate.account_id.clone(), base);
                    let known = records.entry(key).or_insert_with(|| record.clone());
                    prop_assert!(*known == record, "{known:?} became {record:?}");
                }
            }
        }
        let mut values: Vec<&(String, String)> = records.values().collect();
        values.sort();
        values.dedup();
        prop_assert!(values.len() == records.len(), "two names share a record: {records:?}");
        Ok(())
    });
}
