//! A world in which steps are taken, and a record of what was asked and answered.

use std::collections::{BTreeMap, BTreeSet};

use acmcert_sim::World;
use acmcert_sim::world::answer::{Answer, ApiError};
use acmcert_sim::world::call::{Call, Caller, CreateHostedZone, RequestCertificate, Tag};
use acmcert_sim::world::control::{Action, ActionKind};
use acmcert_sim::world::planting::ZonePlanting;
use acmcert_sim::world::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::batch::{Batch, changes_of, cname, plain};
use crate::resolver::{Resolver, Zone};
use crate::sequence::{ACCOUNTS, NAMES, REGIONS, Step, TOKENS, ZONES, ZoneKind};

/// What the journal and the counters should say.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Mutations by operation, of callers and of control.
    pub(crate) callers: BTreeMap<String, u64>,
    pub(crate) control: BTreeMap<String, u64>,
    /// Calls by operation and outcome.
    pub(crate) calls: BTreeMap<(String, String), u64>,
}

#[derive(Debug)]
pub(crate) struct Walk {
    pub(crate) world: World,
    pub(crate) now: Timestamp,
    pub(crate) resolver: Resolver,
    /// Every certificate there ever was, with who asked for it.
    pub(crate) certificates: Vec<(Caller, String)>,
    /// The records of all their names.
    pub(crate) records: Vec<(String, String)>,
    pub(crate) batches: Vec<Batch>,
    pub(crate) tally: Tally,
}

fn caller(number: usize) -> Caller {
    let account = ACCOUNTS[number % 2];
    let region = REGIONS[number / 2 % 2];
    Caller { account: account.to_owned(), region: region.to_owned(), access_key: format!("AKIA{account}") }
}

/// A caller of Route 53.
fn owner(account: &str) -> Caller {
    Caller { account: account.to_owned(), region: REGIONS[0].to_owned(), access_key: format!("AKIA{account}") }
}

impl Walk {
    /// A world with one public zone and without rates; `patch` changes its settings.
    pub(crate) fn new(patch: &serde_json::Value) -> Walk {
        let no_rates = json!({"quotas": {"rates": null, "route53": null}});
        let settings = Settings::default().patched(&no_rates).unwrap().patched(patch).unwrap();
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let mut walk = Walk {
            world: World::new(7, settings, now),
            now,
            resolver: Resolver::default(),
            certificates: Vec::new(),
            records: Vec::new(),
            batches: Vec::new(),
            tally: Tally::default(),
        };
        walk.take(&Step::MakeZone { name: 0, account: 0, kind: ZoneKind::Public });
        walk
    }

    pub(crate) fn take(&mut self, step: &Step) {
        match step {
            Step::Request { caller: number, token, names, by_mail, tagged } => {
                self.request(&caller(*number), *token, names, *by_mail, *tagged);
            }
            Step::DeleteCertificate { certificate } => {
                let Some((caller, certificate_arn)) = self.certificate(*certificate) else { return };
                self.mutate(&caller, &Call::DeleteCertificate { certificate_arn });
            }
            Step::SetInUse { certificate, used } => self.set_in_use(*certificate, *used),
            Step::Tag { certificate, add, sound } => self.tag(*certificate, *add, *sound),
            Step::Resend { certificate } => self.resend(*certificate),
            Step::MakeZone { name, account, kind } => self.make_zone(ZONES[*name], ACCOUNTS[*account], *kind),
            Step::DeleteZone { zone } => self.delete_zone(*zone),
            Step::Prove { certificate } => self.prove(*certificate),
            Step::Change { zone, foreign, anywhere, edits } => {
                let changes = changes_of(edits, &self.records);
                let first = changes.first().map(|change| plain(&change.name));
                let mut zones = self.resolver.standing(self.now);
                let fits =
                    |position: &usize| first.as_ref().is_none_or(|name| self.resolver.zones[*position].holds(name));
                if !*anywhere && zones.iter().any(fits) {
                    zones.retain(fits);
                }
                if !zones.is_empty() {
                    self.change(zones[*zone % zones.len()], *foreign, changes);
                }
            }
            Step::Wait { seconds } => {
                self.now += SignedDuration::from_secs(*seconds);
                self.world.advance(self.now);
            }
        }
    }

    pub(crate) fn call(&mut self, caller: &Caller, call: &Call) -> Result<Answer, ApiError> {
        let result = self.world.call(caller, call, self.now);
        let outcome = result.as_ref().map_or_else(|error| error.code.clone(), |_| "ok".to_owned());
        *self.tally.calls.entry((call.operation().to_owned(), outcome)).or_insert(0) += 1;
        result
    }

    /// A call that is one mutation if it succeeds.
    fn mutate(&mut self, caller: &Caller, call: &Call) -> Option<Answer> {
        let answer = self.call(caller, call).ok()?;
        self.count(call.operation(), 1);
        Some(answer)
    }

    pub(crate) fn count(&mut self, operation: &str, mutations: u64) {
        *self.tally.callers.entry(operation.to_owned()).or_insert(0) += mutations;
    }

    fn certificate(&self, number: usize) -> Option<(Caller, String)> {
        let position = number.checked_rem(self.certificates.len())?;
        Some(self.certificates[position].clone())
    }

