"""Written against the contract and the documentation of AWS, apart from the simulator: SearchCertificates, GetCertificate,
ResendValidationEmail, and renewal by itself."""

import datetime
import re

import pytest
from botocore.exceptions import ClientError

DAY = 86_400
BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


# --- SearchCertificates ------------------------------------------------------------------------------------------


def search(acm, statement=None, **more):
    if statement:
        more["FilterStatement"] = statement
    results = acm.search_certificates(**more)["Results"]
    return [result["CertificateArn"] for result in results]


def metadata(**condition):
    return {"Filter": {"AcmCertificateMetadataFilter": condition}}


def x509(**condition):
    return {"Filter": {"X509AttributeFilter": condition}}


def common_name(value, operator="EQUALS"):
    return x509(Subject={"CommonName": {"Value": value, "ComparisonOperator": operator}})


def san(value, operator="EQUALS"):
    return x509(SubjectAlternativeName={"DnsName": {"Value": value, "ComparisonOperator": operator}})


@pytest.fixture
def estate(sim):
    """Five certificates that differ in what can be searched."""
    arns = {
        "plain": sim.plant("a.example.com"),
        "used": sim.plant("b.example.com", subjectAlternativeNames=["b.example.com", "www.b.org"], inUseBy=[BALANCER]),
        "ec": sim.plant("c.example.com", keyAlgorithm="EC_prime256v1"),
        "pending": sim.plant("d.example.com", status="PENDING_VALIDATION", validationMethod="DNS"),
        "failing": sim.plant("e.example.org", inUseBy=[BALANCER]),
    }
    sim.act(arns["failing"], "start-renewal")
    sim.act(arns["failing"], "fail-renewal", reason="CAA_ERROR")
    sim.advance(5)
    return arns


@pytest.mark.parametrize(
    "statement, expected",
    [
        (None, "plain used ec pending failing"),
        (metadata(Status="PENDING_VALIDATION"), "pending"),
        (metadata(InUse=True), "used failing"),
        (metadata(RenewalStatus="FAILED"), "failing"),
        (metadata(Type="IMPORTED"), ""),
        (metadata(ValidationMethod="DNS"), "plain used ec pending failing"),
        (x509(KeyAlgorithm="EC_prime256v1"), "ec"),
        (common_name("a.example.com"), "plain"),
        (common_name("example.org", "CONTAINS"), "failing"),
        (san("www.b.org"), "used"),
        (san("www.b", "CONTAINS"), "used"),
        ({"Not": metadata(Status="ISSUED")}, "pending"),
        ({"And": [metadata(InUse=True), {"Not": metadata(RenewalStatus="FAILED")}]}, "used"),
        ({"Or": [common_name("a.example.com"), x509(KeyAlgorithm="EC_prime256v1")]}, "plain ec"),
    ],
)
def test_a_search_finds_what_its_filter_says(acm, estate, statement, expected):
    assert set(search(acm, statement)) == {estate[name] for name in expected.split()}


def test_a_search_finds_a_certificate_by_its_arn_and_by_its_serial(acm, estate):
    assert search(acm, {"Filter": {"CertificateArn": estate["used"]}}) == [estate["used"]]
    serial = describe(acm, estate["used"])["Serial"]
    assert search(acm, x509(SerialNumber=serial)) == [estate["used"]]


def test_a_search_finds_what_expires_in_a_span_of_time(sim, acm, estate):
    now = datetime.datetime.fromisoformat(sim.clock()["now"])
    sim.act(estate["plain"], "set-validity", notAfter=(now + datetime.timedelta(days=9)).isoformat().replace("+00:00", "Z"))
    sim.advance(5)
    soon = x509(NotAfter={"Start": now, "End": now + datetime.timedelta(days=10)})
    assert search(acm, soon) == [estate["plain"]]


