"""Faults of every kind, as a client meets them."""

import http.client
import time

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from conftest import cname

REQUEST = {"DomainName": "www.example.com", "ValidationMethod": "DNS", "IdempotencyToken": "once"}


@pytest.fixture
def calls(acm, route53, sts, zone):
    """A call of each service."""
    batch = {"Changes": [cname("UPSERT", "a.example.com", "x.example.net.")]}
    return {
        "acm": lambda: acm.request_certificate(**REQUEST),
        "route53": lambda: route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch),
        "sts": lambda: sts.get_caller_identity(),
    }


def effects(sim):
    """How many certificates and CNAMEs there are."""
    state = sim.control("GET", "state")
    records = [record for zone in state["hostedZones"] for record in zone["records"] if record["type"] == "CNAME"]
    return len(state["certificates"]), len(records)


# For each kind: service to code and status.
REFUSALS = {
    "throttle": {"acm": ("ThrottlingException", 400), "route53": ("Throttling", 400), "sts": ("Throttling", 400)},
    "access-denied": {"acm": ("AccessDeniedException", 400), "route53": ("AccessDenied", 403), "sts": ("AccessDenied", 403)},
    "expired-credentials": {
        "acm": ("ExpiredTokenException", 400),
        "route53": ("ExpiredToken", 403),
        "sts": ("ExpiredToken", 403),
    },
    "error-before": {
        "acm": ("InternalFailure", 500),
        "route53": ("ServiceUnavailable", 503),
        "sts": ("InternalFailure", 500),
    },
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_a_refusal_has_the_service_s_own_code_and_nothing_happened(sim, calls, kind):
    for service, call in calls.items():
        sim.fault(kind, service=service)
        with pytest.raises(ClientError) as raised:
            call()
        response = raised.value.response
        assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == REFUSALS[kind][service]
        assert response["ResponseMetadata"]["RequestId"]
    assert sim.fired() == [1, 1, 1]
    assert effects(sim) == (0, 0)
    for call in calls.values():
        call()
    assert effects(sim) == (1, 1)


def test_access_denied_is_said_in_the_sentence_of_iam(sim, acm, route53, zone, calls):
    certificates = "arn:aws:acm:eu-west-1:123456789012:certificate"
    denied = {
        "acm:RequestCertificate": (calls["acm"], f" on resource: {certificates}/*"),
        "acm:DescribeCertificate": (
            lambda: acm.describe_certificate(CertificateArn=f"{certificates}/1"),
            f" on resource: {certificates}/1",
        ),
        "acm:ListCertificates": (acm.list_certificates, " on resource: *"),
        "route53:ChangeResourceRecordSets": (calls["route53"], f" on resource: arn:aws:route53:::hostedzone/{zone}"),
        "route53:CreateHostedZone": (
            lambda: route53.create_hosted_zone(Name="example.org", CallerReference="denied"),
            " on resource: arn:aws:route53:::hostedzone/*",
        ),
        "route53:GetChange": (lambda: route53.get_change(Id="C1"), " on resource: arn:aws:route53:::change/C1"),
        # Lists of Route 53 are of no resource, and none is named.
        "route53:ListHostedZones": (route53.list_hosted_zones, ""),
        "route53:ListHostedZonesByName": (route53.list_hosted_zones_by_name, ""),
    }
    for action, (call, resource) in denied.items():
        sim.fault("access-denied", operation=action.partition(":")[2])
        with pytest.raises(ClientError) as raised:
            call()
        assert raised.value.response["Error"]["Message"] == (
            f"User: arn:aws:iam::123456789012:user/sim is not authorized to perform: {action}{resource} "
            f"because no identity-based policy allows the {action} action"
        )


def test_access_denied_names_the_assumed_role_that_called(sim, client, sts):
    answer = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/reader", RoleSessionName="me")
    credentials = answer["Credentials"]
    acm = client("acm", aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key="x", aws_session_token="y")
    sim.fault("access-denied", service="acm")
    with pytest.raises(acm.exceptions.AccessDeniedException) as raised:
        acm.list_certificates()
    assert f"User: {answer['AssumedRoleUser']['Arn']} is not authorized" in str(raised.value)


def test_after_error_after_the_call_has_happened(sim, calls):
    for service in ("acm", "route53"):
        sim.fault("error-after", service=service)
        with pytest.raises(ClientError) as raised:
            calls[service]()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    assert effects(sim) == (1, 1)


@pytest.mark.parametrize("kind, happened", [("reset-before", 0), ("reset-after", 1)])
def test_a_reset_is_a_connection_error(sim, calls, kind, happened):
    for service, call in calls.items():
        sim.fault(kind, service=service)
        with pytest.raises(ConnectionClosedError):
            call()
    assert effects(sim) == (happened, happened)
    for call in calls.values():
        call()


@pytest.mark.parametrize("kind", ["truncate", "malformed"])
def test_half_an_answer_and_garbage_are_no_answer_though_the_call_has_happened(sim, client, zone, kind):
    batch = {"Changes": [cname("UPSERT", "a.example.com", "x.example.net.")]}
    sim.fault(kind, times=0)
    # NB: botocore reads broken JSON with status 200 as an answer in which everything is missing, and compares no lengths.
    broken = client("acm", strict=False).request_certificate(**REQUEST)
    assert "CertificateArn" not in broken and broken["ResponseMetadata"]["HTTPStatusCode"] == 200
    with pytest.raises(ResponseParserError):
        client("route53", strict=False).change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    with pytest.raises(ResponseParserError):
        client("sts", strict=False).get_caller_identity()
    assert effects(sim) == (1, 1)
    sim.control("DELETE", "faults")
    assert client("acm").request_certificate(**REQUEST)["CertificateArn"] == sim.certificates()[0]["certificateArn"]


def test_half_an_answer_is_shorter_than_it_says(sim):
    sim.fault("truncate", service="acm")
    address = sim.url.removeprefix("http://")
    connection = http.client.HTTPConnection(address, timeout=5)
    scope = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/eu-west-1/acm/aws4_request, SignedHeaders=host, Signature=0"
    headers = {"Authorization": scope, "X-Amz-Target": "CertificateManager.ListCertificates"}
    connection.request("POST", "/", b"{}", headers)
    answer = connection.getresponse()
    with pytest.raises(http.client.IncompleteRead):
        answer.read()
    connection.close()


def test_what_comes_late_answers_an_error_now_and_happens_then(sim, calls):
    for service in ("acm", "route53"):
        sim.fault("late", service=service, delaySeconds=30)
        with pytest.raises(ClientError) as raised:
            calls[service]()
        assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] >= 500
    sim.advance(29)
    assert effects(sim) == (0, 0)
    sim.advance(1)
    assert effects(sim) == (1, 1)


