//! What was seen of the world in one pass: the one source of the plan and of the conditions, so they cannot disagree.

use crate::{
    api::{AcmCertificateStatus, RecordClaim},
    aws::{AwsError, CertificateDetail, HostedZone, Meaning, RecordSet},
    names::{CertificateArn, HostedZoneId, RecordName},
    plan::{Effect, Which},
};
use jiff::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// One look at something.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Look<T> {
    /// There was no need to look, or no way yet: nothing may be concluded.
    #[default]
    NotTaken,
    /// Seen.
    Seen(T),
    /// The look failed.
    Failed(AwsError),
}

impl<T> Look<T> {
    /// What was seen.
    pub fn seen(&self) -> Option<&T> {
        match self {
            Self::Seen(thing) => Some(thing),
            Self::NotTaken | Self::Failed(_) => None,
        }
    }

    /// From a result.
    pub fn from_result(result: Result<T, AwsError>) -> Self {
        match result {
            Ok(thing) => Self::Seen(thing),
            Err(error) => Self::Failed(error),
        }
    }
}

/// What was seen of a certificate.
#[derive(Clone, Debug, PartialEq)]
pub enum Sight {
    /// As the status says: the shared observation shows no difference.
    Unchanged,
    /// Described.
    Detail(Box<CertificateDetail>),
    /// ACM does not know it. `confirmed`: at two looks, well apart, and long after its request.
    Absent {
        /// May it be believed?
        confirmed: bool,
    },
}

/// A certificate that is about to go.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Retiring {
    /// The certificate, or nothing if ACM does not know it (any more).
    pub detail: Look<Option<Box<CertificateDetail>>>,
    /// Its live tags.
    pub tags: Look<BTreeMap<String, String>>,
}

/// A certificate that an earlier life of the object may have left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Earlier {
    /// The certificate.
    pub arn: CertificateArn,
    /// ACM's word.
    pub status: String,
    /// Is it used?
    pub in_use: bool,
    /// When it was requested.
    pub created_at: Option<Timestamp>,
    /// Its live tags.
    pub tags: BTreeMap<String, String>,
}

/// Who needs a validation record besides the object that lets go of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nobody that is known.
    Nobody,
    /// Another object of ours relies on it: it becomes that object's to delete.
    Object {
        /// Namespace of that object.
        namespace: String,
        /// Name of that object.
        name: String,
        /// Its UID.
        uid: String,
    },
    /// A certificate of the account that is not an object of ours.
    Certificate(CertificateArn),
    /// It could not be found out: in doubt the record stays.
    Doubt(String),
}

/// One pass's view.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// The status as it is stored: the ledger.
    pub status: AcmCertificateStatus,
    /// The certificate that matters: the pending one while there is one, else the serving one.
    pub certificate: Look<Sight>,
    /// The certificate that serves while another one is pending, where the listing shows something new of it.
    pub serving: Option<Box<CertificateDetail>>,
    /// Live tags of the certificate that matters, when it is time to look at them.
    pub tags: Look<BTreeMap<String, String>>,
    /// Certificates of these names whose tags name this object, or an object of the same name that lives no more.
    pub earlier: Look<Vec<Earlier>>,
    /// The account of the credentials, where it is known.
    pub account: Option<String>,
    /// Does the object live whose UID the tags of the certificate to be adopted name?
    pub other_owner_lives: bool,
    /// When the namespace may request its next certificate, if not now.
    pub next_request_at: Option<Timestamp>,
    /// The certificate that an intent without ARN may have made, looked up by its tags.
    pub found_by_tags: Look<Vec<CertificateArn>>,
    /// All hosted zones.
    pub zones: Look<Vec<HostedZone>>,
    /// Record sets by zone and name.
    pub record_sets: BTreeMap<(HostedZoneId, RecordName), Look<Option<RecordSet>>>,
    /// Records that another object is about to delete: nobody may rely on them now.
    pub records_in_deletion: BTreeSet<RecordName>,
    /// Certificates to be deleted.
    pub retiring: BTreeMap<CertificateArn, Retiring>,
    /// Who needs the records that are to be deleted.
    pub needs: BTreeMap<(HostedZoneId, RecordName), Need>,
    /// Why it could not be found out who needs the records that are to be deleted.
    pub uncounted: Option<AwsError>,
    /// Effects that AWS has refused and that are not to be sent again yet.
    pub refused: Vec<Which>,
    /// Since when Route 53 could not be read, if that is longer than an observation should be old.
    pub records_stale_since: Option<Timestamp>,
    /// Since when nothing could be observed, if that is longer than an observation should be old.
    pub stale_since: Option<Timestamp>,
}

impl Observed {
    /// Has AWS refused that effect, so that it is not to be sent again yet?
    pub fn is_refused(&self, effect: &Effect) -> bool {
        self.refused.contains(&effect.which())
    }

    /// The batch of the first zone, of one for which AWS has not refused it if there is any: what is refused of one zone
    /// holds up no other.
    pub(super) fn next_batch(
        &self,
        mut batches: BTreeMap<HostedZoneId, Vec<RecordClaim>>,
        effect: impl Fn(HostedZoneId) -> Effect,
    ) -> Option<(HostedZoneId, Vec<RecordClaim>)> {
        let chosen = batches.keys().find(|zone| !self.is_refused(&effect((*zone).clone()))).or(batches.keys().next());
        let chosen = chosen.cloned()?;
        batches.remove_entry(&chosen)
    }

    /// Did the looks at the records fail? Nothing if there was none.
    pub fn are_records_unread(&self) -> Option<bool> {
        // A zone that is gone is an answer.
        let is_outage = |error: &AwsError| !error.is(Meaning::NotFound);
        let looks = self.record_sets.values();
        let mut failed = looks.filter_map(|look| match look {
            Look::Failed(error) => Some(is_outage(error)),
            Look::Seen(_) => Some(false),
            Look::NotTaken => None,
        });
        match &self.zones {
            Look::Failed(_) => Some(true),
            Look::NotTaken => None,
            Look::Seen(_) => failed.clone().next().map(|_| failed.any(|failed| failed)),
        }
    }

    /// Has a look failed that a deletion needs?
    pub fn is_deletion_unread(&self) -> bool {
        let is_failed = |one: &Retiring| matches!(one.detail, Look::Failed(_)) || matches!(one.tags, Look::Failed(_));
        // A zone that is gone is an answer.
        let is_outage = |look: &Look<Option<RecordSet>>| match look {
            Look::Failed(error) => !error.is(Meaning::NotFound),
            Look::NotTaken | Look::Seen(_) => false,
        };
        self.uncounted.is_some()
            || matches!(self.found_by_tags, Look::Failed(_))
            || matches!(self.earlier, Look::Failed(_))
            || self.retiring.values().any(is_failed)
            || self.record_sets.values().any(is_outage)
    }
}