def test_a_result_carries_what_the_guide_lists(acm, estate):
    (result,) = acm.search_certificates(FilterStatement=common_name("e.example.org"))["Results"]
    facts = result["CertificateMetadata"]["AcmCertificateMetadata"]
    assert (facts["Status"], facts["Type"], facts["InUse"]) == ("ISSUED", "AMAZON_ISSUED", True)
    assert (facts["RenewalStatus"], facts["ValidationMethod"]) == ("FAILED", "DNS")
    certificate = result["X509Attributes"]
    assert certificate["Subject"]["CommonName"] == "e.example.org"
    assert certificate["SubjectAlternativeNames"] == [{"DnsName": "e.example.org"}]
    assert re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){1,19}", certificate["SerialNumber"])
    assert certificate["NotBefore"] < certificate["NotAfter"]
    assert certificate["Issuer"]


def test_a_search_has_pages_of_a_hundred_and_of_five_hundred_at_most(sim, acm):
    planted = {sim.plant(f"n{number}.example.com") for number in range(120)}
    sim.advance(5)
    first = acm.search_certificates()
    assert len(first["Results"]) == 100
    second = acm.search_certificates(NextToken=first["NextToken"])
    assert "NextToken" not in second
    found = [result["CertificateArn"] for page in (first, second) for result in page["Results"]]
    assert set(found) == planted and len(found) == 120
    assert len(acm.search_certificates(MaxResults=500)["Results"]) == 120
    with pytest.raises(acm.exceptions.ValidationException):
        acm.search_certificates(MaxResults=501)


def test_a_search_is_sorted_as_asked(acm, estate):
    ascending = search(acm, SortBy="COMMON_NAME", SortOrder="ASCENDING")
    assert ascending == list(estate.values())
    assert search(acm, SortBy="COMMON_NAME", SortOrder="DESCENDING") == ascending[::-1]


def test_a_search_lags_like_a_list(sim, acm, issue):
    arn = issue()
    acm.delete_certificate(CertificateArn=arn)
    assert search(acm) == [arn]
    sim.advance(2)
    assert search(acm) == []


@pytest.mark.parametrize("statement", [metadata(Status="FINE"), x509(KeyAlgorithm="RSA_7")])
def test_a_search_outside_the_model_is_a_validation_exception(acm, statement):
    with pytest.raises(acm.exceptions.ValidationException):
        acm.search_certificates(FilterStatement=statement)


def test_moto_has_no_search():
    import boto3
    from moto import mock_aws

    with mock_aws():
        with pytest.raises((NotImplementedError, ClientError)):
            boto3.client("acm").search_certificates()


# --- GetCertificate ----------------------------------------------------------------------------------------------


def test_the_certificate_of_a_pending_request_is_in_progress(acm, request_certificate):
    with pytest.raises(acm.exceptions.RequestInProgressException):
        acm.get_certificate(CertificateArn=request_certificate())


def test_the_certificate_that_is_got_is_the_one_described(acm, issue):
    from cryptography import x509 as pem

    arn = issue("www.example.com", SubjectAlternativeNames=["*.example.com"])
    got = acm.get_certificate(CertificateArn=arn)
    described = describe(acm, arn)
    read = pem.load_pem_x509_certificate(got["Certificate"].encode())
    names = read.extensions.get_extension_for_class(pem.SubjectAlternativeName).value
    assert names.get_values_for_type(pem.DNSName) == described["SubjectAlternativeNames"]
    assert read.serial_number == int(described["Serial"].replace(":", ""), 16)
    # NB: a certificate has whole seconds only.
    assert abs(read.not_valid_after_utc - described["NotAfter"]) < datetime.timedelta(seconds=1)
    assert pem.load_pem_x509_certificates(got["CertificateChain"].encode())


def test_there_is_no_certificate_to_get_where_none_is(acm, estate):
    with pytest.raises(acm.exceptions.ResourceNotFoundException):
        acm.get_certificate(CertificateArn=estate["plain"][:-4] + "0000")


# --- ResendValidationEmail ---------------------------------------------------------------------------------------


def resend(acm, arn, domain="www.example.com"):
    return acm.resend_validation_email(CertificateArn=arn, Domain=domain, ValidationDomain="example.com")


@pytest.fixture
def by_mail(sim, acm):
    arn = acm.request_certificate(DomainName="www.example.com", ValidationMethod="EMAIL")["CertificateArn"]
    sim.advance(10)
    return arn


