//! STS: who a caller is, and credentials of a role in another account.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::answer::{Answer, ApiError, Credentials};
use super::call::Caller;
use super::{DEFAULT_ACCOUNT, World, instant};

const DEFAULT_DURATION_SECONDS: i64 = 3600;

/// What an access key from AssumeRole stands for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Assumed {
    pub account: String,
    pub arn: String,
    pub user_id: String,
    #[serde(with = "instant")]
    pub expires_at: Timestamp,
}

impl World {
    /// The account an access key belongs to.
    #[must_use]
    pub fn account_of(&self, access_key: &str) -> String {
        if let Some(assumed) = self.assumed.get(access_key) {
            return assumed.account.clone();
        }
        let mapped = self.settings.accounts.get(access_key).cloned().flatten();
        mapped.unwrap_or_else(|| DEFAULT_ACCOUNT.to_owned())
    }

    /// Who calls, as IAM names it.
    pub(crate) fn principal_of(&self, caller: &Caller) -> String {
        let user = || format!("arn:aws:iam::{}:user/sim", caller.account);
        self.assumed.get(&caller.access_key).map_or_else(user, |assumed| assumed.arn.clone())
    }

    /// Credentials of a role end at their time.
    pub(crate) fn are_credentials_expired(&self, caller: &Caller) -> bool {
        self.assumed.get(&caller.access_key).is_some_and(|assumed| assumed.expires_at <= self.now)
    }

    pub(crate) fn caller_identity(&self, caller: &Caller) -> Answer {
        let arn = self.principal_of(caller);
        match self.assumed.get(&caller.access_key) {
            Some(assumed) => {
                Answer::Identity { account: assumed.account.clone(), arn, user_id: assumed.user_id.clone() }
            }
            None => Answer::Identity {
                account: caller.account.clone(),
                arn,
                user_id: format!("AIDA{}", self.seed.capitals(&["user", &caller.account], 17)),
            },
        }
    }

    pub(crate) fn assume_role(
        &mut self,
        role_arn: &str,
        session_name: &str,
        duration_seconds: Option<i64>,
        external_id: Option<&str>,
        web_identity_token: Option<&String>,
    ) -> Result<Answer, ApiError> {
        let Some((partition, account, role)) = role_parts(role_arn) else {
            return Err(ApiError::new("ValidationError", format!("{role_arn} is invalid")));
        };
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
        if !(2..=64).contains(&session_name.len()) || !session_name.bytes().all(allowed) {
            let member = ApiError::constraint(session_name, "roleSessionName", "Member must satisfy [\\w+=,.@-]{2,64}");
            return Err(ApiError::new("ValidationError", member.message));
        }
        let duration = duration_seconds.unwrap_or(DEFAULT_DURATION_SECONDS);
        if !(900..=43_200).contains(&duration) {
            let bound = "Member must have value between 900 and 43200, inclusive";
            let member = ApiError::constraint(&duration.to_string(), "durationSeconds", bound);
            return Err(ApiError::new("ValidationError", member.message));
        }
        // There are no trust policies here: any well-formed external id is as good as the one that a policy asks for.
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@:/-".contains(&byte);
        if let Some(id) = external_id.filter(|id| !(2..=1224).contains(&id.len()) || !id.bytes().all(allowed)) {
            let member = ApiError::constraint(id, "externalId", "Member must satisfy [\\w+=,.@:\\/-]{2,1224}");
            return Err(ApiError::new("ValidationError", member.message));
        }
        if web_identity_token.is_some_and(String::is_empty) {
            return Err(ApiError::new("InvalidIdentityToken", "The web identity token is empty"));
        }
        let number = self.next_number().to_string();
        let access_key_id = format!("ASIA{}", self.seed.capitals(&["access key", &number], 16));
        let role_name = role.rsplit('/').next().unwrap_or(role);
        let arn = format!("arn:{partition}:sts::{account}:assumed-role/{role_name}/{session_name}");
        let role_id = format!("AROA{}:{session_name}", self.seed.capitals(&["role", role_arn], 17));
        let expiration = instant::after(self.now, duration as f64);
        let assumed =
            Assumed { account: account.to_owned(), arn: arn.clone(), user_id: role_id.clone(), expires_at: expiration };
        self.assumed.insert(access_key_id.clone(), assumed);
        self.revision += 1;
        let web_identity =
            web_identity_token.map(|_| ("system:serviceaccount:sim:sim".to_owned(), "sts.amazonaws.com".to_owned()));
        Ok(Answer::Credentials(Credentials {
            secret_access_key: self.seed.hex(&["secret", &number], 40),
            session_token: self.seed.hex(&["session token", &number], 64),
            access_key_id,
            expiration,
            role_id,
            arn,
            web_identity,
        }))
    }
}

/// Partition, account and `path/name` of a role's ARN.
fn role_parts(arn: &str) -> Option<(&str, &str, &str)> {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [prefix, partition, service, _region, account, resource] = parts.as_slice() else { return None };
    let role = resource.strip_prefix("role/")?;
    let digits = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (*prefix == "arn" && *service == "iam" && digits && !role.is_empty()).then_some((*partition, *account, role))
}
