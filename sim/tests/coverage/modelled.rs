//! The operations that are modelled, and what becomes of each of their parameters.

/// What becomes of a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Used,
    /// Accepted, whatever it says, and without effect.
    Ignored,
    /// Any value is an error.
    Refused,
}

/// A parameter, its use and what there is to say of it.
pub(crate) type Parameter = (&'static str, Use, &'static str);

use Use::{Ignored, Refused, Used};

const ARN: Parameter = ("CertificateArn", Used, "");

pub(crate) const MODELLED: [(&str, &[Parameter]); 10] = [
    ("AddTagsToCertificate", &[ARN, ("Tags", Used, "")]),
    ("DeleteCertificate", &[ARN]),
    ("DescribeCertificate", &[ARN]),
    ("GetCertificate", &[ARN]),
    (
        "ListCertificates",
        &[
            ("CertificateStatuses", Used, ""),
            ("CertificateKeyPairOrigins", Used, "no certificate comes through ACME"),
            ("Includes", Used, ""),
            ("Includes.extendedKeyUsage", Used, "all certificates have the same two"),
            ("Includes.keyUsage", Used, "all certificates have the same two"),
            ("Includes.keyTypes", Used, "without it, only RSA_1024 and RSA_2048, as in AWS"),
            ("Includes.exportOption", Used, ""),
            ("Includes.managedBy", Used, ""),
            ("NextToken", Used, ""),
            ("MaxItems", Used, ""),
            ("SortBy", Used, ""),
            ("SortOrder", Used, ""),
        ],
    ),
    ("ListTagsForCertificate", &[ARN]),
    ("RemoveTagsFromCertificate", &[ARN, ("Tags", Used, "")]),
    (
        "RequestCertificate",
        &[
            ("DomainName", Used, ""),
            ("ValidationMethod", Used, "`DNS` and `EMAIL`; `HTTP` belongs to CloudFront and is refused"),
            ("SubjectAlternativeNames", Used, ""),
            ("IdempotencyToken", Used, ""),
            ("DomainValidationOptions", Used, ""),
            ("Options", Used, ""),
            ("Options.CertificateTransparencyLoggingPreference", Ignored, "opting out exists no longer"),
            (
                "Options.Export",
                Used,
                "the option is shown; to export is not modelled: plant a certificate that is `exported`",
            ),
            ("Options.ValidationMethod", Ignored, "it is for UpdateCertificateOptions"),
            ("CertificateAuthorityArn", Refused, "public certificates only"),
            ("Tags", Used, ""),
            ("KeyAlgorithm", Used, "the three that AWS issues"),
            ("ManagedBy", Refused, "what CloudFront manages only CloudFront requests"),
        ],
    ),
    ("ResendValidationEmail", &[ARN, ("Domain", Used, ""), ("ValidationDomain", Used, "")]),
    (
        "SearchCertificates",
        &[
            ("FilterStatement", Used, "every filter of the model"),
            ("MaxResults", Used, ""),
            ("NextToken", Used, ""),
            ("SortBy", Used, ""),
            ("SortOrder", Used, ""),
        ],
    ),
];

/// The parameters of a modelled operation.
pub(crate) fn parameters(operation: &str) -> Option<&'static [Parameter]> {
    MODELLED.iter().find(|(name, _)| *name == operation).map(|(_, parameters)| *parameters)
}
