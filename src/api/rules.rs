//! What a schema's bounds cannot say of a spec, in CEL, with messages that name field, value and remedy.
//!
//! NB: the API server estimates what a rule and its message may cost at worst, and refuses a CRD above its budget. That
//! is why every string and list of the spec is bounded, and why nothing here takes the size of a tag's key into text.
//! The `cel` crate that runs the same rules in unit tests knows no optionals (`self.?region`), hence the `has()`.

use kube::core::{Message, Reason, Rule};

/// Something asked of each text of a kind. Both parts are CEL in which [`TEXT`] stands for the text.
struct Check {
    /// True of a good text.
    holds: &'static str,
    /// Told of a bad one, after what it is and what it reads.
    remark: &'static str,
}

/// Stands for the text in a [`Check`].
const TEXT: &str = "TEXT";

/// The form in which ACM takes a domain name. More than one may fail; each then says its part.
const DOMAIN_NAME: &[Check] = &[
    Check { holds: "!TEXT.matches('[A-Z]')", remark: r#"'has upper-case letters: write "' + TEXT.lowerAscii() + '"'"# },
    Check {
        holds: "!TEXT.endsWith('.')",
        remark: r#"'ends with a dot: write "' + TEXT.substring(0, TEXT.size() - 1) + '"'"#,
    },
    Check {
        holds: "!TEXT.matches('[^ -~]')",
        remark: "'has characters outside of ASCII: write each such label as its A-label, which begins with xn--'",
    },
    Check {
        holds: "!(TEXT.startsWith('*.') ? TEXT.substring(2) : TEXT).contains('*')",
        remark: "'has a * elsewhere than as the whole first label: write one *. at the start, as in *.example.com'",
    },
    Check {
        holds: r"!TEXT.matches('[ -)+,/:-@\\[-^`{-~]')",
        remark: "'has characters that no domain name has: write labels of a-z, 0-9 and hyphens with dots between them'",
    },
    Check {
        holds: "!TEXT.contains('_')",
        remark: "'has an underscore, for which ACM issues no certificate: use a name without it'",
    },
    Check {
        holds: "!TEXT.matches('(^|[.])[.]')",
        remark: "'has an empty label: write one dot between labels and none at the start'",
    },
    Check {
        holds: "!TEXT.matches('[^.]{64}')",
        remark: r#"'has the label "' + TEXT.find('[^.]{64,}') + '" of more than 63 octets: use a shorter one'"#,
    },
    Check {
        holds: "!TEXT.matches('(^|[.])-|-([.]|$)')",
        remark: "'has a label that begins or ends with a hyphen: leave that hyphen out'",
    },
    Check {
        holds: "!TEXT.matches('(^|[.])([^.xX][^.]|[xX][^.nN])--')",
        remark: "'has a label with -- in places three and four that is not an A-label (xn--): use another label'",
    },
    Check {
        holds: "!TEXT.matches('^([*][.])?[0-9]+([.][0-9]+)+$')",
        remark: "'is an IPv4 address, for which ACM issues no certificate: use a domain name that resolves to it'",
    },
    Check {
        holds: "(TEXT.startsWith('*.') ? TEXT.substring(2) : TEXT).contains('.')",
        remark: "'has a single label: write a fully qualified name, such as www.example.com'",
    },
    Check {
        holds: "!TEXT.matches('(^|[.])(amazonaws[.]com([.]cn)?|cloudfront[.]net|elasticbeanstalk[.]com)$')",
        remark: "'belongs to Amazon, and ACM issues no certificate for it: use a name of your own that points to it'",
    },
];

/// What AWS and the operator take as the key of a tag.
const TAG_KEY: &[Check] = &[
    Check { holds: "size(TEXT) >= 1 && size(TEXT) <= 128", remark: "'is not of 1 to 128 characters: use another key'" },
    Check {
        holds: r"TEXT.matches('^[\\p{L}\\p{Z}\\p{N}_.:/=+@-]*$')",
        remark: "'has characters that AWS refuses: use letters, digits, spaces and _ . : / = + - @'",
    },
    Check {
        holds: "!TEXT.lowerAscii().startsWith('aws:')",
        remark: "'is reserved for AWS: use a key that does not begin with aws:'",
    },
    Check {
        holds: "!TEXT.startsWith('acmcert.io/')",
        remark: "'is reserved for the operator: use a key that does not begin with acmcert.io/'",
    },
];

/// What ACM takes as the value of a tag.
const TAG_VALUE: &[Check] = &[
    Check { holds: "!TEXT.contains('*')", remark: "'has a *, which ACM refuses in the value of a tag: leave it out'" },
    Check {
        holds: r"TEXT.matches('^[\\p{L}\\p{Z}\\p{N}_.:/=+@*-]*$')",
        remark: "'has characters that AWS refuses: use letters, digits, spaces and _ . : / = + - @'",
    },
];

impl Check {
    /// As a rule of the text itself.
    fn of(&self, what: &str) -> Rule {
        let [holds, remark] = [self.holds, self.remark].map(|cel| cel.replace(TEXT, "self"));
        explained(holds, format!(r#"'{what} "' + self + '" ' + {remark}"#))
    }

    /// As a rule of a list or map, where `text` is the text in terms of its item or key. Speaks of the first bad one.
    fn of_each(&self, what: &str, item: &str, text: &str) -> Rule {
        let [holds, remark] = [self.holds, self.remark].map(|cel| cel.replace(TEXT, text));
        let told = format!(r#"'{what} "' + {text} + '" ' + {remark}"#);
        explained(format!("self.all({item}, {holds})"), format!("self.map({item}, !({holds}), {told})[0]"))
    }
}

/// Rules of `domainName`.
pub(super) fn domain_name() -> Vec<Rule> {
    DOMAIN_NAME.iter().map(|check| check.of("domainName")).collect()
}

/// Rules of `subjectAlternativeNames`.
pub(super) fn subject_alternative_names() -> Vec<Rule> {
    DOMAIN_NAME.iter().map(|check| check.of_each("subjectAlternativeNames", "name", "name")).collect()
}

/// Rules of `tags`.
pub(super) fn tags() -> Vec<Rule> {
    let keys = TAG_KEY.iter().map(|check| check.of_each("tags: the key", "key", "key"));
    let values = TAG_VALUE.iter().map(|check| check.of_each("tags: the value", "key", "self[key]"));
    keys.chain(values).collect()
}

/// Rules of `region`.
pub(super) fn region() -> Vec<Rule> {
    let region = Check {
        holds: "TEXT.matches('^[a-z]+(-[a-z]+)+-[0-9]+$')",
        remark: "'is not the code of an AWS region: write one such as eu-west-1, us-gov-west-1 or cn-north-1'",
    };
    vec![region.of("region")]
}

/// Rules of `validation.dns.hostedZoneId`.
pub(super) fn hosted_zone_id() -> Vec<Rule> {
    let id = Check {
        holds: "TEXT.matches('^[A-Z0-9]+$')",
        remark: "'is not the ID of a hosted zone: write one such as Z0123456789ABCDEFGHIJ, without /hostedzone/'",
    };
    vec![id.of("validation.dns.hostedZoneId")]
}

/// Rules of `validation.email.validationDomains`.
pub(super) fn validation_domains() -> Vec<Rule> {
    let holds = "(pair.domainName == pair.validationDomain || pair.domainName.endsWith('.' + pair.validationDomain))";
    vec![explained(
        format!("self.all(pair, {holds})"),
        format!(
            r#"self.map(pair, !{holds}, 'validation.email.validationDomains: the validationDomain "'
                + pair.validationDomain + '" does not contain the domainName "' + pair.domainName
                + '": write that name itself or a domain above it')[0]"#
        ),
    )]
}

/// Rules of `certificateAuthorityArn`.
pub(super) fn certificate_authority_arn() -> Vec<Rule> {
    let arn = Check {
        holds: "TEXT.matches('^arn:aws[a-z-]*:acm-pca:[a-z0-9-]+:[0-9]{12}:certificate-authority/[A-Za-z0-9-]+$')",
        remark: "'is not the ARN of a private CA: write arn:aws:acm-pca:REGION:ACCOUNT:certificate-authority/ID'",
    };
    vec![arn.of("certificateAuthorityArn")]
}

/// Rules of `certificateArn`.
pub(super) fn certificate_arn() -> Vec<Rule> {
    let arn = Check {
        holds: "TEXT.matches('^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[A-Za-z0-9-]+$')",
        remark: "'is not the ARN of an ACM certificate: write arn:aws:acm:REGION:ACCOUNT:certificate/ID'",
    };
    vec![arn.of("certificateArn")]
}

/// Rules between fields of the spec, and between its old and its new state.
pub(super) fn spec() -> Vec<Rule> {
    vec![
        forbidden(
            ".validation",
            "!has(self.certificateAuthorityArn) || !has(self.validation)",
            r#"'validation has no use with certificateAuthorityArn "' + self.certificateAuthorityArn
                + '", for AWS Private CA does not validate names: remove one of the two'"#,
        ),
        forbidden(
            ".certificateAuthorityArn",
            "!has(self.certificateArn) || !has(self.certificateAuthorityArn)",
            r#"'certificateAuthorityArn "' + self.certificateAuthorityArn + '" has no use with certificateArn "'
                + self.certificateArn + '", for an adopted certificate is not requested: remove one of the two'"#,
        ),
        forbidden(
            ".region",
            "!has(self.certificateArn) || !has(self.region) || self.certificateArn.contains(':acm:' + self.region + ':')",
            r#"'region "' + self.region + '" is not that of certificateArn "' + self.certificateArn
                + '": remove region, or write the region that the ARN names'"#,
        ),
        forbidden(
            ".validation.dns",
            &format!("!has(self.validation) || !has(self.validation.dns) || {} != 'Email'", method("self")),
            "'validation.dns has no use with validation.method Email: remove one of the two'",
        ),
        forbidden(
            ".validation.email",
            &format!("!has(self.validation) || !has(self.validation.email) || {} == 'Email'", method("self")),
            &format!(
                "'validation.email has no use with validation.method ' + {} + ': remove it, or set the method to Email'",
                method("self")
            ),
        ),
        immutable(
            "region",
            "the default of the operator",
            "a certificate stays in its region; create another AcmCertificate for the other region",
        ),
        immutable(
            "certificateArn",
            "none",
            "an AcmCertificate stays with its certificate; create another AcmCertificate to adopt another one",
        ),
        immutable(
            "certificateAuthorityArn",
            "none",
            "a certificate stays with its CA; create another AcmCertificate for the other CA",
        ),
        forbidden(
            ".validation.method",
            &format!("{} == {}", method("self"), method("oldSelf")),
            &format!(
                "'validation.method is immutable and cannot change from ' + {} + ' to ' + {} + ': ACM validates a \
                 certificate by one method; create another AcmCertificate with the other method'",
                method("oldSelf"),
                method("self")
            ),
        ),
    ]
}

/// The validation method of a spec, with its default.
fn method(spec: &str) -> String {
    format!("(has({spec}.validation) && has({spec}.validation.method) ? {spec}.validation.method : 'DNS')")
}

/// An optional text that stays as it was, absence included.
fn immutable(field: &str, absent: &str, instead: &str) -> Rule {
    let shown = |spec| format!(r#"(has({spec}.{field}) ? '"' + {spec}.{field} + '"' : '{absent}')"#);
    forbidden(
        &format!(".{field}"),
        &format!(
            "has(self.{field}) == has(oldSelf.{field}) && (!has(self.{field}) || self.{field} == oldSelf.{field})"
        ),
        &format!(
            "'{field} is immutable and cannot change from ' + {} + ' to ' + {} + ': {instead}'",
            shown("oldSelf"),
            shown("self")
        ),
    )
}

/// A rule at the level of the spec that is about one of its fields.
fn forbidden(field: &str, holds: &str, message: &str) -> Rule {
    explained(holds.to_owned(), message.to_owned()).field_path(field).reason(Reason::FieldValueForbidden)
}

/// A rule with a message in CEL.
fn explained(holds: String, message: String) -> Rule {
    let one_line = |cel: String| cel.split_whitespace().collect::<Vec<_>>().join(" ");
    Rule::new(holds).message(Message::Expression(one_line(message)))
}
