"""Errors reach boto3 as the exception of the API model, with AWS's status and a request id."""

import re

import pytest
from botocore.exceptions import ClientError

from conftest import cname, raw

ARN = "arn:aws:acm:eu-west-1:123456789012:certificate/00000000-0000-0000-0000-000000000000"
USER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"


def refused(call, code, status, *, modelled=True):
    """Makes the call, which must be refused so; gives the message."""
    with pytest.raises(ClientError) as raised:
        call()
    error, response = raised.value, raised.value.response
    assert (response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]) == (code, status)
    assert re.fullmatch(r"[0-9a-f-]{36}", response["ResponseMetadata"]["RequestId"])
    assert response["Error"]["Message"]
    # NB: an exception of its own is made only for codes that the model of the service knows.
    assert type(error).__name__ == (code if modelled else "ClientError")
    return response["Error"]["Message"]


@pytest.mark.parametrize("operation", ["describe_certificate", "delete_certificate", "list_tags_for_certificate"])
def test_a_certificate_that_is_not_there_is_not_found(acm, operation):
    assert ARN in refused(lambda: getattr(acm, operation)(CertificateArn=ARN), "ResourceNotFoundException", 400)


def test_a_certificate_of_another_region_is_not_found(client, request_certificate):
    arn = request_certificate()
    elsewhere = client("acm", region="us-east-1")
    refused(lambda: elsewhere.describe_certificate(CertificateArn=arn), "ResourceNotFoundException", 400)


def test_a_certificate_in_use_cannot_be_deleted_until_it_is_released(sim, acm, issue):
    arn = issue()
    sim.settings(deleteReleaseSeconds=900)
    sim.act(arn, "set-in-use", by=[USER])
    assert acm.describe_certificate(CertificateArn=arn)["Certificate"]["InUseBy"] == [USER]
    message = refused(lambda: acm.delete_certificate(CertificateArn=arn), "ResourceInUseException", 400)
    assert arn in message
    sim.act(arn, "set-in-use", by=[])
    refused(lambda: acm.delete_certificate(CertificateArn=arn), "ResourceInUseException", 400)
    sim.advance(900)
    acm.delete_certificate(CertificateArn=arn)


def test_describes_above_ten_a_second_are_throttled(sim, acm, issue):
    arn = issue()
    sim.settings(quotas={"rates": {"DescribeCertificate": 10}})
    for _ in range(10):
        acm.describe_certificate(CertificateArn=arn)
    refused(lambda: acm.describe_certificate(CertificateArn=arn), "ThrottlingException", 400)
    sim.advance(0.1)
    acm.describe_certificate(CertificateArn=arn)
    refused(lambda: acm.describe_certificate(CertificateArn=arn), "ThrottlingException", 400)


def test_route_53_allows_a_burst_of_fifty_then_ten_a_second(sim, route53, zone):
    sim.settings(quotas={"route53": {"account": {"rate": 10, "burst": 50}}})
    for _ in range(50):
        route53.get_hosted_zone(Id=zone)
    refused(lambda: route53.get_hosted_zone(Id=zone), "Throttling", 400, modelled=False)
    sim.advance(1)
    for _ in range(10):
        route53.get_hosted_zone(Id=zone)
    refused(lambda: route53.get_hosted_zone(Id=zone), "Throttling", 400, modelled=False)


def test_route_53_throttles_an_account_as_a_whole_and_each_operation_by_itself(sim, client, route53, zone):
    off = {"rate": None, "burst": None}
    limit = {"rate": 10, "burst": 2}
    get, by_name = lambda: route53.get_hosted_zone(Id=zone), route53.list_hosted_zones_by_name
    sim.settings(quotas={"route53": {"account": limit, "operation": off}})
    get(), by_name()
    # The bucket is one for all operations and all regions, and each account has its own.
    refused(route53.list_hosted_zones, "Throttling", 400, modelled=False)
    refused(client("route53", region="us-west-2").list_hosted_zones, "Throttling", 400, modelled=False)
    sim.settings(accounts={"AKIAOTHER": "222222222222"})
    client("route53", aws_access_key_id="AKIAOTHER", aws_secret_access_key="simulated").list_hosted_zones()

    sim.settings(quotas={"route53": {"account": off, "operation": limit}})
    sim.advance(1)
    get(), get()
    refused(get, "Throttling", 400, modelled=False)
    by_name()


def test_quotas_are_limits_and_no_throttling(sim, acm):
    names = [f"n{number}.example.com" for number in range(11)]
    refused(
        lambda: acm.request_certificate(DomainName=names[0], SubjectAlternativeNames=names[1:]),
        "LimitExceededException",
        400,
    )
    sim.settings(quotas={"certificates": 1})
    acm.request_certificate(DomainName="one.example.com")
    refused(lambda: acm.request_certificate(DomainName="two.example.com"), "LimitExceededException", 400)


def test_tags_have_rules(acm, request_certificate):
    arn = request_certificate(Tags=[{"Key": f"k{number}"} for number in range(50)])

    def add(key, value):
        acm.add_tags_to_certificate(CertificateArn=arn, Tags=[{"Key": key, "Value": value}])

    refused(lambda: add("one-more", ""), "TooManyTagsException", 400)
    refused(lambda: add("aws:mine", "x"), "InvalidTagException", 400)
    refused(lambda: add("wild", "*.example.com"), "ValidationException", 400)


