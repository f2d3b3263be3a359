//! AWS regions.

use std::{fmt, str::FromStr};

/// A region's code, such as `eu-west-1`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(String);

/// Why a string is not a region.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an AWS region (such as eu-west-1)")]
pub struct RegionError(String);

/// Regions that are enabled in every account of the `aws` partition, as AWS lists them: where sibling certificates of a
/// shared validation record can be without anybody having opted in.
const AWS_DEFAULT: &[&str] = &[
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
];
const CHINA: &[&str] = &["cn-north-1", "cn-northwest-1"];
const GOV_CLOUD: &[&str] = &["us-gov-west-1", "us-gov-east-1"];

impl Region {
    /// The code as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The regions of this region's partition that every account has enabled.
    pub fn default_enabled_in_partition(&self) -> Vec<Self> {
        let codes = match self.0.split('-').next() {
            Some("cn") => CHINA,
            Some("us") if self.0.starts_with("us-gov-") => GOV_CLOUD,
            _ => AWS_DEFAULT,
        };
        codes.iter().map(|code| Self((*code).to_owned())).collect()
    }
}

impl FromStr for Region {
    type Err = RegionError;

    fn from_str(text: &str) -> Result<Self, RegionError> {
        let parts: Vec<&str> = text.split('-').collect();
        let is_word = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        let number = parts.last().is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        if parts.len() < 3 || text.len() > 32 || !number || !parts[..parts.len() - 1].iter().all(is_word) {
            return Err(RegionError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_every_partition_parse_and_know_their_siblings() {
        for (code, count) in [("eu-west-1", 17), ("us-gov-west-1", 2), ("cn-north-1", 2)] {
            let region: Region = code.parse().unwrap();
            assert_eq!(region.default_enabled_in_partition().len(), count);
            assert!(region.default_enabled_in_partition().contains(&region));
        }
    }

    #[test]
    fn other_words_are_refused() {
        for code in ["", "eu", "eu-west", "EU-WEST-1", "eu west 1", "eu--1"] {
            assert!(code.parse::<Region>().is_err(), "{code}");
        }
    }
}
