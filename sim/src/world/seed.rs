//! Where identifiers come from: a hash of the seed and what they identify, never chance.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What a world's identifiers are derived from.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Seed(pub u64);

impl Seed {
    fn digest(self, parts: &[&str]) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(self.0.to_be_bytes());
        for part in parts {
            // NB: the length goes first, or ("ab", "c") and ("a", "bc") would share an identifier.
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part.as_bytes());
        }
        hash.finalize().into()
    }

    /// `length` hexadecimal digits, 64 at most.
    #[must_use]
    pub fn hex(self, parts: &[&str], length: usize) -> String {
        let mut text: String = self.digest(parts).iter().map(|byte| format!("{byte:02x}")).collect();
        text.truncate(length);
        text
    }

    /// `length` characters of `alphabet`, 32 at most.
    #[must_use]
    pub fn letters(self, parts: &[&str], alphabet: &[u8], length: usize) -> String {
        let size = alphabet.len().max(1);
        self.digest(parts)
            .iter()
            .take(length)
            .filter_map(|byte| alphabet.get(usize::from(*byte) % size))
            .map(|letter| char::from(*letter))
            .collect()
    }

    /// A number from 0 up to but not including 1.
    #[must_use]
    pub fn fraction(self, parts: &[&str]) -> f64 {
        let digest = self.digest(parts);
        let number = digest.iter().take(6).fold(0_u64, |sum, byte| (sum << 8) | u64::from(*byte));
        number as f64 / (1_u64 << 48) as f64
    }

    /// A UUID in the form of version 4.
    #[must_use]
    pub fn uuid(self, parts: &[&str]) -> String {
        let hex = self.hex(parts, 32);
        let (a, rest) = hex.split_at(8);
        let (b, rest) = rest.split_at(4);
        let (c, rest) = rest.split_at(4);
        let (d, e) = rest.split_at(4);
        format!("{a}-{b}-4{}-8{}-{e}", &c[1..], &d[1..])
    }

    /// Letters and digits as in the identifiers of hosted zones and access keys.
    #[must_use]
    pub fn capitals(self, parts: &[&str], length: usize) -> String {
        self.letters(parts, b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", length)
    }
}
