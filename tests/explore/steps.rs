//! The steps of the protocol, recognised from outside by the request that each of them is.

use super::api_server::Seen;
use serde_json::Value;
use std::fmt;

/// Where in its life the story is: the same call is another step in another phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Create,
    Settle,
    Retag,
    Replace,
    Delete,
    /// Anything may happen.
    Free,
}

macro_rules! steps {
    ($($name:ident = $id:literal, $surface:ident, $writes:literal, $what:literal;)+) => {
        /// A step that a fault can strike.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum Step { $(#[doc = $what] $name,)+ }

        impl Step {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$name),+];
            /// Its name in `docs/protocol.md` and in `CELL=`.
            pub(crate) const fn id(self) -> &'static str { match self { $(Self::$name => $id),+ } }
            /// Who answers.
            pub(crate) const fn surface(self) -> Surface { match self { $(Self::$name => Surface::$surface),+ } }
            /// Does it change anything?
            pub(crate) const fn writes(self) -> bool { match self { $(Self::$name => $writes),+ } }
            /// In words.
            pub(crate) const fn what(self) -> &'static str { match self { $(Self::$name => $what),+ } }
        }
    };
}

/// Who answers a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Surface {
    Acm,
    Route53,
    Kubernetes,
}

steps! {
    E1 = "E1", Kubernetes, true, "add the finalizer";
    E2 = "E2", Kubernetes, true, "write the intent";
    E4 = "E4", Acm, true, "RequestCertificate";
    E5 = "E5", Kubernetes, true, "record the ARN";
    E6 = "E6", Acm, false, "DescribeCertificate until the records appear";
    E7Zones = "E7z", Route53, false, "ListHostedZones";
    E7Record = "E7r", Route53, false, "ListResourceRecordSets";
    E8Claim = "E8c", Kubernetes, true, "write the claim `Creating`";
    E8Create = "E8", Route53, true, "CREATE the records";
    E9 = "E9", Kubernetes, true, "record what was created";
    E10 = "E10", Acm, false, "ListCertificates while pending";
    E11 = "E11", Kubernetes, true, "write Ready";
    E12 = "E12", Acm, true, "AddTagsToCertificate";
    E12Write = "E12w", Kubernetes, true, "record the tags";
    E13 = "E13", Kubernetes, true, "create an Event";
    E14 = "E14", Acm, false, "ListCertificates when settled";
    E15 = "E15", Kubernetes, true, "switch to the replacement";
    E16 = "E16", Acm, true, "delete the replaced certificate";
    E16Tags = "E16t", Acm, false, "prove the replaced certificate ours";
    E16Write = "E16w", Kubernetes, true, "forget the replaced certificate";
    D1 = "D1", Kubernetes, false, "read the live object";
    D2Describe = "D2d", Acm, false, "DescribeCertificate before the deletion";
    D2Tags = "D2t", Acm, false, "ListTagsForCertificate before the deletion";
    D4 = "D4", Kubernetes, true, "write the deletion plan";
    D5 = "D5", Acm, true, "DeleteCertificate";
    D6 = "D6", Acm, false, "DescribeCertificate until it is gone";
    D6Write = "D6w", Kubernetes, true, "forget the certificate";
    D7Claim = "D7c", Kubernetes, true, "write the claim `Deleting`";
    D7Objects = "D7o", Kubernetes, false, "list every object";
    D7Account = "D7a", Acm, false, "ListCertificates of every region";
    D7Read = "D7r", Route53, false, "re-read the records";
    D7Delete = "D7", Route53, true, "DELETE the records";
    D7Write = "D7w", Kubernetes, true, "forget the records";
    D7HandOver = "D7h", Kubernetes, true, "hand the record over to an object that relies on it";
    Retain = "D5r", Acm, true, "remove our tags from a certificate that stays";
    D8 = "D8", Kubernetes, true, "remove the finalizer";
    R1 = "R1", Acm, true, "repeat the request within the token's hour";
    R2 = "R2", Acm, false, "look for what a lost request made";
    R3 = "R3", Acm, false, "prove what was found";
    R4 = "R4", Kubernetes, true, "record what was found";
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// What has happened so far, as far as it makes one call another step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Progress {
    /// Has RequestCertificate been sent in the first phase?
    pub(crate) requested: bool,
    /// Has DeleteCertificate been sent in the last phase?
    pub(crate) deleted: bool,
    /// Is the certificate of a request looked for by its tags?
    pub(crate) searching: bool,
}

