//! STS through the bare client.

use super::{Sky, code};
use aws_credential_types::Credentials;
use aws_sdk_sts::{Client, config::Builder, types};

const ROLE: &str = "arn:aws:iam::222222222222:role/path/writer";
const ASSUMED: &str = "arn:aws:sts::222222222222:assumed-role/writer";

/// A client with the credentials that STS handed out.
fn as_role(sky: &Sky, credentials: &types::Credentials) -> Client {
    let token = Some(credentials.session_token().to_owned());
    let credentials =
        Credentials::new(credentials.access_key_id(), credentials.secret_access_key(), token, None, "assumed");
    Client::from_conf(Builder::from(&sky.config).credentials_provider(credentials).build())
}

/// Account and ARN of the caller.
async fn identity(client: &Client) -> (String, String) {
    let answer = client.get_caller_identity().send().await.unwrap();
    (answer.account().unwrap().to_owned(), answer.arn().unwrap().to_owned())
}

/// Every operation of STS.
pub(super) async fn story(sky: &Sky) {
    let sts = sky.sts();
    assert_eq!(identity(&sts).await.0, "123456789012");
    let assume = sts.assume_role().role_arn(ROLE).role_session_name("me@here").external_id("a:secret/id=1");
    let assumed = assume.duration_seconds(900).send().await.unwrap();
    let user = assumed.assumed_role_user().unwrap();
    assert_eq!(user.arn(), format!("{ASSUMED}/me@here"));
    assert!(user.assumed_role_id().ends_with(":me@here"), "{user:?}");
    let credentials = assumed.credentials().unwrap();
    let now = sky.world().now();
    assert_eq!(credentials.expiration().secs(), now.as_second() + 900);
    let role = as_role(sky, credentials);
    assert_eq!(identity(&role).await, ("222222222222".to_owned(), user.arn().to_owned()));

    let assume = sts.assume_role_with_web_identity().role_arn(ROLE).role_session_name("pod");
    let assumed = assume.web_identity_token("header.body.signature").send().await.unwrap();
    assert_eq!(assumed.audience(), Some("sts.amazonaws.com"));
    assert!(assumed.subject_from_web_identity_token().is_some(), "{assumed:?}");
    let credentials = assumed.credentials().unwrap();
    assert_eq!(credentials.expiration().secs(), now.as_second() + 3600);
    assert_eq!(identity(&as_role(sky, credentials)).await.1, format!("{ASSUMED}/pod"));

    sky.wait(900);
    assert_eq!(code(role.get_caller_identity().send().await), "ExpiredToken");
}

#[tokio::test]
async fn a_role_is_refused_for_its_arn_its_session_its_external_id_and_its_duration() {
    let sky = Sky::new().await;
    let assume = async |role: &str, session: &str, external_id: &str, seconds: i32| {
        let call = sky.sts().assume_role().role_arn(role).role_session_name(session).external_id(external_id);
        code(call.duration_seconds(seconds).send().await)
    };
    assert_eq!(assume(ROLE, "me", "id", 900).await, "ok");
    assert_eq!(assume(ROLE, &"m".repeat(64), &"i".repeat(1224), 43_200).await, "ok");
    let (session, id) = ("m".repeat(65), "i".repeat(1225));
    for (role, session, external_id, seconds) in [
        ("arn:aws:iam::222222222222:user/nobody", "me", "id", 900),
        ("arn:aws:iam::2:role/writer", "me", "id", 900),
        (ROLE, "m", "id", 900),
        (ROLE, "not me", "id", 900),
        (ROLE, session.as_str(), "id", 900),
        (ROLE, "me", "i", 900),
        (ROLE, "me", "no id", 900),
        (ROLE, "me", id.as_str(), 900),
        (ROLE, "me", "id", 899),
        (ROLE, "me", "id", 43_201),
    ] {
        let refused = assume(role, session, external_id, seconds).await;
        assert_eq!(refused, "ValidationError", "{role} {session} {external_id} {seconds}");
    }
}

#[tokio::test]
async fn a_web_identity_is_refused_for_its_token_its_role_and_its_session() {
    let sky = Sky::new().await;
    let assume = async |role: &str, session: &str, token: &str| {
        let call = sky.sts().assume_role_with_web_identity().role_arn(role).role_session_name(session);
        code(call.web_identity_token(token).send().await)
    };
    assert_eq!(assume(ROLE, "pod", "a.b.c").await, "ok");
    assert_eq!(assume(ROLE, "pod", "").await, "InvalidIdentityToken");
    assert_eq!(assume("writer", "pod", "a.b.c").await, "ValidationError");
    assert_eq!(assume(ROLE, "not a pod", "a.b.c").await, "ValidationError");
}
