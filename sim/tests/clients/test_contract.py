"""The names under `/_sim/` are a contract: programs outside this repository read and write them."""

import datetime
import re

import pytest

from conftest import REGION, Refused, cname

USER = "arn:aws:cloudfront::123456789012:distribution/E1"

CERTIFICATE = """certificateArn accountId region domainName subjectAlternativeNames status type keyAlgorithm validationMethod
    createdAt issuedAt notBefore notAfter serial inUseBy exported managedBy tags idempotencyToken failureReason renewal
    validations deletedAt"""

SETTINGS = {
    "resourceRecordDelaySeconds": 5,
    "describeVisibleSeconds": 2,
    "dnsPropagationSeconds": 30,
    "validationSeconds": 60,
    "listLagSeconds": 2,
    "validationTimeoutSeconds": 259200,
    "publicValidityDays": 198,
    "renewalWindowDays": 60,
    "renewalSeconds": 3600,
    "deleteReleaseSeconds": 0,
    "changeProcessingSeconds": 0,
    "changeThroughput": None,
    "jitter": 0,
    "accounts": {},
    "quotas": {
        "certificates": 2500,
        "requestsPerYear": 5000,
        "namesPerCertificate": 10,
        "tagsPerResource": 50,
        "hostedZones": 500,
        "recordsPerZone": 10000,
        "rates": {
            "AddTagsToCertificate": 5,
            "DeleteCertificate": 10,
            "DescribeCertificate": 10,
            "ExportCertificate": 5,
            "GetAccountConfiguration": 1,
            "GetCertificate": 10,
            "ImportCertificate": 1,
            "ListCertificates": 8,
            "ListTagsForCertificate": 10,
            "PutAccountConfiguration": 1,
            "RemoveTagsFromCertificate": 5,
            "RenewCertificate": 5,
            "RequestCertificate": 5,
            "ResendValidationEmail": 1,
            "SearchCertificates": None,
            "UpdateCertificateOptions": 5,
        },
        "route53": {"account": {"rate": 10, "burst": 50}, "operation": {"rate": 10, "burst": 50}},
    },
}


def is_moment(text):
    return bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text))


def test_the_settings_have_these_names_and_defaults(sim):
    sim.settings(quotas={key: SETTINGS["quotas"][key] for key in ("rates", "route53")})
    assert sim.control("GET", "settings") == SETTINGS


def test_the_state_has_these_names_in_one_spelling(sim, acm, issue, zone, route53):
    arn = issue("www.Example.com", SubjectAlternativeNames=["*.example.com"], Tags=[{"Key": "bare"}])
    sim.act(arn, "start-renewal")
    state = sim.control("GET", "state")
    assert set(state) == {"certificates", "hostedZones"}
    (certificate,) = state["certificates"]
    assert set(certificate) == set(CERTIFICATE.split())
    assert (certificate["domainName"], certificate["tags"]) == ("www.example.com", {"bare": None})
    assert (certificate["accountId"], certificate["region"]) == ("123456789012", REGION)
    assert [certificate[key] for key in ("managedBy", "idempotencyToken", "failureReason", "deletedAt")] == [None] * 4
    assert all(is_moment(certificate[key]) for key in ("createdAt", "issuedAt", "notBefore", "notAfter"))
    assert set(certificate["renewal"]) == {"status", "reason", "updatedAt"} and is_moment(certificate["renewal"]["updatedAt"])
    for validation in certificate["validations"]:
        assert set(validation) == {"domainName", "status", "recordName", "recordType", "recordValue"}
        assert validation["recordName"].endswith("example.com") and validation["recordValue"].endswith(".aws")
    (hosted,) = state["hostedZones"]
    assert set(hosted) == {"id", "name", "accountId", "private", "delegated", "records"}
    assert (hosted["id"], hosted["name"], hosted["private"], hosted["delegated"]) == (zone, "example.com", False, True)
    (record, *_) = [each for each in hosted["records"] if each["type"] == "CNAME"]
    assert set(record) == {"name", "type", "ttl", "values", "visibleAt"} and is_moment(record["visibleAt"])
    assert not record["name"].endswith(".") and not record["values"][0].endswith(".")


