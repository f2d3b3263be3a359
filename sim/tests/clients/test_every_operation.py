"""Every operation that the simulator offers, through boto3 and through the AWS CLI: what is added later and not called
here makes these tests fail."""

import json
import re

import pytest

from conftest import Refused, cname

ROLE = "arn:aws:iam::222222222222:role/path/writer"
SERVICES = ("acm", "route53", "sts")


def offered(sim):
    """The simulator's own list of operations: it tells them to who asks for a fault of another one."""
    operations = set()
    for service in SERVICES:
        with pytest.raises(Refused) as raised:
            sim.fault("throttle", service=service, operation="None")
        (names,) = re.findall(r"known are ([^\"]*)\"", raised.value.text)
        operations |= {(service, name) for name in names.split(", ")}
    return operations


def answered(sim):
    return {(call["service"], call["operation"]) for call in sim.control("GET", "calls") if call["outcome"] == "ok"}


def test_boto3_is_answered_every_operation(sim, acm, route53, sts):
    zone = route53.create_hosted_zone(Name="example.com", CallerReference="one")["HostedZone"]["Id"]
    arn = acm.request_certificate(DomainName="www.example.com", ValidationMethod="EMAIL")["CertificateArn"]
    sim.advance(10)
    acm.resend_validation_email(CertificateArn=arn, Domain="www.example.com", ValidationDomain="example.com")
    sim.act(arn, "approve-email")
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["Status"] == "ISSUED"
    assert acm.get_certificate(CertificateArn=arn)["Certificate"].startswith("-----BEGIN CERTIFICATE-----")
    acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": "team", "Value": "a"}])
    acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "other"}])
    assert acm.list_tags_for_certificate(CertificateArn=arn)["Tags"] == [{"Key": "team", "Value": "a"}]
    sim.advance(5)
    for operation, key in [("list_certificates", "CertificateSummaryList"), ("search_certificates", "Results")]:
        pages = acm.get_paginator(operation).paginate()
        assert [each["CertificateArn"] for page in pages for each in page[key]] == [arn]
    acm.delete_certificate(CertificateArn=arn)

    sent = {}
    for action in ("CREATE", "DELETE"):
        batch = {"Changes": [cname(action, "a.example.com", "x.example.net.")]}
        sent[action] = route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]["Id"]
        assert route53.get_change(Id=sent[action])["ChangeInfo"]["Status"] == "PENDING"
    assert route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"] == "example.com."
    assert len(route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]) == 2
    for lists in (route53.list_hosted_zones, route53.list_hosted_zones_by_name):
        assert [each["Id"] for each in lists()["HostedZones"]] == [zone]
    route53.delete_hosted_zone(Id=zone)

    assert sts.get_caller_identity()["Account"] == "123456789012"
    assumed = sts.assume_role(RoleArn=ROLE, RoleSessionName="me", ExternalId="id")
    by_token = sts.assume_role_with_web_identity(RoleArn=ROLE, RoleSessionName="me", WebIdentityToken="a.b.c")
    assert assumed["AssumedRoleUser"]["Arn"] == by_token["AssumedRoleUser"]["Arn"]
    assert answered(sim) == offered(sim)


def test_the_aws_cli_is_answered_every_operation(sim, aws):
    def run(*arguments):
        code, answer, complaint = aws(*arguments)
        assert code == 0, complaint
        return answer

    def acm(command, *arguments):
        return run("acm", command, "--certificate-arn", arn, *arguments)

    zone = run("route53", "create-hosted-zone", "--name", "example.com", "--caller-reference", "one")["HostedZone"]["Id"]
    request = ("--domain-name", "www.example.com", "--validation-method", "EMAIL", "--tags", "Key=team,Value=a")
    arn = run("acm", "request-certificate", *request)["CertificateArn"]
    sim.advance(10)
    acm("resend-validation-email", "--domain", "www.example.com", "--validation-domain", "example.com")
    sim.act(arn, "approve-email")
    assert acm("describe-certificate")["Certificate"]["Status"] == "ISSUED"
    assert acm("get-certificate")["CertificateChain"].count("BEGIN CERTIFICATE") == 2
    acm("add-tags-to-certificate", "--tags", "Key=stage,Value=test")
    acm("remove-tags-from-certificate", "--tags", "Key=team")
    assert acm("list-tags-for-certificate")["Tags"] == [{"Key": "stage", "Value": "test"}]
    sim.advance(5)
    # The CLI turns the pages by itself.
    sim.plant("n.example.com")
    assert len(run("acm", "list-certificates", "--page-size", "1")["CertificateSummaryList"]) == 2
    statement = json.dumps({"Filter": {"AcmCertificateMetadataFilter": {"ValidationMethod": "EMAIL"}}})
    (found,) = run("acm", "search-certificates", "--filter-statement", statement)["Results"]
    assert found["CertificateArn"] == arn
    assert acm("delete-certificate") is None

    for action in ("CREATE", "DELETE"):
        batch = json.dumps({"Changes": [cname(action, "a.example.com", "x.example.net.")]})
        change = ("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", batch)
        change_id = run(*change)["ChangeInfo"]["Id"]
        assert run("route53", "get-change", "--id", change_id)["ChangeInfo"]["Status"] == "PENDING"
    assert run("route53", "get-hosted-zone", "--id", zone)["HostedZone"]["Name"] == "example.com."
    paged = ("route53", "list-resource-record-sets", "--hosted-zone-id", zone, "--page-size", "1")
    assert [each["Type"] for each in run(*paged)["ResourceRecordSets"]] == ["NS", "SOA"]
    for command in ("list-hosted-zones", "list-hosted-zones-by-name"):
        assert [each["Id"] for each in run("route53", command)["HostedZones"]] == [zone]
    run("route53", "delete-hosted-zone", "--id", zone)

    assert run("sts", "get-caller-identity")["Account"] == "123456789012"
    role = ("--role-arn", ROLE, "--role-session-name", "me")
    assumed = run("sts", "assume-role", *role, "--external-id", "id")
    by_token = run("sts", "assume-role-with-web-identity", *role, "--web-identity-token", "a.b.c")
    assert assumed["AssumedRoleUser"]["Arn"] == by_token["AssumedRoleUser"]["Arn"]
    assert answered(sim) == offered(sim)
