"""The AWS CLI v1, as a program."""

import json

from conftest import cname

WWW = "www.example.com"


def succeeds(result):
    code, answer, complaint = result
    assert code == 0, complaint
    return answer


def quick(sim):
    """From here on a real second is a minute: the CLI has no clock that one could stop."""
    sim.clock(mode="real", scale=60)


def test_a_certificate_is_requested_described_listed_and_waited_for(sim, aws, publish):
    arn = succeeds(
        aws("acm", "request-certificate", "--domain-name", WWW, "--validation-method", "DNS", "--tags", "Key=a,Value=b")
    )["CertificateArn"]
    sim.advance(10)
    described = succeeds(aws("acm", "describe-certificate", "--certificate-arn", arn))["Certificate"]
    assert described["Status"] == "PENDING_VALIDATION"
    assert described["DomainValidationOptions"][0]["ResourceRecord"]["Type"] == "CNAME"
    (listed,) = succeeds(aws("acm", "list-certificates", "--max-items", "5"))["CertificateSummaryList"]
    assert (listed["CertificateArn"], listed["DomainName"]) == (arn, WWW)
    publish(arn)
    quick(sim)
    assert succeeds(aws("acm", "wait", "certificate-validated", "--certificate-arn", arn)) is None
    assert [certificate["status"] for certificate in sim.certificates()] == ["ISSUED"]
    polls = [call for call in sim.control("GET", "calls") if call["operation"] == "DescribeCertificate"]
    assert sum(call["count"] for call in polls) > 3, "the waiter must have asked more than once"


def test_the_wait_for_a_failed_certificate_exits_with_255(sim, aws, request_certificate):
    arn = request_certificate()
    sim.act(arn, "fail", reason="CAA_ERROR")
    code, _, complaint = aws("acm", "wait", "certificate-validated", "--certificate-arn", arn)
    assert code == 255
    assert "terminal failure" in complaint


def test_an_error_shows_code_operation_and_message(aws):
    arn = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    code, _, complaint = aws("acm", "describe-certificate", "--certificate-arn", arn)
    assert code in (254, 255)
    assert "An error occurred (ResourceNotFoundException) when calling the DescribeCertificate operation" in complaint
    assert arn in complaint


def test_records_are_changed_and_waited_for(sim, aws, zone):
    (listed,) = succeeds(aws("route53", "list-hosted-zones"))["HostedZones"]
    assert (listed["Id"], listed["Name"]) == (f"/hostedzone/{zone}", "example.com.")
    batch = json.dumps({"Changes": [cname("CREATE", "a.example.com", "x.example.net.")]})
    change = ("route53", "change-resource-record-sets", "--hosted-zone-id", zone, "--change-batch", batch)
    info = succeeds(aws(*change))["ChangeInfo"]
    assert info["Status"] == "PENDING"
    quick(sim)
    assert succeeds(aws("route53", "wait", "resource-record-sets-changed", "--id", info["Id"])) is None
    again = aws(*change)
    assert again[0] in (254, 255)
    assert "(InvalidChangeBatch)" in again[2]
    assert "[Tried to create resource record set [name='a.example.com.', type='CNAME'] but it already exists]" in again[2]


def test_the_caller_identity_is_told(aws):
    assert succeeds(aws("sts", "get-caller-identity"))["Account"] == "123456789012"