/// Which step a call of AWS is. `target`: as in the simulator's journal.
pub(crate) fn of_call(operation: &str, creates: bool, phase: Phase, progress: Progress) -> Option<Step> {
    use Phase::{Create, Delete, Replace, Retag, Settle};
    let step = match (operation, phase) {
        ("RequestCertificate", Create) if progress.requested => Step::R1,
        ("RequestCertificate", Create) => Step::E4,
        ("ListCertificates", Create) if progress.searching => Step::R2,
        ("ListTagsForCertificate", Create) if progress.searching => Step::R3,
        ("DescribeCertificate", Create) => Step::E6,
        ("ListHostedZones", Create) => Step::E7Zones,
        ("ListResourceRecordSets", Create) => Step::E7Record,
        ("ChangeResourceRecordSets", Create) if creates => Step::E8Create,
        ("ListCertificates", Create) => Step::E10,
        ("ListCertificates", Settle) => Step::E14,
        ("AddTagsToCertificate", Retag) => Step::E12,
        ("DeleteCertificate", Replace) => Step::E16,
        ("ListTagsForCertificate", Replace) => Step::E16Tags,
        ("DescribeCertificate", Delete) if progress.deleted => Step::D6,
        ("DescribeCertificate", Delete) => Step::D2Describe,
        ("ListTagsForCertificate", Delete) => Step::D2Tags,
        ("DeleteCertificate", Delete) => Step::D5,
        ("RemoveTagsFromCertificate", Delete) => Step::Retain,
        ("ListCertificates", Delete) if progress.deleted => Step::D7Account,
        ("ListResourceRecordSets", Delete) => Step::D7Read,
        ("ChangeResourceRecordSets", Delete) if !creates => Step::D7Delete,
        _ => return None,
    };
    Some(step)
}

/// Which step a request to the API server is, given the object as it is stored.
pub(crate) fn of_request(seen: &Seen, stored: Option<&Value>, phase: Phase, progress: Progress) -> Option<Step> {
    match (seen.resource, seen.verb, seen.subresource) {
        ("events", "create", _) => Some(Step::E13),
        ("acmcertificates", "list", _) if phase == Phase::Delete => Some(Step::D7Objects),
        ("acmcertificates", "get", _) if phase == Phase::Delete => Some(Step::D1),
        ("acmcertificates", "patch", None) => {
            let keeps = seen.body["metadata"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
            Some(if keeps { Step::E1 } else { Step::D8 })
        }
        ("acmcertificates", "update", Some("status")) => {
            of_status(&stored?["status"], &seen.body["status"], phase, progress)
        }
        _ => None,
    }
}

fn of_status(before: &Value, after: &Value, phase: Phase, progress: Progress) -> Option<Step> {
    let appears = |pointer: &str| before.pointer(pointer).is_none() && after.pointer(pointer).is_some();
    let states = |status: &Value, state: &str| {
        status["records"].as_array().map_or(0, |records| records.iter().filter(|r| r["state"] == state).count())
    };
    let more = |state: &str| states(after, state) > states(before, state);
    let ready = |status: &Value| {
        let conditions = status["conditions"].as_array();
        let ready = conditions.and_then(|list| list.iter().find(|c| c["type"] == "Ready").cloned());
        ready.map(|c| (c["status"].as_str().unwrap_or("").to_owned(), c["reason"].as_str().unwrap_or("").to_owned()))
    };
    let fewer = |field: &str| {
        let count = |status: &Value| status[field].as_array().map_or(0, Vec::len);
        count(after) < count(before)
    };
    let is_ready = |status: &Value| ready(status).is_some_and(|(status, _)| status == "True");
    let is_deleting = |status: &Value| ready(status).is_some_and(|(_, reason)| reason == "Deleting");
    match phase {
        Phase::Create => match () {
            () if appears("/request/certificateArn") && progress.searching => Some(Step::R4),
            () if appears("/request/certificateArn") => Some(Step::E5),
            () if appears("/request") => Some(Step::E2),
            () if more("Creating") => Some(Step::E8Claim),
            () if more("Created") => Some(Step::E9),
            () if is_ready(after) && !is_ready(before) => Some(Step::E11),
            () => None,
        },
        Phase::Retag if before["request"]["tagsHash"] != after["request"]["tagsHash"] => Some(Step::E12Write),
        Phase::Replace if fewer("previous") => Some(Step::E16Write),
        Phase::Replace if is_ready(after) && before["certificateArn"] != after["certificateArn"] => Some(Step::E15),
        Phase::Delete => match () {
            () if is_deleting(after) && !is_deleting(before) => Some(Step::D4),
            () if before["certificateArn"].is_string() && after["certificateArn"].is_null() => Some(Step::D6Write),
            () if more("Created") => Some(Step::D7HandOver),
            () if more("Deleting") => Some(Step::D7Claim),
            () if fewer("records") => Some(Step::D7Write),
            () => None,
        },
        _ => None,
    }
}