def test_a_validation_mail_is_sent_again_while_the_name_is_pending(acm, by_mail):
    assert set(resend(acm, by_mail)) == {"ResponseMetadata"}


def test_the_three_refusals_to_send_again_are_one_sentence(sim, acm, by_mail, request_certificate):
    by_dns = request_certificate("dns.example.com")
    refusals = {"DNS": (by_dns, "dns.example.com"), "a name that is not its own": (by_mail, "other.example.com")}
    sentences = []
    for arn, domain in refusals.values():
        with pytest.raises(ClientError, match="is not using EMAIL validation") as raised:
            resend(acm, arn, domain)
        sentences.append(raised.value.response["Error"]["Code"])
    sim.act(by_mail, "approve-email", domainName="www.example.com")
    with pytest.raises(ClientError, match="is not using EMAIL validation") as raised:
        resend(acm, by_mail)
    sentences.append(raised.value.response["Error"]["Code"])
    assert set(sentences) <= {"InvalidStateException", "InvalidDomainValidationOptionsException", "ValidationException"}
    assert len(set(sentences)) == 1


# --- renewal -----------------------------------------------------------------------------------------------------


@pytest.fixture
def used(sim, issue):
    """An issued certificate in use, fresh."""
    arn = issue()
    sim.act(arn, "set-in-use", by=[BALANCER])
    return arn


def test_an_unused_certificate_is_never_renewed_and_expires(sim, acm, issue):
    arn = issue()
    sim.advance(197 * DAY)
    assert "RenewalSummary" not in describe(acm, arn)
    assert describe(acm, arn)["RenewalEligibility"] == "INELIGIBLE"
    sim.advance(2 * DAY)
    assert describe(acm, arn)["Status"] == "EXPIRED"


def test_a_used_certificate_is_renewed_sixty_days_before_its_end_under_the_same_arn(sim, acm, used):
    before = describe(acm, used)
    sim.advance(137 * DAY)
    assert "RenewalSummary" not in describe(acm, used)
    sim.advance(DAY + 1000)
    started = describe(acm, used)
    assert started["RenewalSummary"]["RenewalStatus"] == "PENDING_AUTO_RENEWAL"
    assert started["Serial"] == before["Serial"]
    sim.advance(3600)
    after = describe(acm, used)
    assert after["RenewalSummary"]["RenewalStatus"] == "SUCCESS"
    assert after["Serial"] != before["Serial"]
    assert after["NotAfter"] > before["NotAfter"] and after["NotBefore"] > before["NotBefore"]
    assert (after["Status"], after["InUseBy"]) == ("ISSUED", [BALANCER])


def test_a_renewal_without_its_record_waits_and_heals_when_the_record_is_back(sim, acm, used, publish):
    publish(used, "DELETE")
    sim.advance(140 * DAY)
    waiting = describe(acm, used)["RenewalSummary"]
    assert waiting["RenewalStatus"] == "PENDING_VALIDATION"
    assert waiting["DomainValidationOptions"][0]["ValidationStatus"] == "PENDING_VALIDATION"
    sim.advance(10 * DAY)
    assert describe(acm, used)["RenewalSummary"]["RenewalStatus"] == "PENDING_VALIDATION"
    publish(used)
    sim.advance(2 * 3600)
    assert describe(acm, used)["RenewalSummary"]["RenewalStatus"] == "SUCCESS"


def test_a_renewal_whose_record_never_comes_back_fails_at_expiry(sim, acm, used, publish):
    publish(used, "DELETE")
    sim.advance(199 * DAY)
    ended = describe(acm, used)
    assert (ended["Status"], ended["RenewalSummary"]["RenewalStatus"]) == ("EXPIRED", "FAILED")


def test_the_shared_record_of_one_certificate_breaks_the_renewal_of_its_sibling(sim, acm, used, issue, publish):
    sibling = issue()
    assert sibling != used
    sim.act(sibling, "set-in-use", by=[BALANCER])
    publish(sibling, "DELETE")
    sim.advance(140 * DAY)
    statuses = {describe(acm, arn)["RenewalSummary"]["RenewalStatus"] for arn in (used, sibling)}
    assert statuses == {"PENDING_VALIDATION"}