@pytest.mark.parametrize(
    "name, code",
    [
        ("example", "ValidationException"),
        ("*.*.example.com", "ValidationException"),
        ("x.cloudfront.net", "InvalidParameterException"),
        ("a.elasticbeanstalk.com", "InvalidParameterException"),
        ("ab--c.example.com", "InvalidParameterException"),
        ("xn--0.example.com", "InvalidParameterException"),
    ],
)
def test_names_that_no_authority_may_certify_are_refused(acm, name, code):
    refused(lambda: acm.request_certificate(DomainName=name, ValidationMethod="DNS"), code, 400)


def test_all_that_is_wrong_with_a_batch_comes_in_one_message_and_nothing_is_done(route53, zone):
    changes = [
        cname("CREATE", "good.example.com", "x.example.net."),
        cname("DELETE", "gone.example.com", "x.example.net."),
        cname("CREATE", "other.example.org", "x.example.net."),
        cname("CREATE", "example.com", "x.example.net."),
    ]
    message = refused(
        lambda: route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes}),
        "InvalidChangeBatch",
        400,
    )
    for part in ("gone.example.com.", "but it was not found", "other.example.org.", "not permitted in zone", "at apex"):
        assert part in message
    assert "good.example.com" not in message
    assert len(route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]) == 2


def test_a_record_set_is_created_once_and_deleted_only_as_it_is(route53, zone):
    def change(action, value, ttl=300):
        batch = {"Changes": [cname(action, "a.example.com", value, ttl)]}
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    change("CREATE", "x.example.net.")
    assert "already exists" in refused(lambda: change("CREATE", "y.example.net."), "InvalidChangeBatch", 400)
    refused(lambda: change("DELETE", "x.example.net.", ttl=60), "InvalidChangeBatch", 400)
    refused(lambda: change("DELETE", "y.example.net."), "InvalidChangeBatch", 400)
    change("DELETE", "x.example.net.")


def test_a_batch_has_at_most_a_thousand_elements_and_upserts_count_twice(route53, zone):
    def send(action, count):
        changes = [cname(action, f"n{number}.example.com", "x.example.net.") for number in range(count)]
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    assert "1000" in refused(lambda: send("CREATE", 1001), "InvalidChangeBatch", 400)
    assert "1000" in refused(lambda: send("UPSERT", 501), "InvalidChangeBatch", 400)
    send("UPSERT", 500)
    send("UPSERT", 500)


def test_a_batch_has_at_most_32000_characters_of_values(route53, zone):
    def send(count):
        value = "v" * 64 + "."
        changes = [cname("CREATE", f"n{number}.example.com", value) for number in range(count)]
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    refused(lambda: send(493), "InvalidChangeBatch", 400)
    send(492)


def test_a_zone_is_busy_while_it_processes_a_change(sim, route53, zone):
    def change(action):
        batch = {"Changes": [cname(action, "a.example.com", "x.example.net.")]}
        return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)

    sim.settings(changeProcessingSeconds=5)
    change("CREATE")
    refused(lambda: change("DELETE"), "PriorRequestNotComplete", 400)
    sim.advance(5)
    change("DELETE")


def test_zones_and_changes_that_are_not_there_are_not_found(route53):
    refused(lambda: route53.get_hosted_zone(Id="Z0NONE"), "NoSuchHostedZone", 404)
    refused(lambda: route53.delete_hosted_zone(Id="Z0NONE"), "NoSuchHostedZone", 404)
    refused(lambda: route53.list_resource_record_sets(HostedZoneId="Z0NONE"), "NoSuchHostedZone", 404)
    refused(lambda: route53.get_change(Id="C0NONE"), "NoSuchChange", 404)


def test_zones_with_records_stay_and_references_are_used_once(route53, zone):
    batch = {"Changes": [cname("CREATE", "a.example.com", "x.example.net.")]}
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)
    refused(lambda: route53.delete_hosted_zone(Id=zone), "HostedZoneNotEmpty", 400)
    again = {"Name": "example.org", "CallerReference": "fixture"}
    refused(lambda: route53.create_hosted_zone(**again), "HostedZoneAlreadyExists", 409)
    refused(lambda: route53.create_hosted_zone(Name="a..b", CallerReference="x"), "InvalidDomainName", 400)


def test_statuses_are_those_of_the_api_model(route53):
    """The two statuses other than 400 used above are botocore's own word."""
    model = route53.meta.service_model
    for code, status in {"NoSuchHostedZone": 404, "NoSuchChange": 404, "HostedZoneAlreadyExists": 409}.items():
        assert model.shape_for(code).metadata["error"]["httpStatusCode"] == status


def test_a_request_without_a_signature_is_refused_by_each_service(sim):
    status, text = raw(sim, body=b"{}", X_Amz_Target="CertificateManager.ListCertificates")
    assert status == 400 and "MissingAuthenticationTokenException" in text
    for path, body in [("/2013-04-01/hostedzone", b""), ("/", b"Action=GetCallerIdentity&Version=2011-06-15")]:
        status, text = raw(sim, path, body)
        assert status == 403 and "<Code>MissingAuthenticationToken</Code>" in text


def test_operations_that_are_not_offered_are_unknown(acm, sts, route53):
    import_ = {"Certificate": b"-----BEGIN CERTIFICATE-----", "PrivateKey": b"x"}
    refused(lambda: acm.import_certificate(**import_), "UnknownOperationException", 400, modelled=False)
    refused(lambda: sts.get_session_token(), "InvalidAction", 400, modelled=False)
    with pytest.raises(ClientError) as raised:
        route53.list_health_checks()
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404
