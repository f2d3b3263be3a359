"""Every status and every reason that the API model knows reaches the client, and what has ended stays ended."""

import pytest
from botocore.loaders import Loader

USER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"
DAY = 86_400

# NB: read while the tests are collected, when there is no client yet.
MODEL = Loader().load_service_model("acm", "service-2")


def words(shape):
    return MODEL["shapes"][shape]["enum"]


def describe(acm, arn):
    return acm.describe_certificate(CertificateArn=arn)["Certificate"]


@pytest.mark.parametrize("status", words("CertificateStatus"))
def test_every_status_of_a_certificate_is_shown_alone_in_lists_and_in_searches(sim, acm, status):
    arn = sim.plant("www.example.com", status=status)
    assert describe(acm, arn)["Status"] == status
    (summary,) = acm.list_certificates(CertificateStatuses=[status])["CertificateSummaryList"]
    assert (summary["CertificateArn"], summary["Status"]) == (arn, status)
    statement = {"Filter": {"AcmCertificateMetadataFilter": {"Status": status}}}
    (result,) = acm.search_certificates(FilterStatement=statement)["Results"]
    assert result["CertificateMetadata"]["AcmCertificateMetadata"]["Status"] == status


@pytest.mark.parametrize("status", words("RenewalStatus"))
def test_every_status_of_a_renewal_is_shown_alone_and_in_searches(sim, acm, status):
    renewal = {"status": status, "updatedAt": "2026-01-01T00:00:00Z"}
    arn = sim.plant("www.example.com", inUseBy=[USER], renewal=renewal)
    assert describe(acm, arn)["RenewalSummary"]["RenewalStatus"] == status
    statement = {"Filter": {"AcmCertificateMetadataFilter": {"RenewalStatus": status}}}
    (result,) = acm.search_certificates(FilterStatement=statement)["Results"]
    assert result["CertificateMetadata"]["AcmCertificateMetadata"]["RenewalStatus"] == status


@pytest.mark.parametrize("reason", words("FailureReason"))
def test_every_reason_is_told_of_a_request_that_failed_and_of_a_renewal_that_failed(sim, acm, reason):
    pending = sim.plant("www.example.com", status="PENDING_VALIDATION")
    sim.act(pending, "fail", reason=reason)
    failed = describe(acm, pending)
    assert (failed["Status"], failed["FailureReason"]) == ("FAILED", reason)
    used = sim.plant("www.example.com", inUseBy=[USER])
    sim.act(used, "start-renewal")
    sim.act(used, "fail-renewal", reason=reason)
    renewal = describe(acm, used)["RenewalSummary"]
    assert (renewal["RenewalStatus"], renewal["RenewalStatusReason"]) == ("FAILED", reason)


def test_there_is_no_renewal_until_one_has_started(sim, acm, issue):
    arn = issue()
    assert "RenewalSummary" not in describe(acm, arn)
    sim.act(arn, "set-in-use", by=[USER])
    assert "RenewalSummary" not in describe(acm, arn)
    assert describe(acm, arn)["RenewalEligibility"] == "ELIGIBLE"


@pytest.mark.parametrize("end", ["fail", "time-out"])
def test_what_failed_or_timed_out_stays_so_and_another_request_is_another_certificate(
    sim, acm, request_certificate, publish, end
):
    arn = request_certificate()
    sim.act(arn, end)
    ended = describe(acm, arn)["Status"]
    publish(arn)
    sim.advance(DAY)
    assert describe(acm, arn)["Status"] == ended != "ISSUED"
    again = request_certificate()
    sim.advance(DAY)
    assert again != arn
    assert describe(acm, again)["Status"] == "ISSUED"


def test_an_expired_certificate_is_not_renewed_though_it_comes_into_use(sim, acm, issue):
    arn = issue()
    sim.advance(199 * DAY)
    assert describe(acm, arn)["Status"] == "EXPIRED"
    sim.act(arn, "set-in-use", by=[USER])
    sim.advance(DAY)
    expired = describe(acm, arn)
    assert (expired["Status"], expired["RenewalEligibility"]) == ("EXPIRED", "INELIGIBLE")
    assert "RenewalSummary" not in expired


