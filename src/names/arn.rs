//! ARNs of ACM certificates.

use super::{Region, RegionError};
use std::{fmt, str::FromStr};

/// `arn:PARTITION:acm:REGION:ACCOUNT:certificate/ID`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CertificateArn {
    text: String,
    region: Region,
    account: String,
}

/// Why a string is not the ARN of a certificate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Another shape.
    #[error("\"{0}\" is not the ARN of an ACM certificate (arn:aws:acm:REGION:ACCOUNT:certificate/ID)")]
    Malformed(String),
    /// The region part.
    #[error("\"{0}\": {1}")]
    Region(String, RegionError),
}

impl CertificateArn {
    /// The ARN as text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region in which the certificate lives.
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The account that owns the certificate.
    pub fn account(&self) -> &str {
        &self.account
    }
}

impl FromStr for CertificateArn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        let malformed = || ArnError::Malformed(text.to_owned());
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, "acm", region, account, resource] = parts[..] else { return Err(malformed()) };
        let id = resource.strip_prefix("certificate/").ok_or_else(malformed)?;
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let is_id = !id.is_empty() && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !partition.starts_with("aws") || !is_account || !is_id {
            return Err(malformed());
        }
        let region = region.parse().map_err(|error| ArnError::Region(text.to_owned(), error))?;
        Ok(Self { text: text.to_owned(), region, account: account.to_owned() })
    }
}

impl fmt::Display for CertificateArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_of_all_partitions_are_taken_apart() {
        for (text, region) in [
            ("arn:aws:acm:eu-west-1:123456789012:certificate/0a-1b", "eu-west-1"),
            ("arn:aws-cn:acm:cn-north-1:123456789012:certificate/x", "cn-north-1"),
            ("arn:aws-us-gov:acm:us-gov-west-1:123456789012:certificate/x", "us-gov-west-1"),
        ] {
            let arn: CertificateArn = text.parse().unwrap();
            assert_eq!((arn.region().as_str(), arn.account()), (region, "123456789012"));
            assert_eq!(arn.to_string(), text);
        }
    }

    #[test]
    fn other_arns_are_refused() {
        for text in [
            "",
            "arn:aws:acm",
            "arn:aws:iam::123456789012:server-certificate/x",
            "arn:aws:acm:eu-west-1:12345:certificate/x",
            "arn:aws:acm:eu-west-1:123456789012:certificate/",
            "arn:aws:acm-pca:eu-west-1:123456789012:certificate-authority/x",
        ] {
            assert!(text.parse::<CertificateArn>().is_err(), "{text}");
        }
    }
}
