"""boto3 understands every answer of ACM (each is held against the API model too, see strict_model.py)."""

import datetime
import re

import pytest

from conftest import REGION

ALL_KEYS = ["RSA_1024", "RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"]


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def tags(acm, arn):
    listed = acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
    return {tag["Key"]: tag.get("Value") for tag in listed}


def test_a_request_answers_an_arn_of_the_caller_s_account_and_region(acm):
    answer = acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")
    assert re.fullmatch(rf"arn:aws:acm:{REGION}:123456789012:certificate/[0-9a-f-]{{36}}", answer["CertificateArn"])
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert re.fullmatch(r"[0-9a-f-]{36}", answer["ResponseMetadata"]["RequestId"])


def test_a_certificate_is_found_after_seconds_and_its_records_come_later(sim, acm):
    names = ["*.example.com", "example.com", "www.example.com"]
    arn = acm.request_certificate(
        DomainName=names[0], SubjectAlternativeNames=names[1:], ValidationMethod="DNS", KeyAlgorithm="EC_prime256v1"
    )["CertificateArn"]
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        describe(acm, arn)
    sim.advance(2)
    early = describe(acm, arn)
    assert early["Status"] == "PENDING_VALIDATION"
    assert [option.get("ResourceRecord") for option in early["DomainValidationOptions"]] == [None] * 3
    sim.advance(3)
    pending = describe(acm, arn)
    assert pending["DomainName"] == "*.example.com"
    assert pending["SubjectAlternativeNames"] == names
    assert (pending["Type"], pending["KeyAlgorithm"]) == ("AMAZON_ISSUED", "EC_prime256v1")
    assert isinstance(pending["CreatedAt"], datetime.datetime)
    assert not {"IssuedAt", "NotBefore", "NotAfter", "Serial", "FailureReason", "RenewalSummary"} & set(pending)
    options = pending["DomainValidationOptions"]
    assert [option["DomainName"] for option in options] == names
    assert {option["ValidationStatus"] for option in options} == {"PENDING_VALIDATION"}
    assert {option["ValidationMethod"] for option in options} == {"DNS"}
    wildcard, base, www = (option["ResourceRecord"] for option in options)
    assert wildcard == base != www
    assert re.fullmatch(r"_[0-9a-f]{32}\.example\.com\.", base["Name"])
    assert re.fullmatch(r"_[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\.", base["Value"])
    assert base["Type"] == "CNAME"


def test_the_record_of_a_name_is_the_same_in_every_region_and_another_for_another_account(sim, client):
    sim.settings(accounts={"AKIAOTHER": "222222222222"})
    records = []
    for region, key in [(REGION, "AKIA1"), ("us-east-1", "AKIA1"), (REGION, "AKIAOTHER")]:
        acm = client("acm", region=region, aws_access_key_id=key, aws_secret_access_key="simulated")
        arn = acm.request_certificate(DomainName="www.example.com", ValidationMethod="DNS")["CertificateArn"]
        sim.advance(10)
        records.append(describe(acm, arn)["DomainValidationOptions"][0]["ResourceRecord"])
    assert records[0] == records[1]
    assert records[0] != records[2]


def test_an_issued_certificate_has_serial_dates_and_a_validity_of_198_days(acm, issue):
    issued = describe(acm, issue("www.example.com", SubjectAlternativeNames=["api.example.com"]))
    assert issued["Status"] == "ISSUED"
    assert {option["ValidationStatus"] for option in issued["DomainValidationOptions"]} == {"SUCCESS"}
    assert re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){1,19}", issued["Serial"])
    assert issued["CreatedAt"] < issued["IssuedAt"]
    assert datetime.timedelta(days=197) < issued["NotAfter"] - issued["NotBefore"] <= datetime.timedelta(days=198)
    assert issued["InUseBy"] == []
    assert issued["KeyUsages"] and issued["ExtendedKeyUsages"]


def test_nothing_is_issued_without_the_record_however_long_one_waits(sim, acm, request_certificate):
    arn = request_certificate()
    sim.advance(71 * 3600)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"
    sim.advance(2 * 3600)
    assert describe(acm, arn)["Status"] == "VALIDATION_TIMED_OUT"


def test_a_failed_certificate_tells_the_reason(sim, acm, request_certificate):
    arn = request_certificate()
    sim.act(arn, "fail", reason="CAA_ERROR")
    failed = describe(acm, arn)
    assert (failed["Status"], failed["FailureReason"]) == ("FAILED", "CAA_ERROR")
    assert failed["DomainValidationOptions"][0]["ValidationStatus"] == "FAILED"
    assert "IssuedAt" not in failed


def test_expired_and_revoked_certificates_say_so(sim, acm):
    expired, revoked = sim.plant("old.example.com"), sim.plant("bad.example.com")
    sim.act(expired, "expire")
    sim.act(revoked, "revoke")
    assert describe(acm, expired)["Status"] == "EXPIRED"
    answer = describe(acm, revoked)
    assert answer["Status"] == "REVOKED"
    assert isinstance(answer["RevokedAt"], datetime.datetime) and answer["RevocationReason"]


def test_an_email_certificate_shows_addresses_and_no_record(sim, acm):
    arn = acm.request_certificate(DomainName="www.example.com", ValidationMethod="EMAIL")["CertificateArn"]
    sim.advance(10)
    (option,) = describe(acm, arn)["DomainValidationOptions"]
    assert option["ValidationMethod"] == "EMAIL"
    assert "ResourceRecord" not in option
    # NB: ACM writes to the name without its www.
    assert "hostmaster@example.com" in option["ValidationEmails"]


