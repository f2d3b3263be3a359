//! What an error of AWS, and what ACM's own reasons mean for the user.

use super::Claim;
use crate::{
    api::Reason,
    aws::{AwsError, Meaning},
    names::DomainName,
};

/// What is done about an error of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// It passes by itself: tried again, later and later.
    Retry,
    /// Not an error here: what is waited for has not come.
    Wait,
    /// Somebody has to act, and is told so by this reason. It is tried again all the same, so that it heals without a touch.
    Stall(Reason),
}

/// So many characters of AWS's own words are shown; they can be a paragraph.
const WORDS: usize = 300;

/// The one table from what an error means to what is done about it.
pub const fn reaction(meaning: Meaning) -> Reaction {
    match meaning {
        Meaning::NotFound | Meaning::InUse => Reaction::Wait,
        Meaning::Throttled | Meaning::Conflict | Meaning::Unavailable => Reaction::Retry,
        Meaning::Denied => Reaction::Stall(Reason::AccessDenied),
        Meaning::Invalid => Reaction::Stall(Reason::RequestFailed),
        Meaning::QuotaExceeded => Reaction::Stall(Reason::QuotaExceeded),
    }
}

/// The condition that an error calls for; none for what passes by itself.
pub fn trouble(name: &DomainName, error: &AwsError) -> Option<Claim> {
    let Reaction::Stall(reason) = reaction(error.meaning) else { return None };
    if let Some(what) = error.code.as_deref().and_then(bad_credentials) {
        let code = error.code.as_deref().unwrap_or_default();
        return Some(Claim::no(reason, format!("{name}: AWS refuses {} ({code}): {what}.", error.operation)));
    }
    let remedy = match error.meaning {
        Meaning::Denied => {
            let permission = error.operation.permission();
            format!("give the operator's role the permission {permission}, or correct its credentials")
        }
        Meaning::QuotaExceeded => "delete what is not needed, or have the quota raised".to_owned(),
        _ => "correct the spec".to_owned(),
    };
    let words = shown(error.message.trim_end_matches('.'));
    let full = error.code.as_ref().map_or_else(|| words.clone(), |code| format!("{code}: {words}"));
    let code = error.code.as_deref().map_or(String::new(), |code| format!(" ({code})"));
    let operation = error.operation;
    let claim = Claim::no(reason, format!("{name}: AWS refuses {operation} ({full}); {remedy}."));
    Some(claim.with_brief(format!("{name}: AWS refuses {operation}{code}; {remedy}.")))
}

/// Codes that come with the time of the call, in words that stay the same at every call.
fn bad_credentials(code: &str) -> Option<&'static str> {
    match code {
        "InvalidSignatureException" | "SignatureDoesNotMatch" => {
            Some("the clock of the operator's node is wrong, or the secret key is; correct it")
        }
        "ExpiredTokenException" | "ExpiredToken" => {
            Some("the operator's credentials have expired; give it new ones, or correct the clock of its node")
        }
        _ => None,
    }
}

fn shown(words: &str) -> String {
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}...", &words[..end]),
        None => words.to_owned(),
    }
}

/// Why ACM has not renewed, in words, or that it gave no reason.
pub(super) fn why(reason: Option<&str>) -> String {
    reason.map_or_else(|| "ACM gave no reason; look at the certificate in ACM".to_owned(), failure_in_words)
}

