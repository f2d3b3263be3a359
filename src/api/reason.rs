//! Condition types and the closed list of their reasons.

use std::fmt;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name { $($(#[doc = $doc])+ $variant,)+ }

        impl $name {
            /// Every word of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word as it stands in the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => stringify!($variant)),+ }
            }

            /// What it means, in one sentence: the words above it in the source, for the pages made from it.
            pub fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+).trim()),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

words! {
    /// Types of conditions.
    ConditionType {
        /// The certificate in `certificateArn` is ISSUED, unexpired, and covers exactly this generation's spec.
        Ready,
        /// `certificateArn` points at an ISSUED certificate, perhaps of an earlier generation.
        Issued,
        /// Every validation record is in place in the right public zone.
        RecordsReady,
        /// Managed renewal will work.
        RenewalReady,
        /// Present when True: the operator is working towards the spec.
        Reconciling,
        /// Present when True: a person or a spec edit is needed.
        Stalled,
        /// Present when True: deletion waits for somebody.
        DeletionBlocked,
        /// Present when True: no AWS writes are made.
        Suspended,
    }
}

words! {
    /// Reasons of conditions and Events.
    Reason {
        /// The certificate is issued.
        Issued,
        /// The request is about to be sent.
        Requesting,
        /// ACM has not shown the validation records yet.
        WaitingForRecords,
        /// No public hosted zone holds a validation record's name.
        ZoneNotFound,
        /// Two public hosted zones of one name: the operator does not guess.
        ZoneAmbiguous,
        /// A record with another value stands where the validation record belongs.
        RecordConflict,
        /// ACM has not validated every name yet.
        WaitingForValidation,
        /// A certificate for the changed spec is on its way while the old one serves.
        Replacing,
        /// ACM refused the request.
        RequestFailed,
        /// ACM gave up after 72 hours.
        ValidationTimedOut,
        /// The certificate has expired.
        Expired,
        /// The certificate was revoked.
        Revoked,
        /// The certificate was deleted by somebody else.
        CertificateGone,
        /// The certificate to adopt is not what the spec says.
        AdoptionMismatch,
        /// The certificate's tags name another owner.
        OwnershipLost,
        /// A name in the spec is not a valid domain name.
        InvalidDomainName,
        /// The spec uses a field whose behaviour this version does not have.
        NotSupported,
        /// A quota of the account is used up.
        QuotaExceeded,
        /// AWS refuses the operator an operation.
        AccessDenied,
        /// Waiting took longer than the progress deadline.
        ProgressDeadlineExceeded,
        /// The object is suspended.
        Suspended,
        /// The object is being deleted.
        Deleting,
        /// No certificate has been issued yet.
        NotYetIssued,
        /// Every validation record is in place.
        InPlace,
        /// A validation record is missing.
        RecordMissing,
        /// ACM will renew the certificate.
        Eligible,
        /// ACM is renewing the certificate.
        Renewing,
        /// No AWS resource uses the certificate, so ACM will not renew it.
        NotInUse,
        /// ACM does not renew certificates of this kind.
        Ineligible,
        /// The renewal waits for validation.
        RenewalPendingValidation,
        /// The renewal failed.
        RenewalFailed,
        /// Deletion waits because AWS resources use the certificate.
        InUse,
        /// The last good observation is too old to speak of the present.
        ObservationStale,
    }
}

words! {
    /// Reasons of Events, where there is no condition's reason of the same name.
    EventReason {
        /// A certificate was requested.
        Requested,
        /// An existing certificate was adopted, or taken over after a rebuild of the cluster.
        Adopted,
        /// A validation record was created.
        RecordCreated,
        /// A validation record that had gone was created again.
        RecordRestored,
        /// A validation record stays because somebody needs it, or may need it.
        RecordKept,
        /// The certificate was issued.
        Issued,
        /// A certificate for the changed spec is being requested.
        ReplacementStarted,
        /// The certificate for the changed spec serves now.
        Replaced,
        /// ACM has begun to renew.
        RenewalStarted,
        /// ACM has renewed: other serial number and dates, the same ARN.
        Renewed,
        /// The renewal waits for a validation record that ACM does not see.
        RenewalPendingValidation,
        /// ACM could not renew.
        RenewalFailed,
        /// No AWS resource uses the certificate, so ACM will not renew it.
        NotInUse,
        /// ACM does not renew the certificate.
        Ineligible,
        /// The certificate expires before long, and its renewal is not on track, has not come, or could not be observed.
        ExpiringSoon,
        /// The certificate was deleted.
        Deleted,
        /// The certificate was left in place, as the deletion policy says.
        Retained,
        /// Deletion waits.
        DeletionBlocked,
        /// No public hosted zone holds a validation record's name.
        ZoneNotFound,
        /// Two public hosted zones of one name.
        ZoneAmbiguous,
        /// A record with another value is in the way.
        RecordConflict,
        /// ACM refused.
        RequestFailed,
        /// ACM gave up after 72 hours.
        ValidationTimedOut,
        /// The certificate has expired.
        Expired,
        /// The certificate was revoked.
        Revoked,
        /// The certificate was deleted by somebody else.
        CertificateGone,
        /// More than one certificate was found for one request.
        DuplicateFound,
        /// The certificate's tags name another owner, or none.
        OwnershipLost,
        /// The certificate to adopt is not what the spec says.
        AdoptionMismatch,
        /// AWS refuses the operator an operation.
        AccessDenied,
        /// A quota of the account is used up, or the namespace's share of it.
        QuotaExceeded,
        /// A name in the spec is not a valid domain name.
        InvalidDomainName,
        /// The spec uses what this version does not do.
        NotSupported,
        /// Waiting took longer than the progress deadline.
        ProgressDeadlineExceeded,
    }
}

impl EventReason {
    /// Is it something that a user can act on? (Event type `Warning`, rather than `Normal`.) NB: `NotInUse` becomes one
    /// at the first expiry threshold.
    pub const fn is_warning(self) -> bool {
        !matches!(
            self,
            Self::Requested
                | Self::Adopted
                | Self::RecordCreated
                | Self::RecordRestored
                | Self::RecordKept
                | Self::Issued
                | Self::ReplacementStarted
                | Self::Replaced
                | Self::RenewalStarted
                | Self::Renewed
                | Self::NotInUse
                | Self::Ineligible
                | Self::Deleted
                | Self::Retained
        )
    }
}

impl Reason {
    /// Does the state need a person or a spec edit? (`Stalled`, rather than `Reconciling`.)
    pub const fn is_stalled(self) -> bool {
        matches!(
            self,
            Self::ZoneNotFound
                | Self::ZoneAmbiguous
                | Self::RecordConflict
                | Self::AdoptionMismatch
                | Self::OwnershipLost
                | Self::InvalidDomainName
                | Self::NotSupported
                | Self::QuotaExceeded
                | Self::AccessDenied
                | Self::RequestFailed
                | Self::ValidationTimedOut
                | Self::Revoked
                | Self::Expired
                | Self::ProgressDeadlineExceeded
        )
    }
}