def test_a_renewal_by_control_is_in_the_renewal_summary(sim, acm, issue):
    arn = issue()
    sim.act(arn, "set-in-use", by=["arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"])
    sim.act(arn, "start-renewal")
    renewing = describe(acm, arn)
    assert renewing["RenewalSummary"]["RenewalStatus"] == "PENDING_AUTO_RENEWAL"
    assert renewing["RenewalEligibility"] == "ELIGIBLE"
    sim.act(arn, "fail-renewal", reason="CAA_ERROR")
    summary = describe(acm, arn)["RenewalSummary"]
    assert (summary["RenewalStatus"], summary["RenewalStatusReason"]) == ("FAILED", "CAA_ERROR")
    assert isinstance(summary["UpdatedAt"], datetime.datetime)


def test_one_token_makes_one_certificate_for_an_hour(sim, acm):
    def request():
        wanted = {"DomainName": "www.example.com", "ValidationMethod": "DNS", "IdempotencyToken": "one"}
        return acm.request_certificate(**wanted)["CertificateArn"]

    first = request()
    sim.advance(3599)
    assert request() == first
    sim.advance(1)
    assert request() != first


def test_the_paginator_brings_every_certificate_once(sim, acm):
    planted = {sim.plant(f"n{number}.example.com") for number in range(25)}
    sim.advance(5)
    pages = list(acm.get_paginator("list_certificates").paginate(PaginationConfig={"PageSize": 10}))
    assert [len(page["CertificateSummaryList"]) for page in pages] == [10, 10, 5]
    listed = [summary["CertificateArn"] for page in pages for summary in page["CertificateSummaryList"]]
    assert set(listed) == planted and len(listed) == 25


def test_a_list_shows_what_was_true_two_seconds_ago(sim, acm, issue):
    def listed():
        return [summary["CertificateArn"] for summary in acm.list_certificates()["CertificateSummaryList"]]

    arn = issue()
    assert listed() == [arn]
    acm.delete_certificate(CertificateArn=arn)
    assert listed() == [arn]
    sim.advance(2)
    assert listed() == []


def test_a_list_without_key_types_shows_rsa_2048_only(sim, acm):
    arns = {algorithm: sim.plant("www.example.com", keyAlgorithm=algorithm) for algorithm in ("RSA_2048", "EC_secp384r1")}
    sim.advance(5)
    bare = acm.list_certificates()["CertificateSummaryList"]
    assert [summary["CertificateArn"] for summary in bare] == [arns["RSA_2048"]]
    every = acm.list_certificates(Includes={"keyTypes": ALL_KEYS})["CertificateSummaryList"]
    assert {summary["CertificateArn"] for summary in every} == set(arns.values())


def test_a_summary_carries_the_fields_of_the_guide(sim, acm, issue):
    names = ["www.example.com", "api.example.com"]
    arn = issue(names[0], SubjectAlternativeNames=names[1:])
    sim.act(arn, "set-in-use", by=["arn:aws:cloudfront::123456789012:distribution/E1"])
    sim.advance(5)
    (summary,) = acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    assert summary["SubjectAlternativeNameSummaries"] == names
    assert summary["HasAdditionalSubjectAlternativeNames"] is False
    assert (summary["Status"], summary["Type"]) == ("ISSUED", "AMAZON_ISSUED")
    assert (summary["InUse"], summary["Exported"]) == (True, False)
    assert summary["RenewalEligibility"] == "ELIGIBLE"
    assert summary["CreatedAt"] < summary["IssuedAt"] < summary["NotAfter"]
    assert acm.list_certificates(CertificateStatuses=["FAILED"])["CertificateSummaryList"] == []


def test_a_list_is_sorted_by_creation_where_asked(sim, acm, request_certificate):
    arns = [request_certificate(f"n{number}.example.com") for number in range(3)]
    for order, expected in [("ASCENDING", arns), ("DESCENDING", arns[::-1])]:
        listed = acm.list_certificates(SortBy="CREATED_AT", SortOrder=order)["CertificateSummaryList"]
        assert [summary["CertificateArn"] for summary in listed] == expected


def test_a_deleted_certificate_is_gone_at_once(acm, issue):
    arn = issue()
    answer = acm.delete_certificate(CertificateArn=arn)
    assert set(answer) == {"ResponseMetadata"}
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        describe(acm, arn)


def test_tags_ride_in_the_request_and_are_added_listed_and_removed(acm, request_certificate):
    arn = request_certificate(Tags=[{"Key": "team", "Value": "shop"}, {"Key": "bare"}])
    assert tags(acm, arn) == {"team": "shop", "bare": None}
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "team", "Value": "till"}, {"Key": "x", "Value": "ü"}])
    assert tags(acm, arn) == {"team": "till", "bare": None, "x": "ü"}
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "team", "Value": "shop"}, {"Key": "x"}])
    assert tags(acm, arn) == {"team": "till", "bare": None}


def test_the_waiter_sees_the_certificate_validated(sim, acm, request_certificate, publish):
    arn = request_certificate()
    publish(arn)
    polls = []
    # NB: every poll lets time pass, so that nobody has to sleep.
    acm.meta.events.register(
        "after-call.acm.DescribeCertificate", lambda parsed, **_: polls.append(parsed["Certificate"]) or sim.advance(20)
    )
    acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 0, "MaxAttempts": 20})
    assert len(polls) > 1
    assert [poll["Status"] for poll in polls[-2:]] == ["PENDING_VALIDATION", "ISSUED"]


def test_the_waiter_gives_up_on_a_failed_certificate(sim, acm, request_certificate):
    from botocore.exceptions import WaiterError

    arn = request_certificate()
    sim.act(arn, "fail", reason="DOMAIN_NOT_ALLOWED")
    with pytest.raises(WaiterError, match="terminal failure"):
        acm.get_waiter("certificate_validated").wait(CertificateArn=arn, WaiterConfig={"Delay": 0, "MaxAttempts": 3})
