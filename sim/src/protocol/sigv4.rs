//! Who signed a request, by the Authorization header. The signature itself is not verified.

use http::{HeaderMap, header};

/// What a credential scope tells.
#[derive(Debug)]
pub(crate) struct Signature {
    pub(crate) access_key: String,
    pub(crate) region: String,
}

impl Signature {
    /// The caller of an operation that needs no signature.
    pub(crate) fn none() -> Signature {
        Signature { access_key: "anonymous".to_owned(), region: "us-east-1".to_owned() }
    }
}

/// The signer, or `None` where the header is missing or unreadable.
pub(crate) fn signature(headers: &HeaderMap) -> Option<Signature> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let rest = header.strip_prefix("AWS4-HMAC-SHA256")?;
    let (_, credential) = rest.split_once("Credential=")?;
    let scope = credential.split([',', ' ']).next()?;
    let parts: Vec<&str> = scope.split('/').collect();
    let [access_key, _date, region, _service, "aws4_request"] = parts.as_slice() else { return None };
    if access_key.is_empty() || region.is_empty() {
        return None;
    }
    Some(Signature { access_key: (*access_key).to_owned(), region: (*region).to_owned() })
}
