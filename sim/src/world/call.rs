//! What can be asked of the world: who asks, which operation, with which parameters.

use serde::{Deserialize, Serialize};

pub use super::parameters::{
    AliasTarget, CreateHostedZone, DomainValidationOption, ListCertificates, RecordChange, RequestCertificate,
    SearchCertificates, Tag,
};

/// Who makes a call, and in which region.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Caller {
    pub account: String,
    pub region: String,
    pub access_key: String,
}

/// The three services of the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    Acm,
    Route53,
    Sts,
}

impl Service {
    /// The name in `/_sim/`, which is also the prefix of IAM actions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Service::Acm => "acm",
            Service::Route53 => "route53",
            Service::Sts => "sts",
        }
    }
}

/// Says which operations each service has, once for all: a call that is missing here does not compile, and what is
/// listed here is what protocols, faults and counters know.
macro_rules! operations {
    ($($service:ident: $($operation:ident),+;)+) => {
        impl Service {
            /// The operations of the service that are modelled.
            #[must_use]
            pub fn operations(self) -> &'static [&'static str] {
                match self {
                    $(Service::$service => &[$(stringify!($operation)),+],)+
                }
            }
        }

        impl Call {
            /// The service the call is for.
            #[must_use]
            pub fn service(&self) -> Service {
                match self {
                    $($(Call::$operation { .. })|+ => Service::$service,)+
                }
            }

            /// The operation's name in the API.
            #[must_use]
            pub fn operation(&self) -> &'static str {
                match self {
                    $($(Call::$operation { .. } => stringify!($operation),)+)+
                }
            }
        }
    };
}

operations! {
    Acm: RequestCertificate, DescribeCertificate, ListCertificates, SearchCertificates, DeleteCertificate,
        GetCertificate, ResendValidationEmail, AddTagsToCertificate, RemoveTagsFromCertificate, ListTagsForCertificate;
    Route53: CreateHostedZone, GetHostedZone, DeleteHostedZone, ListHostedZones, ListHostedZonesByName,
        ListResourceRecordSets, ChangeResourceRecordSets, GetChange;
    Sts: GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity;
}

/// One call. Certificates are named by ARN, zones and changes by bare id.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Call {
    RequestCertificate(RequestCertificate),
    DescribeCertificate {
        certificate_arn: String,
    },
    ListCertificates(ListCertificates),
    SearchCertificates(SearchCertificates),
    DeleteCertificate {
        certificate_arn: String,
    },
    GetCertificate {
        certificate_arn: String,
    },
    ResendValidationEmail {
        certificate_arn: String,
        domain: String,
        validation_domain: String,
    },
    AddTagsToCertificate {
        certificate_arn: String,
        tags: Vec<Tag>,
    },
    RemoveTagsFromCertificate {
        certificate_arn: String,
        tags: Vec<Tag>,
    },
    ListTagsForCertificate {
        certificate_arn: String,
    },
    CreateHostedZone(CreateHostedZone),
    GetHostedZone {
        zone_id: String,
    },
    DeleteHostedZone {
        zone_id: String,
    },
    ListHostedZones {
        marker: Option<String>,
        max_items: Option<i64>,
    },
    ListHostedZonesByName {
        dns_name: Option<String>,
        zone_id: Option<String>,
        max_items: Option<i64>,
    },
    ListResourceRecordSets {
        zone_id: String,
        name: Option<String>,
        record_type: Option<String>,
        max_items: Option<i64>,
    },
    ChangeResourceRecordSets {
        zone_id: String,
        comment: Option<String>,
        changes: Vec<RecordChange>,
    },
    GetChange {
        change_id: String,
    },
    GetCallerIdentity,
    AssumeRole {
        role_arn: String,
        session_name: String,
        duration_seconds: Option<i64>,
        external_id: Option<String>,
    },
    AssumeRoleWithWebIdentity {
        role_arn: String,
        session_name: String,
        token: String,
        duration_seconds: Option<i64>,
    },
}

impl Call {
    /// What the call is about, spelled as in the journal; `None` for lists and the like.
    #[must_use]
    pub fn target(&self) -> Option<String> {
        match self {
            Call::RequestCertificate(request) => Some(request.domain_name.to_ascii_lowercase()),
            Call::DescribeCertificate { certificate_arn }
            | Call::DeleteCertificate { certificate_arn }
            | Call::GetCertificate { certificate_arn }
            | Call::ResendValidationEmail { certificate_arn, .. }
            | Call::AddTagsToCertificate { certificate_arn, .. }
            | Call::RemoveTagsFromCertificate { certificate_arn, .. }
            | Call::ListTagsForCertificate { certificate_arn } => Some(certificate_arn.clone()),
            Call::CreateHostedZone(zone) => Some(super::dns_name::plain(&zone.name)),
            Call::GetHostedZone { zone_id }
            | Call::DeleteHostedZone { zone_id }
            | Call::ListResourceRecordSets { zone_id, .. }
            | Call::ChangeResourceRecordSets { zone_id, .. } => Some(zone_id.clone()),
            Call::GetChange { change_id } => Some(change_id.clone()),
            Call::AssumeRole { role_arn, .. } | Call::AssumeRoleWithWebIdentity { role_arn, .. } => {
                Some(role_arn.clone())
            }
            _ => None,
        }
    }
}
