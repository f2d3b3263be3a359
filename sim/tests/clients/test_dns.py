"""A certificate is issued when public DNS says so, and only then."""

import pytest

from conftest import cname


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


def caa(name, *values):
    records = [{"Value": value} for value in values]
    return {"Action": "CREATE", "ResourceRecordSet": {"Name": name, "Type": "CAA", "TTL": 60, "ResourceRecords": records}}


@pytest.mark.parametrize(
    "name, values, status",
    [
        ("www.example.com", ['0 issue "ca.example.net"'], "FAILED"),
        ("www.example.com", ['0 issue ";"'], "FAILED"),
        ("www.example.com", ['0 issue "amazontrust.com"'], "ISSUED"),
        ("www.example.com", ['0 iodef "mailto:a@example.com"'], "ISSUED"),
        ("*.example.com", ['0 issue "amazon.com"', '0 issuewild ";"'], "FAILED"),
        ("*.example.com", ['0 issue ";"', '0 issuewild "awstrust.com"'], "ISSUED"),
    ],
)
def test_a_caa_record_of_the_parent_decides(sim, acm, route53, zone, issue, name, values, status):
    batch = {"Changes": [caa("example.com", *values)]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    sim.advance(60)
    certificate = describe(acm, issue(name))
    assert certificate["Status"] == status
    assert certificate.get("FailureReason") == ("CAA_ERROR" if status == "FAILED" else None)


@pytest.mark.parametrize("hops, status", [(5, "ISSUED"), (6, "PENDING_VALIDATION")])
def test_at_most_five_cnames_lead_to_the_value(sim, acm, route53, zone, request_certificate, hops, status):
    arn = request_certificate()
    record = describe(acm, arn)["DomainValidationOptions"][0]["ResourceRecord"]
    names = [record["Name"], *(f"hop{number}.example.com." for number in range(1, hops)), record["Value"]]
    changes = [cname("CREATE", name, value) for name, value in zip(names, names[1:])]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    sim.advance(200)
    assert describe(acm, arn)["Status"] == status


@pytest.mark.parametrize("planted", [{"private": True}, {"delegated": False}])
def test_a_record_that_the_public_cannot_see_proves_nothing(sim, acm, route53, request_certificate, planted):
    hidden = sim.control("POST", "zones", {"name": "example.com", **planted})["id"]
    arn = request_certificate()
    record = describe(acm, arn)["DomainValidationOptions"][0]["ResourceRecord"]
    batch = {"Changes": [cname("CREATE", record["Name"], record["Value"])]}
    route53.change_resource_record_sets(HostedZoneId=hidden, ChangeBatch=batch)
    sim.advance(3600)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_a_delegated_child_zone_takes_over_its_names(sim, acm, zone, request_certificate, publish):
    sim.control("POST", "zones", {"name": "www.example.com"})
    arn = request_certificate()
    publish(arn)
    sim.advance(3600)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_a_wrong_value_proves_nothing(sim, acm, route53, zone, request_certificate):
    arn = request_certificate()
    record = describe(acm, arn)["DomainValidationOptions"][0]["ResourceRecord"]
    batch = {"Changes": [cname("CREATE", record["Name"], "_x" + record["Value"])]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    sim.advance(3600)
    assert describe(acm, arn)["Status"] == "PENDING_VALIDATION"


def test_a_second_certificate_of_a_name_needs_no_new_record(sim, acm, issue, request_certificate):
    issue("*.example.com")
    arn = request_certificate("example.com")
    sim.advance(60)
    assert describe(acm, arn)["Status"] == "ISSUED"
