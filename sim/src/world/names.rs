//! Which names, tokens and ARNs ACM accepts.

use super::answer::ApiError;

const MAX_NAME: usize = 253;
const MAX_COMMON_NAME: usize = 64;
const MAX_TOKEN: usize = 32;

/// Amazon owns these and issues nothing under them to anybody else.
const RESERVED_SUFFIXES: [&str; 9] = [
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws-us-gov.com",
    "cloudfront.net",
    "elasticbeanstalk.com",
    "awsapps.com",
    "awsglobalaccelerator.com",
    "aws.dev",
    "amazon.com",
];

const NAME_PATTERN: &str = r"Member must satisfy regular expression pattern: (\*\.)?(((?!-)[A-Za-z0-9-]{0,62}[A-Za-z0-9])\.)+((?!-)[A-Za-z0-9-]{1,62}[A-Za-z0-9])";

/// The name as ACM keeps it, or why it is refused. `member` is the parameter's name in the API.
pub(crate) fn accepted_name(name: &str, member: &str, is_common_name: bool) -> Result<String, ApiError> {
    if name.is_empty() || name.len() > MAX_NAME {
        let bound = format!("Member must have length between 1 and {MAX_NAME}, inclusive");
        return Err(ApiError::constraint(name, member, &bound));
    }
    if !matches_pattern(name) {
        return Err(ApiError::constraint(name, member, NAME_PATTERN));
    }
    let name = name.to_ascii_lowercase();
    if is_common_name && name.len() > MAX_COMMON_NAME {
        return Err(invalid(format!(
            "The first domain name can be no longer than {MAX_COMMON_NAME} characters: {name}"
        )));
    }
    let base = name.strip_prefix("*.").unwrap_or(&name);
    let reserved = RESERVED_SUFFIXES
        .iter()
        .any(|suffix| base == *suffix || base.strip_suffix(*suffix).is_some_and(|rest| rest.ends_with('.')));
    if reserved {
        return Err(invalid(format!("The domain name {name} belongs to Amazon and cannot be requested")));
    }
    let odd = base.split('.').find(|label| label.get(2..4) == Some("--") && !decodes(label));
    if let Some(label) = odd {
        return Err(invalid(format!("The label {label} of {name} is no internationalised name in its ASCII form")));
    }
    if base.split('.').next_back().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(invalid(format!("{name} is not a domain name")));
    }
    Ok(name)
}

/// Whether a label is the ASCII form of an internationalised one, and of no other.
fn decodes(label: &str) -> bool {
    let (unicode, decoded) = idna::domain_to_unicode(label);
    label.starts_with("xn--")
        && decoded.is_ok()
        && idna::domain_to_ascii(&unicode).is_ok_and(|encoded| encoded == label)
}

fn matches_pattern(name: &str) -> bool {
    let base = name.strip_prefix("*.").unwrap_or(name);
    let labels: Vec<&str> = base.split('.').collect();
    let sound = |label: &&str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    labels.len() >= 2 && labels.iter().all(sound) && labels.last().is_some_and(|last| last.len() >= 2)
}

/// Refuses a token that is not 1 to 32 word characters.
pub(crate) fn check_token(token: &str) -> Result<(), ApiError> {
    let word = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if token.is_empty() || token.len() > MAX_TOKEN || !word {
        let pattern = r"Member must satisfy regular expression pattern: \w+ and have length between 1 and 32";
        return Err(ApiError::constraint(token, "idempotencyToken", pattern));
    }
    Ok(())
}

/// Whether the text could be the ARN of something in ACM.
pub(crate) fn is_certificate_arn(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [prefix, partition, service, _region, account, resource] = parts.as_slice() else { return false };
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-/".contains(&byte);
    *prefix == "arn"
        && !partition.is_empty()
        && *service == "acm"
        && !account.is_empty()
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && !resource.is_empty()
        && resource.bytes().all(allowed)
}

/// The name below which a certificate's record stands: `x` for both `x` and `*.x`.
#[must_use]
pub fn base_domain(name: &str) -> &str {
    name.strip_prefix("*.").unwrap_or(name)
}

fn invalid(message: String) -> ApiError {
    ApiError::new("InvalidParameterException", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(name: &str) -> String {
        match accepted_name(name, "domainName", true) {
            Ok(_) => "ok".to_owned(),
            Err(error) => error.code,
        }
    }

    #[test]
    fn names_are_accepted_and_refused_as_by_acm() {
        let long_label = format!("{}.example.com", "a".repeat(64));
        let long_name = format!("{0}.{0}.example.com", "a".repeat(30));
        for (name, expected) in [
            ("example.com", "ok"),
            ("*.example.com", "ok"),
            ("xn--bcher-kva.example.com", "ok"),
            ("example", "ValidationException"),
            ("*.*.example.com", "ValidationException"),
            ("a.*.example.com", "ValidationException"),
            ("my_host.example.com", "ValidationException"),
            ("-a.example.com", "ValidationException"),
            ("example.com.", "ValidationException"),
            ("", "ValidationException"),
            (long_label.as_str(), "ValidationException"),
            (long_name.as_str(), "InvalidParameterException"),
            ("x.cloudfront.net", "InvalidParameterException"),
            ("ab--c.example.com", "InvalidParameterException"),
            ("xn--0.example.com", "InvalidParameterException"),
            ("*.xn--0.example.com", "InvalidParameterException"),
            ("10.0.0.10", "InvalidParameterException"),
        ] {
            assert_eq!(code(name), expected, "{name}");
        }
    }
}