def test_only_a_description_tells_records_reasons_and_users(sim, acm):
    arn = sim.plant("www.example.com", inUseBy=[USER], tags={"team": "a"})
    sim.act(arn, "fail-renewal", reason="CAA_ERROR")
    sim.advance(5)
    described = describe(acm, arn)
    assert described["InUseBy"] == [USER]
    assert described["RenewalSummary"]["RenewalStatusReason"] == "CAA_ERROR"
    assert described["DomainValidationOptions"][0]["ResourceRecord"]["Type"] == "CNAME"
    (summary,) = acm.list_certificates()["CertificateSummaryList"]
    (result,) = acm.search_certificates()["Results"]
    for text in (str(summary), str(result)):
        for told in (USER, "CAA_ERROR", "acm-validations", "team"):
            assert told not in text
    # What a search tells more than a list.
    assert "RenewalStatus" not in summary and "Serial" not in summary


def test_answers_spell_rsa_with_a_hyphen_and_curves_as_requests_do(sim, acm):
    for algorithm, spelled in [("RSA_2048", "RSA-2048"), ("EC_prime256v1", "EC_prime256v1"), ("EC_secp384r1", "EC_secp384r1")]:
        arn = acm.request_certificate(DomainName="www.example.com", KeyAlgorithm=algorithm)["CertificateArn"]
        sim.advance(10)
        assert describe(acm, arn)["KeyAlgorithm"] == spelled
        listed = acm.list_certificates(Includes={"keyTypes": [algorithm]})["CertificateSummaryList"]
        assert [(each["CertificateArn"], each["KeyAlgorithm"]) for each in listed] == [(arn, spelled)]
        statement = {"Filter": {"X509AttributeFilter": {"KeyAlgorithm": algorithm}}}
        (result,) = acm.search_certificates(FilterStatement=statement)["Results"]
        assert result["X509Attributes"]["KeyAlgorithm"] == spelled


def test_nobody_opts_out_of_transparency_logs(sim, acm, request_certificate):
    arn = request_certificate(Options={"CertificateTransparencyLoggingPreference": "DISABLED"})
    assert describe(acm, arn)["Options"]["CertificateTransparencyLoggingPreference"] == "ENABLED"


def test_a_token_with_other_parameters_still_stands_for_its_certificate(sim, acm):
    wanted = {"ValidationMethod": "DNS", "IdempotencyToken": "one"}
    first = acm.request_certificate(DomainName="www.example.com", Tags=[{"Key": "a", "Value": "1"}], **wanted)
    for other in ({"DomainName": "www.example.com"}, {"DomainName": "other.example.com"}):
        assert acm.request_certificate(**other, **wanted)["CertificateArn"] == first["CertificateArn"]
    (certificate,) = sim.certificates()
    assert (certificate["domainName"], certificate["tags"]) == ("www.example.com", {"a": "1"})


def test_a_resource_in_an_account_of_aws_itself_holds_a_certificate_like_any_other(sim, acm):
    hidden = "arn:aws:elasticloadbalancing:eu-west-1:999999999999:loadbalancer/app/api-gateway/1"
    arn = sim.plant("api.example.com", inUseBy=[hidden])
    assert describe(acm, arn)["InUseBy"] == [hidden]
    with pytest.raises(acm.exceptions.ResourceInUseException):
        acm.delete_certificate(CertificateArn=arn)
    sim.act(arn, "set-in-use", by=[])
    acm.delete_certificate(CertificateArn=arn)


def test_a_certificate_has_the_names_that_were_asked_for_and_no_other(acm, issue):
    from cryptography import x509

    arn = issue("*.example.com")
    assert describe(acm, arn)["SubjectAlternativeNames"] == ["*.example.com"]
    read = x509.load_pem_x509_certificate(acm.get_certificate(CertificateArn=arn)["Certificate"].encode())
    names = read.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["*.example.com"]
