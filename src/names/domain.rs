//! Domain names as ACM accepts them.

use std::{fmt, str::FromStr};

/// Octets of a whole name: the limit of DNS in its text form, and of ACM for each name but the first.
const MAX_OCTETS: usize = 253;
/// Octets of a label (RFC 1035).
const MAX_LABEL_OCTETS: usize = 63;

/// A fully qualified domain name in canonical form: lower case, A-labels, no trailing dot, at most one `*` and that
/// as the whole first label.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DomainName(String);

/// Why a string is not a [`DomainName`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DomainError {
    /// An upper-case letter, a trailing dot, or characters outside of ASCII.
    #[error(
        "\"{0}\" is not in canonical form; write it in lower case, with A-labels (xn--...) and without a trailing dot"
    )]
    NotCanonical(String),
    /// Empty, too long, a bad label, an address, a single label.
    #[error("\"{0}\" is not a fully qualified domain name: {1}")]
    Malformed(String, &'static str),
    /// A label that begins with `xn--` but does not decode.
    #[error(
        "\"{name}\" has the label \"{label}\", which is not a valid internationalised label; encode the Unicode name again"
    )]
    Undecodable {
        /// The whole name.
        name: String,
        /// The label that does not decode.
        label: String,
    },
}

impl DomainName {
    /// A text that is no such name, for what is said of it. NB: nothing may be asked of AWS by it.
    pub fn unread(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does the name begin with `*.`?
    pub fn is_wildcard(&self) -> bool {
        self.0.starts_with("*.")
    }

    /// The name without a leading `*.`: what ACM derives the validation record from, and thus the same for `x` and
    /// `*.x`.
    pub fn base(&self) -> &str {
        self.0.strip_prefix("*.").unwrap_or(&self.0)
    }
}

impl FromStr for DomainName {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        let malformed = |why| DomainError::Malformed(text.to_owned(), why);
        if text.is_empty() {
            return Err(malformed("it is empty"));
        }
        if !text.is_ascii() || text.ends_with('.') || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(DomainError::NotCanonical(text.to_owned()));
        }
        if text.len() > MAX_OCTETS {
            return Err(malformed("it is longer than 253 octets"));
        }
        let name = Self(text.to_owned());
        let labels: Vec<&str> = name.base().split('.').collect();
        if labels.len() < 2 {
            return Err(malformed("it has a single label"));
        }
        if labels.iter().all(|label| label.bytes().all(|b| b.is_ascii_digit())) {
            return Err(malformed("it is an IPv4 address"));
        }
        for label in labels {
            check_label(label).map_err(malformed)?;
            if label.starts_with("xn--") && !decodes(label) {
                return Err(DomainError::Undecodable { name: text.to_owned(), label: label.to_owned() });
            }
        }
        Ok(name)
    }
}

fn check_label(label: &str) -> Result<(), &'static str> {
    if label.is_empty() {
        return Err("it has an empty label");
    }
    if label.len() > MAX_LABEL_OCTETS {
        return Err("a label is longer than 63 octets");
    }
    if !label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("labels take letters, digits and hyphens, and `*` only as the whole first label");
    }
    if label.starts_with('-') || label.ends_with('-') {
        return Err("a label begins or ends with a hyphen");
    }
    // ACM, "Internationalized Domain Names": `--` in places three and four is reserved for A-labels.
    if label.get(2..4) == Some("--") && !label.starts_with("xn--") {
        return Err("a label has `--` in places three and four without being an A-label (xn--...)");
    }
    Ok(())
}

/// Does an A-label decode, and to something that encodes to itself again?
fn decodes(label: &str) -> bool {
    let (unicode, decoded) = idna::domain_to_unicode(label);
    decoded.is_ok() && idna::domain_to_ascii(&unicode).is_ok_and(|again| again == label)
}

impl fmt::Display for DomainName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn canonical_names_are_accepted_unchanged() {
        for name in ["example.com", "*.example.com", "a-b.c1.example", "xn--bcher-kva.example", "1.example.com"] {
            assert_eq!(name.parse::<DomainName>().unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_wildcard_and_its_apex_share_a_base() {
        let wildcard: DomainName = "*.example.com".parse().unwrap();
        assert!(wildcard.is_wildcard());
        assert_eq!(wildcard.base(), "example.com");
    }

    #[test]
    fn what_is_not_canonical_is_refused_with_the_remedy() {
        for name in ["Example.com", "example.com.", "bücher.example"] {
            assert_eq!(name.parse::<DomainName>(), Err(DomainError::NotCanonical(name.into())));
        }
    }

    #[test]
    fn malformed_names_are_refused() {
        let long_label = format!("{}.com", "a".repeat(64));
        let long_name = format!("{}com", "abcdefg.".repeat(32));
        for name in [
            "",
            "com",
            "*.com",
            "192.0.2.1",
            "a_b.example.com",
            "www.*.example.com",
            "*.*.example.com",
            "a..b",
            "-a.example",
            "a-.example",
            "ab--c.example",
            &long_label,
            &long_name,
        ] {
            assert!(matches!(name.parse::<DomainName>(), Err(DomainError::Malformed(..))), "{name}");
        }
    }

    #[test]
    fn an_undecodable_a_label_is_named() {
        let error = "www.xn--a-ecp.ru--x.xn--0.example".replace("ru--x.", "").parse::<DomainName>().unwrap_err();
        assert!(matches!(error, DomainError::Undecodable { .. }), "{error}");
    }
}
