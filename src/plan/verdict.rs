//! What is true of a certificate, in the terms of its conditions.

use crate::api::Reason;

/// Status of a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// `True`
    True,
    /// `False`
    False,
    /// `Unknown`
    Unknown,
}

impl Truth {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// One condition: its status, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// Status.
    pub truth: Truth,
    /// Reason.
    pub reason: Reason,
    /// Message: domain, cause, next step.
    pub message: String,
    /// The same without the words of AWS, for a condition beside the one that says it in full.
    pub brief: Option<String>,
}

impl Claim {
    /// A condition that holds.
    pub fn yes(reason: Reason, message: impl Into<String>) -> Self {
        Self { truth: Truth::True, reason, message: message.into(), brief: None }
    }

    /// A condition that does not hold.
    pub fn no(reason: Reason, message: impl Into<String>) -> Self {
        Self { truth: Truth::False, reason, message: message.into(), brief: None }
    }

    /// A condition of which nothing is known.
    pub fn unknown(reason: Reason, message: impl Into<String>) -> Self {
        Self { truth: Truth::Unknown, reason, message: message.into(), brief: None }
    }

    /// The same with fewer words for the conditions beside it.
    #[must_use]
    pub fn with_brief(self, brief: String) -> Self {
        Self { brief: Some(brief), ..self }
    }

    /// The same as another condition says it, which need not repeat what this one says.
    #[must_use]
    pub fn in_brief(&self) -> Self {
        let message = self.brief.clone().unwrap_or_else(|| self.message.clone());
        Self { message, brief: None, ..self.clone() }
    }
}

/// All conditions. `None` leaves one as it was: nothing new was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// `Ready`; `Reconciling` and `Stalled` follow from it.
    pub ready: Option<Claim>,
    /// `Issued`, where it does not follow from `Ready` and the ledger.
    pub issued: Option<Claim>,
    /// Nobody has looked at the certificate: what other conditions tell of it stays as it is.
    pub unseen: bool,
    /// `RecordsReady`.
    pub records: Option<Claim>,
    /// `DeletionBlocked`, present only if there is one.
    pub deletion_blocked: Option<Claim>,
    /// `Suspended`, present only if there is one.
    pub suspended: Option<Claim>,
    /// Nothing could be observed for so long that every condition is `Unknown`.
    pub stale: Option<String>,
}

impl Verdict {
    /// Nothing new.
    pub fn unchanged() -> Self {
        Self::default()
    }

    /// Not ready.
    pub fn not_ready(reason: Reason, message: impl Into<String>) -> Self {
        Self { ready: Some(Claim::no(reason, message)), ..Self::default() }
    }

    /// Ready.
    pub fn ready(message: impl Into<String>) -> Self {
        Self { ready: Some(Claim::yes(Reason::Issued, message)), ..Self::default() }
    }

    /// The same with a word on the records.
    #[must_use]
    pub fn with_records(self, records: Option<Claim>) -> Self {
        Self { records, ..self }
    }
}