/// ACM's FailureReason or RenewalStatusReason in words, with the remedy. Unknown ones are shown as they came.
pub(super) fn failure_in_words(reason: &str) -> String {
    let words = match reason {
        "NO_AVAILABLE_CONTACTS" => "ACM found no address to write to; use DNS validation",
        "ADDITIONAL_VERIFICATION_REQUIRED" => {
            "ACM wants to verify the request by hand, as it does for very well known domains; open a case with AWS Support"
        }
        "DOMAIN_NOT_ALLOWED" => {
            "ACM does not issue for one of the names, which is on a list of unsafe domains; have it taken off that list"
        }
        "INVALID_PUBLIC_DOMAIN" => "one of the names is not under a public top-level domain; correct the names",
        "DOMAIN_VALIDATION_DENIED" => "ACM denied the validation of one of the names; open a case with AWS Support",
        "CAA_ERROR" => {
            "a CAA record of one of the names forbids Amazon to issue; add a CAA record with the value amazon.com"
        }
        "PCA_LIMIT_EXCEEDED" => "a quota of the private CA is used up; have it raised",
        "PCA_INVALID_ARN" | "PCA_RESOURCE_NOT_FOUND" => "the private CA does not exist; correct its ARN",
        "PCA_INVALID_STATE" => "the private CA is not ACTIVE; activate it",
        "PCA_REQUEST_FAILED" => "the private CA did not answer; try again later",
        "PCA_NAME_CONSTRAINTS_VALIDATION" => {
            "the private CA's name constraints forbid one of the names; correct the names, or use another CA"
        }
        "PCA_INVALID_ARGS" => "the private CA refuses the parameters of the request; look at its template and policies",
        "PCA_INVALID_DURATION" => {
            "the private CA's own certificate ends before the one requested would; renew the CA's certificate"
        }
        "PCA_ACCESS_DENIED" => "ACM may not use the private CA; give ACM's service principal the permission",
        "SLR_NOT_FOUND" => "ACM's service-linked role does not exist; create it",
        _ => "ACM gives no further reason; look at the certificate in ACM",
    };
    format!("{reason}: {words}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::Operation;

    fn error(meaning: Meaning) -> AwsError {
        let code = Some("Code".to_owned());
        AwsError { operation: Operation::RequestCertificate, meaning, code, message: "Why.".into(), request_id: None }
    }

    #[test]
    fn a_denial_names_operation_and_permission() {
        let claim = trouble(&"shop.example.com".parse().unwrap(), &error(Meaning::Denied)).unwrap();
        assert_eq!(claim.reason, Reason::AccessDenied);
        assert!(
            claim.message.starts_with("shop.example.com: AWS refuses RequestCertificate (Code: Why)")
                && claim.message.contains("acm:RequestCertificate")
        );
        let brief = claim.in_brief().message;
        assert!(brief.contains("(Code); give") && brief.contains("acm:RequestCertificate"), "{brief}");
        assert!(!brief.contains("Why"), "AWS's own words stand in one place: {brief}");
    }

    #[test]
    fn what_aws_says_of_a_call_at_another_time_is_said_in_the_same_words() {
        for (code, part) in [
            ("SignatureDoesNotMatch", "the clock"),
            ("InvalidSignatureException", "the secret key"),
            ("ExpiredToken", "have expired"),
            ("ExpiredTokenException", "have expired"),
        ] {
            let at = |time: &str| {
                let message = format!("Signature expired: {time} is now earlier than 20260304T050607Z");
                let error = AwsError { code: Some(code.into()), message, ..error(Meaning::Denied) };
                trouble(&"shop.example.com".parse().unwrap(), &error).unwrap()
            };
            let claim = at("20260304T040506Z");
            assert_eq!(claim, at("20260304T040516Z"), "{code}");
            assert!(claim.message.contains(part) && claim.message.contains(code), "{}", claim.message);
            assert_eq!(claim.reason, Reason::AccessDenied);
        }
    }

    #[test]
    fn a_paragraph_of_aws_is_cut_and_the_remedy_is_not() {
        let message = "ü is not authorized. ".repeat(100);
        let error = AwsError { message, ..error(Meaning::Denied) };
        let claim = trouble(&"shop.example.com".parse().unwrap(), &error).unwrap();
        assert!(claim.message.chars().count() < 500, "{}", claim.message);
        assert!(
            claim.message.ends_with(
                "...); give the operator's role the permission acm:RequestCertificate, or correct its credentials."
            ),
            "{}",
            claim.message
        );
    }

    #[test]
    fn what_passes_by_itself_is_no_condition() {
        for meaning in [Meaning::Throttled, Meaning::Unavailable, Meaning::Conflict, Meaning::NotFound] {
            assert_eq!(trouble(&"shop.example.com".parse().unwrap(), &error(meaning)), None);
        }
    }

    #[test]
    fn unknown_failures_are_shown_as_they_came() {
        assert!(failure_in_words("SOMETHING_NEW").starts_with("SOMETHING_NEW: "));
        assert!(failure_in_words("CAA_ERROR").contains("amazon.com"));
    }

    #[test]
    fn a_failure_without_a_reason_is_told_as_that() {
        assert_eq!(why(None), "ACM gave no reason; look at the certificate in ACM");
        assert!(why(Some("OTHER")).starts_with("OTHER: "), "a word of ACM's own");
    }

    #[test]
    fn every_reason_of_acm_comes_with_its_remedy() {
        for reason in [
            "NO_AVAILABLE_CONTACTS",
            "ADDITIONAL_VERIFICATION_REQUIRED",
            "DOMAIN_NOT_ALLOWED",
            "INVALID_PUBLIC_DOMAIN",
            "DOMAIN_VALIDATION_DENIED",
            "CAA_ERROR",
            "PCA_LIMIT_EXCEEDED",
            "PCA_INVALID_ARN",
            "PCA_INVALID_STATE",
            "PCA_REQUEST_FAILED",
            "PCA_NAME_CONSTRAINTS_VALIDATION",
            "PCA_RESOURCE_NOT_FOUND",
            "PCA_INVALID_ARGS",
            "PCA_INVALID_DURATION",
            "PCA_ACCESS_DENIED",
            "SLR_NOT_FOUND",
            "OTHER",
        ] {
            let words = failure_in_words(reason);
            assert!(words.starts_with(reason) && words.contains("; "), "{words}");
        }
    }
}
