//! The certificate that GetCertificate answers: right in form, names, dates and serial number, but its key and its
//! signature are made up. Anybody can read it, nobody can serve with it, and no TLS library will trust it.

use jiff::Timestamp;

use super::certificate::Certificate;
use super::der::{bit_string, element, identifier, integer, pem, sequence, time};
use super::seed::Seed;

const BOOLEAN: u8 = 0x01;
const OCTET_STRING: u8 = 0x04;
const NULL: u8 = 0x05;
const UTF8_STRING: u8 = 0x0c;
const SET: u8 = 0x31;

/// Members of a structure that are told apart by number, and DNS names among other names.
const VERSION: u8 = 0xa0;
const EXTENSIONS: u8 = 0xa3;
const DNS_NAME: u8 = 0x82;

const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANIZATION: [u8; 3] = [0x55, 0x04, 0x0a];
const SUBJECT_ALTERNATIVE_NAME: [u8; 3] = [0x55, 0x1d, 0x11];
const BASIC_CONSTRAINTS: [u8; 3] = [0x55, 0x1d, 0x13];
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const SHA256_WITH_RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];

/// An RSA key of 2048 bits has a modulus, and makes signatures, of so many bytes.
const KEY_BYTES: usize = 256;

/// X.509 allows serial numbers of so many bytes.
const MAX_SERIAL: usize = 20;

const INTERMEDIATE: &str = "acmcert-sim intermediate, trusted by nobody";
const ROOT: &str = "acmcert-sim root, trusted by nobody";

/// The authorities are valid through every time that UTCTime can write.
const AUTHORITY_DATES: (i64, i64) = (0, 2_524_607_999);

/// A certificate and its chain as PEM; `None` if it was never issued.
pub(crate) fn texts(certificate: &Certificate) -> Option<(String, String)> {
    let serial = serial_digits(certificate.serial.as_deref()?);
    let dates = (certificate.not_before?, certificate.not_after?);
    let names = &certificate.subject_alternative_names;
    let end = signed(&serial, INTERMEDIATE, dates, &certificate.domain_name, &alternative_names(names));
    let from = Timestamp::from_second(AUTHORITY_DATES.0).ok()?;
    let to = Timestamp::from_second(AUTHORITY_DATES.1).ok()?;
    let intermediate = signed(&[2], ROOT, (from, to), INTERMEDIATE, &authority());
    let root = signed(&[1], ROOT, (from, to), ROOT, &authority());
    Some((pem(&end), format!("{}{}", pem(&intermediate), pem(&root))))
}

/// The bytes of a serial number such as `0a:1b`; of one that is no number, 1.
fn serial_digits(text: &str) -> Vec<u8> {
    let digits: Option<Vec<u8>> = text.split(':').map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
    digits.filter(|digits| digits.len() <= MAX_SERIAL).unwrap_or_else(|| vec![1])
}

fn signed(serial: &[u8], issuer: &str, dates: (Timestamp, Timestamp), subject: &str, extension: &[u8]) -> Vec<u8> {
    let key = sequence(&[integer(&made_up("key", serial)), integer(&[1, 0, 1])]);
    let to_be_signed = sequence(&[
        element(VERSION, &integer(&[2])),
        integer(serial),
        algorithm(&SHA256_WITH_RSA),
        name(issuer),
        sequence(&[time(dates.0), time(dates.1)]),
        name(subject),
        sequence(&[algorithm(&RSA), bit_string(&key)]),
        element(EXTENSIONS, &sequence(&[extension.to_vec()])),
    ]);
    sequence(&[to_be_signed, algorithm(&SHA256_WITH_RSA), bit_string(&made_up("signature", serial))])
}

fn algorithm(encoded: &[u8]) -> Vec<u8> {
    sequence(&[identifier(encoded), element(NULL, &[])])
}

fn name(common_name: &str) -> Vec<u8> {
    let part =
        |kind: &[u8], text: &str| element(SET, &sequence(&[identifier(kind), element(UTF8_STRING, text.as_bytes())]));
    if common_name == INTERMEDIATE || common_name == ROOT {
        sequence(&[part(&ORGANIZATION, "acmcert-sim"), part(&COMMON_NAME, common_name)])
    } else {
        sequence(&[part(&COMMON_NAME, common_name)])
    }
}

fn alternative_names(names: &[String]) -> Vec<u8> {
    let names: Vec<Vec<u8>> = names.iter().map(|name| element(DNS_NAME, name.as_bytes())).collect();
    sequence(&[identifier(&SUBJECT_ALTERNATIVE_NAME), element(OCTET_STRING, &sequence(&names))])
}

fn authority() -> Vec<u8> {
    let truth = || element(BOOLEAN, &[0xff]);
    sequence(&[identifier(&BASIC_CONSTRAINTS), truth(), element(OCTET_STRING, &sequence(&[truth()]))])
}

/// Bytes that look like a large odd number and are the same for the same serial number.
fn made_up(what: &str, serial: &[u8]) -> Vec<u8> {
    let serial: String = serial.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut text = String::new();
    for block in 0..KEY_BYTES.div_ceil(64) {
        text.push_str(&Seed(0).hex(&["x509", what, &serial, &block.to_string()], 64));
    }
    let mut bytes: Vec<u8> = text.bytes().take(KEY_BYTES).collect();
    if let Some(first) = bytes.first_mut() {
        *first |= 0x80;
    }
    if let Some(last) = bytes.last_mut() {
        *last |= 1;
    }
    bytes
}
