//! Names of resource record sets.

use std::fmt;

/// The name of a record set: lower case, without trailing dot and without Route 53's octal escapes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordName(String);

impl RecordName {
    /// From any of the spellings that ACM, Route 53 and a status use. Never fails: a record name is data of others.
    pub fn new(text: &str) -> Self {
        let unescaped = unescape_octal(text.strip_suffix('.').unwrap_or(text));
        Self(unescaped.to_ascii_lowercase())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Does the name lie in the zone of that name?
    pub fn is_within(&self, zone: &str) -> bool {
        match self.0.strip_suffix(zone) {
            Some("") => true,
            Some(rest) => rest.ends_with('.') && !zone.is_empty(),
            None => false,
        }
    }
}

/// Route 53 writes every octet outside of `a-z 0-9 - _ .` as a backslash and three octal digits (`\052` for `*`).
fn unescape_octal(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        plain.push_str(&rest[..at]);
        let code = rest.get(at + 1..at + 4).and_then(|digits| u8::from_str_radix(digits, 8).ok());
        match code {
            Some(code) => {
                plain.push(char::from(code));
                rest = &rest[at + 4..];
            }
            None => {
                plain.push('\\');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

impl fmt::Display for RecordName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_name_is_the_same_name() {
        assert_eq!(RecordName::new("\\052.Example.COM."), RecordName::new("*.example.com"));
        assert_eq!(RecordName::new("_a.example.com.").as_str(), "_a.example.com");
    }

    #[test]
    fn a_name_lies_in_its_zone_and_in_no_namesake() {
        let name = RecordName::new("_a.shop.example.com");
        assert!(name.is_within("example.com") && name.is_within("shop.example.com"));
        assert!(!name.is_within("hop.example.com") && !name.is_within("example.org") && !name.is_within(""));
    }

    #[test]
    fn a_broken_escape_is_kept_as_it_is() {
        assert_eq!(RecordName::new("a\\9z.example").as_str(), "a\\9z.example");
    }
}
