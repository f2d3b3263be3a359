//! What is true at each instant, by the model; and that what is told is that, or was that no longer ago than one look.

use super::{
    facts::Facts,
    told::Told,
    unseen::{Spells, Unseen},
};
use crate::{
    explore::{ground::Ground, operator::Setup, story::NAMESPACE},
    support::gauges,
};
use acmcert::api::AcmCertificate;
use jiff::{SignedDuration, Timestamp};
use std::{collections::BTreeSet, time::Duration};

/// Besides the periods: a listing that lags, a call that takes its time, and the oracle's own looks.
const SLACK: Duration = Duration::from_secs(5 * 60);
/// So long after a change the next one may follow soon.
const BUSY_FOR: SignedDuration = SignedDuration::from_mins(5);
/// So long after a change the watch cache, and with it every gauge, has caught up.
const CAUGHT_UP: SignedDuration = SignedDuration::from_secs(10);
/// The operator whose clock may jump.
const PROCESS: u32 = 1;
/// What is said of the certificate, and what is said of its records too.
const OF_CERTIFICATE: [&str; 2] = ["Ready", "Issued"];
const OF_RECORDS: [&str; 2] = ["RecordsReady", "RenewalReady"];

/// What `RenewalReady` says as long as there is nothing to renew, if it is there.
const NOT_YET: &str = "Unknown/NotYetIssued";

