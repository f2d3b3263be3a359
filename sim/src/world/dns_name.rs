//! The spellings of a domain name: plain inside, escaped and dotted towards Route 53's callers, reversed for order.

/// Lower case, no trailing dot, no escapes: the one spelling used inside and in `/_sim/`.
#[must_use]
pub fn plain(name: &str) -> String {
    let bytes = name.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        if *byte == b'\\'
            && let Some(code) = bytes.get(index + 1..index + 4).and_then(octal)
        {
            plain.push(code);
            index += 4;
        } else {
            plain.push(*byte);
            index += 1;
        }
    }
    let mut text = String::from_utf8_lossy(&plain).to_ascii_lowercase();
    if text.ends_with('.') {
        text.pop();
    }
    text
}

fn octal(digits: &[u8]) -> Option<u8> {
    let mut code = 0_u16;
    for digit in digits {
        if !(b'0'..=b'7').contains(digit) {
            return None;
        }
        code = code * 8 + u16::from(digit - b'0');
    }
    u8::try_from(code).ok()
}

/// The spelling of Route 53's answers: a dot at the end, `\ooo` for everything but letters, digits, `-` and `_`.
#[must_use]
pub fn escaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.') {
            text.push(char::from(byte));
        } else {
            text.push_str(&format!("\\{byte:03o}"));
        }
    }
    text.push('.');
    text
}

/// The name as Route 53 sorts it: labels reversed, with the dot at the end.
#[must_use]
pub fn sort_key(name: &str) -> String {
    let mut key = String::with_capacity(name.len() + 1);
    for label in name.rsplit('.') {
        key.push_str(label);
        key.push('.');
    }
    key
}

/// Whether `name` is `zone` or below it.
#[must_use]
pub fn is_within(name: &str, zone: &str) -> bool {
    name == zone || name.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
}

/// Whether DNS can carry the name: labels of 1 to 63 octets, 253 in all.
#[must_use]
pub fn is_sound(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(|label| (1..=63).contains(&label.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wildcard_is_written_as_route_53_writes_it() {
        assert_eq!(escaped("*.example.com"), "\\052.example.com.");
        assert_eq!(plain("\\052.Example.COM."), "*.example.com");
    }

    #[test]
    fn names_sort_by_their_labels_from_the_right() {
        assert_eq!(sort_key("www.example.com"), "com.example.www.");
        assert!(sort_key("example.com") < sort_key("a.example.com"));
    }

    #[test]
    fn a_name_that_merely_ends_alike_is_not_within_a_zone() {
        assert!(is_within("a.example.com", "example.com"));
        assert!(!is_within("badexample.com", "example.com"));
    }
}