def test_a_late_request_and_its_repetition_make_one_certificate(sim, calls):
    sim.fault("late", service="acm", delaySeconds=30)
    with pytest.raises(ClientError):
        calls["acm"]()
    calls["acm"]()
    sim.advance(60)
    assert effects(sim)[0] == 1


def test_slow_is_whole_after_real_seconds(sim, calls, client):
    sim.fault("slow", service="acm", delaySeconds=0.3)
    start = time.monotonic()
    assert calls["acm"]()["CertificateArn"]
    assert time.monotonic() - start >= 0.3


def test_too_slow_is_a_timeout(sim, client):
    sim.fault("slow", service="acm", delaySeconds=1)
    impatient = client("acm", read_timeout=0.2)
    with pytest.raises(ReadTimeoutError):
        impatient.request_certificate(**REQUEST)
    assert effects(sim)[0] == 1


def test_an_unknown_enum_value_arrives_as_it_is(sim, client, issue, zone):
    arn = issue()
    acm, route53 = client("acm", strict=False), client("route53", strict=False)
    sim.fault("unknown-enum", times=0)
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "STATUS_OF_TOMORROW"
    assert acm.list_certificates()["CertificateSummaryList"][0]["Status"] == "STATUS_OF_TOMORROW"
    batch = {"Changes": [cname("CREATE", "a.example.com", "x.example.net.")]}
    answer = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    assert answer["ChangeInfo"]["Status"] == "STATUS_OF_TOMORROW"


def test_not_found_is_each_service_s_own(sim, acm, route53, zone, issue):
    arn = issue()
    info = route53.delete_hosted_zone(Id=route53.create_hosted_zone(Name="b.com", CallerReference="b")["HostedZone"]["Id"])
    sim.fault("not-found", times=0)
    with pytest.raises(acm.exceptions.ResourceNotFoundException, match=arn):
        acm.describe_certificate(CertificateArn=arn)
    with pytest.raises(route53.exceptions.NoSuchHostedZone, match=zone):
        route53.get_hosted_zone(Id=zone)
    with pytest.raises(route53.exceptions.NoSuchChange):
        route53.get_change(Id=info["ChangeInfo"]["Id"])


def test_a_fault_strikes_the_nth_call_on_its_target_so_many_times(sim, acm, issue):
    struck, spared = issue("a.example.com"), issue("b.example.com")
    sim.fault("throttle", operation="DescribeCertificate", match={"target": struck}, nth=2, times=2)
    outcomes = []
    for _ in range(4):
        acm.describe_certificate(CertificateArn=spared)
        try:
            acm.describe_certificate(CertificateArn=struck)
            outcomes.append("ok")
        except acm.exceptions.ThrottlingException:
            outcomes.append("throttled")
    assert outcomes == ["ok", "throttled", "throttled", "ok"]
    assert sim.fired() == [2]


@pytest.mark.parametrize("kind", ["throttle", "error-before", "error-after", "reset-before", "reset-after"])
def test_boto3_with_retries_gets_over_one_fault_and_makes_one_certificate(sim, client, kind):
    sim.fault(kind, service="acm")
    patient = client("acm", retries={"total_max_attempts": 3, "mode": "standard"})
    answer = patient.request_certificate(**REQUEST)
    assert sim.fired() == [1]
    assert [certificate["certificateArn"] for certificate in sim.certificates()] == [answer["CertificateArn"]]
