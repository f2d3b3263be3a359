"""boto3 understands every answer of STS, and what it hands out works."""

import datetime
import re

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError

ROLE = "arn:aws:iam::222222222222:role/path/dns-writer"


def test_the_caller_identity_is_the_account_of_the_access_key(sim, client):
    sim.settings(accounts={"AKIAOTHER": "333333333333"})
    default = client("sts").get_caller_identity()
    assert default["Account"] == "123456789012"
    assert default["Arn"].startswith("arn:aws:iam::123456789012:") and default["UserId"]
    other = client("sts", aws_access_key_id="AKIAOTHER", aws_secret_access_key="simulated").get_caller_identity()
    assert other["Account"] == "333333333333"


def assumed_client(client, service, credentials):
    return client(
        service,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


def test_an_assumed_role_acts_in_its_own_account(sim, client, sts):
    answer = sts.assume_role(RoleArn=ROLE, RoleSessionName="me@here", ExternalId="secret", DurationSeconds=900)
    credentials, user = answer["Credentials"], answer["AssumedRoleUser"]
    now = datetime.datetime.fromisoformat(sim.clock()["now"])
    assert credentials["Expiration"] - now == datetime.timedelta(seconds=900)
    assert credentials["AccessKeyId"].startswith("ASIA")
    assert user["Arn"] == "arn:aws:sts::222222222222:assumed-role/dns-writer/me@here"
    assert re.fullmatch(r"AROA[A-Z0-9]+:me@here", user["AssumedRoleId"])
    identity = assumed_client(client, "sts", credentials).get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("222222222222", user["Arn"])
    assert identity["UserId"] == user["AssumedRoleId"]
    zones = assumed_client(client, "route53", credentials)
    zones.create_hosted_zone(Name="example.com", CallerReference="theirs")
    assert client("route53").list_hosted_zones()["HostedZones"] == []


def test_a_web_identity_token_needs_no_signature(client, sim, session):
    sts = session.client(
        "sts", endpoint_url=sim.url, region_name="eu-west-1", config=Config(signature_version=UNSIGNED, proxies={})
    )
    answer = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="pod", WebIdentityToken="header.body.signature")
    assert answer["AssumedRoleUser"]["Arn"] == "arn:aws:sts::222222222222:assumed-role/dns-writer/pod"
    assert answer["SubjectFromWebIdentityToken"] and answer["Audience"] == "sts.amazonaws.com"
    identity = assumed_client(client, "sts", answer["Credentials"]).get_caller_identity()
    assert identity["Account"] == "222222222222"


def test_a_web_identity_answer_keeps_to_the_model(sts):
    answer = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="pod", WebIdentityToken="a.b.c")
    assert answer["ResponseMetadata"]["RequestId"]


def test_the_credential_chain_of_irsa_works_unchanged(sim, session, tmp_path, monkeypatch):
    import boto3

    token = tmp_path / "token"
    token.write_text("header.body.signature")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(token))
    monkeypatch.setenv("AWS_ROLE_ARN", ROLE)
    monkeypatch.setenv("AWS_ENDPOINT_URL", sim.url)
    assert boto3.Session().client("sts").get_caller_identity()["Account"] == "222222222222"


@pytest.mark.parametrize(
    "arguments",
    [
        {"RoleArn": "arn:aws:iam::222222222222:user/nobody", "RoleSessionName": "me"},
        {"RoleArn": ROLE, "RoleSessionName": "no spaces"},
        {"RoleArn": ROLE, "RoleSessionName": "me", "DurationSeconds": 43201},
    ],
)
def test_sts_refuses_what_its_model_forbids(sts, arguments):
    with pytest.raises(ClientError) as raised:
        sts.assume_role(**arguments)
    assert raised.value.response["Error"]["Code"] == "ValidationError"
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