    fn request(&mut self, caller: &Caller, token: Option<usize>, names: &[usize], by_mail: bool, tagged: bool) {
        let names: Vec<String> = names.iter().map(|name| NAMES[*name].to_owned()).collect();
        let (first, rest) = names.split_first().unwrap();
        let request = RequestCertificate {
            domain_name: first.clone(),
            subject_alternative_names: (!rest.is_empty()).then(|| rest.to_vec()),
            validation_method: Some(if by_mail { "EMAIL" } else { "DNS" }.to_owned()),
            idempotency_token: token.map(|token| TOKENS[token].to_owned()),
            tags: tagged.then(|| vec![Tag { key: "team".to_owned(), value: None }]),
            ..RequestCertificate::default()
        };
        let certificate_arn = match self.call(caller, &Call::RequestCertificate(request)) {
            Ok(Answer::Requested { certificate_arn }) => certificate_arn,
            other => panic!("{other:?}"),
        };
        // A token that is remembered makes nothing new.
        if self.certificates.iter().all(|(_, known)| *known != certificate_arn) {
            self.count("RequestCertificate", 1);
            let certificate = self.world.certificate(&certificate_arn).unwrap();
            let mut records: BTreeSet<(String, String)> = self.records.iter().cloned().collect();
            for validation in &certificate.validations {
                records.extend(validation.record_name.clone().zip(validation.record_value.clone()));
            }
            self.records = records.into_iter().collect();
            self.certificates.push((caller.clone(), certificate_arn));
        }
    }

    fn set_in_use(&mut self, certificate: usize, used: bool) {
        let Some((_, certificate_arn)) = self.certificate(certificate) else { return };
        let user = "arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/one/1".to_owned();
        let action = Action {
            certificate_arn,
            action: ActionKind::SetInUse,
            by: Some(if used { vec![user] } else { Vec::new() }),
            not_before: None,
            not_after: None,
            reason: None,
            domain_name: None,
        };
        // NB: of a certificate that was deleted there is nothing to use.
        if self.world.act(&action).is_ok() {
            *self.tally.control.entry("SetInUse".to_owned()).or_insert(0) += 1;
        }
    }

    fn tag(&mut self, certificate: usize, add: bool, sound: bool) {
        let Some((caller, certificate_arn)) = self.certificate(certificate) else { return };
        let value = if sound { "blue" } else { "*" };
        let tags = vec![Tag { key: "colour".to_owned(), value: Some(value.to_owned()) }];
        let call = if add {
            Call::AddTagsToCertificate { certificate_arn, tags }
        } else {
            Call::RemoveTagsFromCertificate { certificate_arn, tags }
        };
        self.mutate(&caller, &call);
    }

    fn resend(&mut self, certificate: usize) {
        let Some((caller, certificate_arn)) = self.certificate(certificate) else { return };
        let domain = self.world.certificate(&certificate_arn).unwrap().domain_name.clone();
        let validation_domain = domain.trim_start_matches("*.").to_owned();
        self.mutate(&caller, &Call::ResendValidationEmail { certificate_arn, domain, validation_domain });
    }

    fn make_zone(&mut self, name: &str, account: &str, kind: ZoneKind) {
        let id = if kind == ZoneKind::Undelegated {
            let account_id = Some(account.to_owned());
            let planting = ZonePlanting { name: name.to_owned(), private: false, delegated: false, account_id };
            *self.tally.control.entry("CreateHostedZone".to_owned()).or_insert(0) += 1;
            self.world.plant_zone(&planting).unwrap()
        } else {
            let call = Call::CreateHostedZone(CreateHostedZone {
                name: format!("{name}."),
                caller_reference: format!("zone {}", self.resolver.zones.len()),
                comment: None,
                private: kind == ZoneKind::Private,
            });
            match self.mutate(&owner(account), &call) {
                Some(Answer::ZoneCreated { zone, .. }) => zone.id,
                other => panic!("{other:?}"),
            }
        };
        self.resolver.zones.push(Zone::new(id, name, account, kind == ZoneKind::Public, self.now));
    }

    fn delete_zone(&mut self, zone: usize) {
        let zones = self.resolver.standing(self.now);
        let Some(position) = zone.checked_rem(zones.len()).map(|index| zones[index]) else { return };
        let zone = &self.resolver.zones[position];
        let (caller, zone_id) = (owner(&zone.account), zone.id.clone());
        if self.mutate(&caller, &Call::DeleteHostedZone { zone_id }).is_some() {
            let now = self.now;
            self.resolver.zones[position].removed_at = Some(now);
        }
    }

    fn prove(&mut self, certificate: usize) {
        let Some((_, arn)) = self.certificate(certificate) else { return };
        let validations = self.world.certificate(&arn).unwrap().validations.clone();
        for validation in validations {
            let Some((name, value)) = validation.record_name.zip(validation.record_value) else { continue };
            if let Some(zone) = self.resolver.authority(&name, self.now) {
                self.change(zone, false, vec![cname("UPSERT", &name, &value, 300)]);
            }
        }
    }

    /// The owner of the zone at a position, or somebody else.
    pub(crate) fn caller_of(&self, position: usize, foreign: bool) -> Caller {
        let own = &self.resolver.zones[position].account;
        let other = ACCOUNTS.into_iter().find(|account| account != own).unwrap();
        owner(if foreign { other } else { own.as_str() })
    }
}