def test_the_journal_tells_every_mutation_its_target_and_who_did_it(sim, acm, route53, zone, issue):
    arn = issue()
    sim.act(arn, "set-in-use", by=[USER])
    sim.act(arn, "set-in-use", by=[])
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "a"}])
    acm.delete_certificate(CertificateArn=arn)
    journal = sim.control("GET", "journal?since=0")
    keys = {"seq", "at", "account", "region", "operation", "target", "by", "detail"}
    assert all(set(entry) == keys and is_moment(entry["at"]) for entry in journal)
    assert [entry["seq"] for entry in journal] == list(range(1, len(journal) + 1))
    told = [(entry["operation"], entry["target"], entry["by"]) for entry in journal]
    me = "AKIASIMULATED0000000"
    assert told == [
        ("CreateHostedZone", zone, me),
        ("RequestCertificate", "www.example.com", me),
        ("ChangeResourceRecordSets", zone, me),
        ("Issue", arn, "world"),
        ("SetInUse", arn, "control"),
        ("SetInUse", arn, "control"),
        ("AddTagsToCertificate", arn, me),
        ("DeleteCertificate", arn, me),
    ]
    assert set(journal[2]["detail"]) == {"action", "name", "type", "ttl", "values"}
    assert sim.control("GET", "journal?since=6") == journal[6:]
    # One entry for each record change, and for nothing that only reads or is refused.
    batch = {"Changes": [cname("CREATE", f"{name}.example.com", "x.example.net.") for name in "ab"]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    with pytest.raises(route53.exceptions.InvalidChangeBatch):
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    assert len(sim.control("GET", "journal?since=8")) == 2


def test_the_counters_tell_every_outcome_and_begin_anew(sim, acm, request_certificate):
    arn = request_certificate()
    acm.describe_certificate(CertificateArn=arn)
    with pytest.raises(acm.exceptions.ResourceInUseException):
        sim.act(arn, "set-in-use", by=[USER])
        acm.delete_certificate(CertificateArn=arn)
    common = {"account": "123456789012", "region": REGION, "service": "acm", "count": 1}
    expected = [
        {**common, "operation": operation, "outcome": outcome}
        for operation, outcome in [
            ("DeleteCertificate", "ResourceInUseException"),
            ("DescribeCertificate", "ok"),
            ("RequestCertificate", "ok"),
        ]
    ]
    assert sorted(sim.control("GET", "calls"), key=lambda call: call["operation"]) == expected
    sim.control("DELETE", "calls")
    assert sim.control("GET", "calls") == []


def test_a_reset_empties_the_world_and_keeps_settings_clock_and_credentials(sim, acm, sts, client, zone):
    credentials = sts.assume_role(RoleArn="arn:aws:iam::222222222222:role/r", RoleSessionName="me")["Credentials"]
    token = {"DomainName": "www.example.com", "IdempotencyToken": "one"}
    first = acm.request_certificate(**token)["CertificateArn"]
    sim.settings(validationSeconds=7, quotas={"rates": {"DescribeCertificate": 1}})
    sim.fault("throttle", operation="ListCertificates", times=0)
    sim.advance(100)
    acm.describe_certificate(CertificateArn=first)
    settings, clock = sim.control("GET", "settings"), sim.control("GET", "clock")
    sim.control("POST", "reset")
    assert sim.control("GET", "state") == {"certificates": [], "hostedZones": []}
    assert [sim.control("GET", what) for what in ("journal?since=0", "calls", "faults")] == [[], [], []]
    assert (sim.control("GET", "settings"), sim.control("GET", "clock")) == (settings, clock)
    # Neither token nor rate remembers anything.
    again = acm.request_certificate(**token)["CertificateArn"]
    sim.advance(10)
    assert again != first
    acm.describe_certificate(CertificateArn=again)
    other = client("sts", aws_access_key_id=credentials["AccessKeyId"], aws_secret_access_key="x", aws_session_token="y")
    assert other.get_caller_identity()["Account"] == "222222222222"


def test_the_clock_takes_mode_scale_and_advance_in_both_modes_and_never_goes_back(sim):
    before = sim.control("GET", "clock")
    assert set(before) == {"now", "mode", "scale"} and is_moment(before["now"])
    assert (before["mode"], before["scale"]) == ("manual", 1)
    now = datetime.datetime.fromisoformat
    moved = sim.clock(mode="real", scale=60, advanceSeconds=3600)
    assert (moved["mode"], moved["scale"]) == ("real", 60)
    assert now(moved["now"]) - now(before["now"]) >= datetime.timedelta(hours=1)
    stopped = sim.clock(mode="manual")
    assert now(stopped["now"]) >= now(moved["now"])
    assert sim.control("GET", "clock")["now"] == stopped["now"]
    for wrong in ({"advanceSeconds": -1}, {"scale": 0}, {"mode": "backwards"}, {"speed": 1}):
        with pytest.raises(Refused) as raised:
            sim.clock(**wrong)
        assert raised.value.status == 400
    assert sim.control("GET", "clock")["now"] == stopped["now"]


def test_a_certificate_is_planted_in_the_names_of_the_state(sim):
    arn = sim.control("POST", "certificates", {"domainName": "www.example.com"})
    assert set(arn) == {"certificateArn"}
    (planted,) = sim.certificates()
    assert (planted["status"], planted["accountId"], planted["region"]) == ("ISSUED", "123456789012", "us-east-1")
    copy = {**planted, "certificateArn": planted["certificateArn"].replace("us-east-1", REGION), "region": REGION}
    copy.update(status="EXPIRED", managedBy="CLOUDFRONT", exported=True, tags={"a": "1"}, inUseBy=[USER])
    sim.control("POST", "certificates", copy)
    assert sim.certificates()[1] == copy


def test_a_fault_is_shown_as_it_was_ordered_with_how_often_it_fired(sim, acm):
    order = {"service": "acm", "operation": "ListCertificates", "match": {"target": None}, "nth": 2, "times": 1}
    order["kind"] = "throttle"
    sim.control("POST", "faults", order)
    acm.list_certificates()
    with pytest.raises(acm.exceptions.ThrottlingException):
        acm.list_certificates()
    (fault,) = sim.control("GET", "faults")
    assert {key: fault[key] for key in order} == order
    assert (fault["delaySeconds"], fault["fired"]) == (None, 1)
    sim.control("DELETE", "faults")
    assert sim.control("GET", "faults") == []
