//! Just enough DER to write an X.509 certificate, and the PEM around it.

use jiff::Timestamp;
use jiff::tz::TimeZone;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// PEM wraps its lines after so many letters.
const LINE: usize = 64;

const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;
const OBJECT_IDENTIFIER: u8 = 0x06;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
const SEQUENCE: u8 = 0x30;

/// A tag, a length in its shortest form, the content.
pub(crate) fn element(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let mut bytes = vec![tag];
    match content.len() {
        // NB: below 128 the length is a byte of its own.
        0..=0x7f => bytes.extend(length.iter().skip(length.len() - 1)),
        _ => {
            let zeros = length.iter().take_while(|byte| **byte == 0).count();
            let digits = length.iter().skip(zeros);
            bytes.push(0x80 | u8::try_from(digits.len()).unwrap_or(0));
            bytes.extend(digits);
        }
    }
    bytes.extend_from_slice(content);
    bytes
}

pub(crate) fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    element(SEQUENCE, &parts.concat())
}

/// A number that is never negative.
pub(crate) fn integer(digits: &[u8]) -> Vec<u8> {
    let zeros = digits.iter().take_while(|byte| **byte == 0).count();
    let mut content: Vec<u8> = digits.iter().skip(zeros).copied().collect();
    // A first bit that is set, or no bit at all, needs a byte of zeros before it.
    if content.first().is_none_or(|first| *first >= 0x80) {
        content.insert(0, 0);
    }
    element(INTEGER, &content)
}

pub(crate) fn bit_string(content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0];
    bytes.extend_from_slice(content);
    element(BIT_STRING, &bytes)
}

/// An object identifier, already in its encoded form.
pub(crate) fn identifier(encoded: &[u8]) -> Vec<u8> {
    element(OBJECT_IDENTIFIER, encoded)
}

/// A moment in whole seconds; X.509 writes years from 2050 on, and before 1950, in another type.
pub(crate) fn time(at: Timestamp) -> Vec<u8> {
    let at = at.to_zoned(TimeZone::UTC);
    let rest = format!("{:02}{:02}{:02}{:02}{:02}Z", at.month(), at.day(), at.hour(), at.minute(), at.second());
    match i32::from(at.year()) {
        year @ 1950..=2049 => element(UTC_TIME, format!("{:02}{rest}", year % 100).as_bytes()),
        year => element(GENERALIZED_TIME, format!("{:04}{rest}", year.max(0)).as_bytes()),
    }
}

/// The text form of a certificate.
pub(crate) fn pem(der: &[u8]) -> String {
    let letters = base64(der);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    let mut rest = letters.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(LINE.min(rest.len()));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text.push_str("-----END CERTIFICATE-----\n");
    text
}

fn base64(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let mut bits = 0_u32;
        for position in 0..3 {
            bits = (bits << 8) | u32::from(group.get(position).copied().unwrap_or(0));
        }
        for position in 0..4_usize {
            let index = (bits >> (18 - 6 * position)) & 0x3f;
            let letter = ALPHABET.get(index as usize).copied().unwrap_or(b'A');
            text.push(if position > group.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_as_rfc_4648_has_it() {
        for (plain, coded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
    }

    #[test]
    fn lengths_and_numbers_are_in_their_shortest_form() {
        assert_eq!(element(4, &[7; 127]).get(..2), Some(&[4, 127][..]));
        assert_eq!(element(4, &[7; 128]).get(..3), Some(&[4, 0x81, 128][..]));
        assert_eq!(element(4, &[7; 300]).get(..4), Some(&[4, 0x82, 1, 44][..]));
        assert_eq!(integer(&[0, 0, 1]), [2, 1, 1]);
        assert_eq!(integer(&[0x80]), [2, 2, 0, 0x80]);
        assert_eq!(integer(&[]), [2, 1, 0]);
    }

    #[test]
    fn a_time_is_written_in_the_type_of_its_year() {
        let at = |text: &str| time(text.parse().unwrap());
        assert_eq!(at("2026-03-01T12:00:05.9Z"), [&[0x17_u8, 13][..], &b"260301120005Z"[..]].concat());
        assert_eq!(at("2050-01-01T00:00:00Z"), [&[0x18_u8, 15][..], &b"20500101000000Z"[..]].concat());
    }
}