/// Of what, and why it cannot be so.
type Objection = (&'static str, String);

/// Watches over one object.
#[derive(Debug)]
pub(super) struct Oracle {
    /// How late what the listing shows may be told, and what Route 53 shows.
    listing: SignedDuration,
    records: SignedDuration,
    stale_after: SignedDuration,
    version: Option<(u64, u64)>,
    changed_at: Timestamp,
    /// How far the operator's clock is off, and since when.
    clock: (SignedDuration, Timestamp),
    object: Option<AcmCertificate>,
    told: Option<Told>,
    /// What was true, since when.
    facts: Vec<(Timestamp, Facts)>,
    unseen: Spells,
    /// When something began to be out of sight, or to be seen again.
    sight_changed_at: Timestamp,
    are_gauges_compared: bool,
    /// What was objected to and has not become right since.
    wrong: BTreeSet<&'static str>,
}

impl Oracle {
    /// One look is a period, and up to a tenth of it, by which the operator spreads its passes. `looks`: so many may be
    /// missed, for each restart begins a period anew.
    pub(super) fn new(setup: &Setup, looks: u32, now: Timestamp) -> Self {
        let lag = |period: Duration| SignedDuration::try_from((period + period / 10) * looks + SLACK).unwrap();
        Self {
            listing: lag(setup.settled),
            records: lag(setup.record_period),
            stale_after: setup.stale_after,
            version: None,
            changed_at: now,
            clock: (SignedDuration::ZERO, now),
            object: None,
            told: None,
            facts: vec![(now, Facts::default())],
            unseen: Spells::default(),
            sight_changed_at: now,
            are_gauges_compared: true,
            wrong: BTreeSet::new(),
        }
    }

    /// From now on the operator sees nothing of that, if it did before.
    pub(super) fn hide(&mut self, what: Unseen, now: Timestamp) {
        let is_told = self.told.as_ref().is_some_and(Told::is_over);
        let is_ended = self.facts.last().is_some_and(|(_, facts)| facts.is_ended_by_acm());
        self.unseen.begin(what, now, is_told || is_ended);
        self.sight_changed_at = now;
    }

    /// From now on it sees everything again.
    pub(super) fn show(&mut self, now: Timestamp) {
        self.unseen.end(now);
        self.sight_changed_at = now;
    }

    /// When the truth changed.
    pub(super) fn changes(&self) -> Vec<Timestamp> {
        self.facts.iter().map(|(at, _)| *at).collect()
    }

    /// How late anything may be told.
    pub(super) fn lag(&self) -> SignedDuration {
        self.listing.max(self.records)
    }

    /// One look at everything. Does anything go on?
    pub(super) fn look(&mut self, ground: &Ground) -> bool {
        let (now, version) = (ground.now(), ground.version());
        let shown = ground.now_of(PROCESS);
        let off = shown.duration_since(now);
        if self.clock.0 != off {
            self.clock = (off, now);
        }
        let has_changed = self.version.replace(version) != Some(version);
        if has_changed {
            self.changed_at = now;
            self.are_gauges_compared = false;
        }
        if has_changed || self.facts.last().is_some_and(|(_, facts)| facts.is_outdated(shown)) {
            self.learn(ground, now, shown);
        }
        let day = now.duration_since(ground.began_at()).as_hours() / 24;
        if self.may_have_become_wrong(now, shown) {
            self.object_to(ground, now, shown, day);
        }
        let age = now.duration_since(self.changed_at);
        if !self.are_gauges_compared && age >= CAUGHT_UP {
            self.compare_gauges(ground, day);
        }
        age < BUSY_FOR
    }

    fn learn(&mut self, ground: &Ground, now: Timestamp, shown: Timestamp) {
        let object = ground.api.get(NAMESPACE, "a");
        self.object = object.map(|object| serde_json::from_value(object).unwrap());
        self.told = self.object.as_ref().map(Told::by);
        let facts = self.object.as_ref().map(|object| Facts::of(object, &ground.world(), shown)).unwrap_or_default();
        if self.facts.last().is_none_or(|(_, last)| *last != facts) {
            self.facts.push((now, facts));
        }
    }

    /// What was right stays right while nothing changes, once everything is told that is told late: so it need not be
    /// judged again at each look of a year.
    fn may_have_become_wrong(&self, now: Timestamp, shown: Timestamp) -> bool {
        let patience = self.stale_after + self.lag() * 3;
        let is_recent = |at: Timestamp, now: Timestamp| at <= now && now.duration_since(at) <= patience;
        let last_fact = self.facts.last().map(|(at, _)| *at);
        let by_the_clock = self.told.as_ref().and_then(|told| told.ends_at);
        [Some(self.changed_at), Some(self.clock.1), Some(self.sight_changed_at), last_fact]
            .into_iter()
            .flatten()
            .any(|at| is_recent(at, now))
            || by_the_clock.is_some_and(|end| is_recent(end, shown))
    }

    fn object_to(&mut self, ground: &Ground, now: Timestamp, shown: Timestamp, day: i64) {
        let Some(told) = &self.told else { return self.wrong.clear() };
        let mut objections = self.untrue(told, now);
        if !told.is_deleting {
            objections.extend(self.unfounded(told, now));
            objections.extend(self.outdated(told, now));
            objections.extend(self.beyond_its_end(told, shown));
        }
        for (what, why) in &objections {
            if self.wrong.insert(*what) {
                ground.judge().accuse_of("oracle", &format!("day {day}: {what}: {why}"));
            }
        }
        self.wrong.retain(|what| objections.iter().any(|(still, _)| still == what));
    }

    /// Told as unknown, and nothing has kept it from being seen.
    fn unfounded(&self, told: &Told, now: Timestamp) -> Vec<Objection> {
        let kinds = OF_CERTIFICATE.map(|kind| (kind, Unseen::OF_CERTIFICATE)).into_iter();
        let kinds = kinds.chain(OF_RECORDS.map(|kind| (kind, Unseen::OF_RECORDS)));
        let is_unfounded = |(kind, any): &(&'static str, &'static [Unseen])| {
            told.is_unknown(kind) && self.unseen.since(any, now, self.lag()).is_none()
        };
        let why = "told as unknown, and nothing keeps it from being seen";
        kinds.filter(is_unfounded).map(|(kind, _)| (kind, why.to_owned())).collect()
    }

    /// Told as known, and nobody has seen it for long. An end that was known before is final.
    fn outdated(&self, told: &Told, now: Timestamp) -> Vec<Objection> {
        let of_acm = self.unseen.is_longer(Unseen::Acm, now, self.stale_after + self.lag());
        let of_records = self.unseen.is_longer(Unseen::Records, now, self.stale_after + self.records);
        let is_final = told.is_over() && self.unseen.is_end_known(Unseen::Acm);
        let is_claimed = |kind: &str| told.said(kind).starts_with("True/") || told.said(kind).starts_with("False/");
        let mut objections = vec![];
        for kind in OF_CERTIFICATE.into_iter().chain(["RenewalReady"]) {
            if of_acm && !is_final && is_claimed(kind) {
                objections.push((kind, "told as known, and nobody has seen ACM for long".to_owned()));
            }
        }
        let why = "and nobody has seen Route 53 for long";
        if of_records && is_claimed("RecordsReady") {
            objections.push(("RecordsReady", format!("told as known, {why}")));
        }
        if of_records && told.holds("RenewalReady") {
            objections.push(("RenewalReady", format!("told as True, {why}")));
        }
        objections
    }

    /// Ready, though by its own words the certificate is at its end.
    fn beyond_its_end(&self, told: &Told, shown: Timestamp) -> Option<Objection> {
        let is_over = told.ends_at.is_some_and(|end| shown.duration_since(end) > self.listing);
        let why = "told as True, and the end that is told with it is over";
        (is_over && told.holds("Ready")).then(|| ("Ready", why.to_owned()))
    }

    /// Told otherwise than it is, or was at any time within the last look.
    fn untrue(&self, told: &Told, now: Timestamp) -> Vec<Objection> {
        let is_unknown = OF_CERTIFICATE.iter().any(|kind| told.is_unknown(kind));
        let acm = self.recent(now, self.listing, Unseen::OF_CERTIFICATE, is_unknown);
        // The listing shows that a certificate is used, and only a full look by whom.
        let fully = self.recent(now, self.lag(), Unseen::OF_CERTIFICATE, is_unknown);
        let records = self.recent(now, self.records, Unseen::OF_RECORDS, false);
        let mut objections = vec![];
        let mut compare = |what: &'static str, said: &str, truths: BTreeSet<String>| {
            if !truths.contains(said) {
                objections.push((what, format!("told as {said:?}, and the truth is {truths:?}")));
            }
        };
        for (at, told_of) in told.of_acm.iter().enumerate() {
            let (what, said) = (told_of.0, &told_of.1);
            // Of a certificate that was requested just now ACM has said nothing yet.
            let is_unsaid = what == "certificateStatus" && said.is_empty();
            if !is_unsaid && !told.is_unknown(what) {
                let seen = if what.starts_with("inUseBy") { &fully } else { &acm };
                compare(what, said, seen.iter().map(|facts| facts.of_acm(told.is_deleting)[at].1.clone()).collect());
            }
        }
        if !told.is_deleting && !told.is_unknown("RecordsReady") {
            let said = told.holds("RecordsReady").to_string();
            compare("RecordsReady", &said, records.iter().map(|facts| facts.in_place.to_string()).collect());
        }
        if !told.is_deleting && !told.is_unknown("RenewalReady") {
            // What is told of the renewal may be of one look at ACM, and of another at Route 53.
            let places: BTreeSet<bool> = records.iter().map(|facts| facts.is_served_in_place()).collect();
            let words =
                acm.iter().flat_map(|facts| places.iter().flat_map(move |in_place| facts.of_renewal(*in_place)));
            let said = if told.said("RenewalReady").is_empty() { NOT_YET } else { told.said("RenewalReady") };
            compare("RenewalReady", said, words.collect());
        }
        objections
    }

    /// What was true at any time within the last so long. While it is out of sight, what was true before that may be told
    /// until it is stale; and stays where it stands, once it is said to be unknown.
    fn recent(&self, now: Timestamp, lag: SignedDuration, any: &[Unseen], is_unknown: bool) -> Vec<&Facts> {
        let oldest = match self.unseen.since(any, now, self.lag()) {
            None => now,
            Some(since) if is_unknown => since,
            Some(since) => since.max(now - self.stale_after - lag),
        };
        let from = oldest.min(now) - lag;
        let ends_after = |at: usize| self.facts.get(at + 1).is_none_or(|(end, _)| *end >= from);
        self.facts.iter().enumerate().filter(|(at, _)| ends_after(*at)).map(|(_, (_, facts))| facts).collect()
    }

    /// Gauge and condition never disagree, and a series ends with its object.
    fn compare_gauges(&mut self, ground: &Ground, day: i64) {
        let page = ground.scrape();
        // NB: between two processes there is nothing to scrape.
        if !page.contains("\nacmcert_queue_depth") {
            return;
        }
        self.are_gauges_compared = true;
        let (expected, are) = (self.object.as_ref().map(gauges::expected).unwrap_or_default(), gauges::read(&page));
        if expected != are {
            ground.judge().accuse_of("metrics", &format!("day {day}: {are:?}, and the status says {expected:?}"));
        }
    }
}
