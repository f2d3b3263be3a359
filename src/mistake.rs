//! Deliberate mistakes, each of which some controller of this kind has made: the explorer must catch every one.
//!
//! Without the feature `mistakes`, which only the project's own tests enable, none is ever made and nothing of this is
//! left in the binary.

/// A mistake that can be made on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// RequestCertificate without an idempotency token.
    NoToken,
    /// A repeated request has another token after an hour.
    TokenChangedAfterAnHour,
    /// What a lost answer has made is never looked for.
    NeverLookedFor,
    /// The intent is stored after the request, with the ARN.
    IntentAfterRequest,
    /// `certificateArn` names the new certificate as soon as it is requested.
    ArnSwitchedAtRequest,
    /// A certificate of the previous spec makes the new one Ready.
    ReadyFromAPreviousGeneration,
    /// UPSERT instead of CREATE. NB: it is made on the wire, for nothing in the operator can say it.
    Upsert,
    /// A record is deleted without asking who needs it.
    RecordDeletedWithoutCounting,
    /// Records go before the certificate.
    RecordsBeforeCertificate,
    /// The finalizer goes when AWS cannot be read.
    FinalizerRemovedOnError,
    /// The finalizer is written without the UID that was read.
    UidNotChecked,
    /// A status that was refused as stale is written all the same.
    StaleCacheTrusted,
    /// A certificate that is not listed counts as gone.
    NotListedTakenAsGone,
    /// A certificate that has failed is requested again at once.
    TerminalStateRetriedAtOnce,
    /// Private zones count like public ones.
    PrivateZonesNotExcluded,
}

impl Mistake {
    /// All of them.
    pub const ALL: [Self; 15] = [
        Self::NoToken,
        Self::TokenChangedAfterAnHour,
        Self::NeverLookedFor,
        Self::IntentAfterRequest,
        Self::ArnSwitchedAtRequest,
        Self::ReadyFromAPreviousGeneration,
        Self::Upsert,
        Self::RecordDeletedWithoutCounting,
        Self::RecordsBeforeCertificate,
        Self::FinalizerRemovedOnError,
        Self::UidNotChecked,
        Self::StaleCacheTrusted,
        Self::NotListedTakenAsGone,
        Self::TerminalStateRetriedAtOnce,
        Self::PrivateZonesNotExcluded,
    ];

    /// Is it being made, on this thread?
    #[cfg(feature = "mistakes")]
    pub fn is_made(self) -> bool {
        MADE.get() == Some(self)
    }

    /// Never.
    #[cfg(not(feature = "mistakes"))]
    #[must_use]
    pub const fn is_made(self) -> bool {
        false
    }

    /// Makes it on this thread, until another is made, or none.
    #[cfg(feature = "mistakes")]
    pub fn make(mistake: Option<Self>) {
        MADE.set(mistake);
    }
}

#[cfg(feature = "mistakes")]
thread_local! {
    static MADE: std::cell::Cell<Option<Mistake>> = const { std::cell::Cell::new(None) };
}
