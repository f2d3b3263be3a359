"""The call sequences of test_moto.py. The docstring of each says its calls in order.

A fact is what one of them answers, made plain: ids become `true` or patterns, for those differ anyway.
"""

import re

from conftest import REGION, cname


def shape_of(text):
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", text)


def requesting(side, fact):
    """RequestCertificate for three names, then DescribeCertificate and ListCertificates, then RequestCertificate again"""
    arn = side.request("www.example.com", SubjectAlternativeNames=["*.example.com", "example.com"], IdempotencyToken="t")
    fact("the ARN of a request", shape_of(arn))
    fact("describe at once", side.outcome(lambda: side.describe(arn)))
    fact("list at once", len(side.acm.list_certificates()["CertificateSummaryList"]))
    side.settle()
    pending = side.describe(arn)
    fact("status before any record", pending["Status"])
    fact("the type", pending["Type"])
    fact("the names", sorted(pending["SubjectAlternativeNames"]))
    fact("first name", pending["DomainName"])
    for member in ("IssuedAt", "NotAfter", "Serial"):
        fact(f"a pending certificate has {member}", member in pending)
    options = {option["DomainName"]: option for option in pending["DomainValidationOptions"]}
    fact("one option for each name", len(options))
    fact("domain statuses before any record", {option["ValidationStatus"] for option in options.values()})
    records = {name: option["ResourceRecord"] for name, option in options.items()}
    fact("x and *.x share the record", records["example.com"] == records["*.example.com"])
    fact("two names have one value", records["example.com"]["Value"] == records["www.example.com"]["Value"])
    form = r"_[0-9a-f]{32}\.example\.com\. CNAME _[0-9a-f]{32}\.[a-z]{10}\.acm-validations\.aws\."
    record = records["example.com"]
    fact("the record's form", bool(re.fullmatch(form, f"{record['Name']} {record['Type']} {record['Value']}")))
    again = side.request("www.example.com", SubjectAlternativeNames=["*.example.com", "example.com"], IdempotencyToken="t")
    fact("one token, one certificate", again == arn)
    fact("another token, another certificate", side.request(IdempotencyToken="u") != arn)
    fact("the spelling of RSA in answers", pending["KeyAlgorithm"])
    curve = side.request("ec.example.com", KeyAlgorithm="EC_prime256v1")
    side.settle()
    fact("an EC certificate was asked for", side.describe(curve)["KeyAlgorithm"])


def refusing(side, fact):
    """DescribeCertificate, DeleteCertificate, ListTagsForCertificate of nothing, RequestCertificate for impossible names"""
    missing = f"arn:aws:acm:{REGION}:123456789012:certificate/00000000-0000-0000-0000-000000000000"
    fact("describe nothing", side.outcome(lambda: side.describe(missing)))
    fact("delete nothing", side.outcome(lambda: side.acm.delete_certificate(CertificateArn=missing)))
    fact("tags of nothing", side.outcome(lambda: side.acm.list_tags_for_certificate(CertificateArn=missing)))
    for name in ("example", "*.*.example.com", "x.cloudfront.net"):
        fact(f"request {name}", side.outcome(lambda: side.request(name)))
    names = [f"n{number}.example.com" for number in range(12)]
    fact("eleven names", side.outcome(lambda: side.request(names[0], SubjectAlternativeNames=names[1:11])))
    fact("twelve names", side.outcome(lambda: side.request(names[0], SubjectAlternativeNames=names[1:])))


def tagging(side, fact):
    """RequestCertificate with tags, AddTagsToCertificate, RemoveTagsFromCertificate, ListTagsForCertificate"""
    arn = side.request(Tags=[{"Key": "a", "Value": "1"}, {"Key": "bare"}])
    side.settle()

    def tags():
        listed = side.acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]
        return {tag["Key"]: tag.get("Value") for tag in listed}

    def add(*pairs):
        more = [{"Key": key, "Value": value} for key, value in pairs]
        return side.outcome(lambda: side.acm.add_tags_to_certificate(CertificateArn=arn, Tags=more))

    fact("tags of the request", tags())
    add(("a", "2"), ("c", "3"))
    fact("tags added and replaced", tags())
    side.acm.remove_tags_from_certificate(CertificateArn=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "c"}])
    fact("a tag of another value stays", tags())
    fact("a tag aws:x", add(("aws:x", "y")))
    fact("a tag value with *", add(("star", "*.example.com")))
    fact("too many tags", add(*((f"k{number}", "") for number in range(50))))
    changed = [side.request(IdempotencyToken="t", Tags=[{"Key": "a", "Value": value}]) for value in "12"]
    fact("a token with changed tags", "same" if changed[0] == changed[1] else "another")


def issuing(side, fact):
    """RequestCertificate twice, ChangeResourceRecordSets, then DescribeCertificate, ListCertificates, DeleteCertificate"""
    without, proven = side.request("a.example.org"), side.request("www.example.com")
    zone = side.zone("example.com")
    side.settle()
    record = side.describe(proven)["DomainValidationOptions"][0]["ResourceRecord"]
    side.change(zone, cname("CREATE", record["Name"], record["Value"]))
    side.pass_time()
    fact("status with its record, later", side.describe(proven)["Status"])
    fact("status without any record, later", side.describe(without)["Status"])
    issued = side.describe(proven)
    fact("domain status when issued", issued["DomainValidationOptions"][0]["ValidationStatus"])
    fact("an issued certificate has", {"IssuedAt", "NotBefore", "NotAfter", "Serial"} <= set(issued))
    fact("days of validity", (issued["NotAfter"] - issued["NotBefore"]).days)
    fact("a serial is hex with colons", bool(re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2})+", issued["Serial"])))
    fact("users of a fresh certificate", issued["InUseBy"])
    fact("eligible for renewal unused", issued["RenewalEligibility"])
    side.use(proven)
    fact("users of a used certificate", side.describe(proven)["InUseBy"])
    fact("eligible for renewal in use", side.describe(proven)["RenewalEligibility"])
    listed = {each["CertificateArn"]: each for each in side.acm.list_certificates()["CertificateSummaryList"]}
    fact("a list says InUse", listed[proven].get("InUse"))
    fact("a list shows names", listed[proven].get("SubjectAlternativeNameSummaries"))
    fact("delete in use", side.outcome(lambda: side.acm.delete_certificate(CertificateArn=proven)))
    fact("delete unused", side.outcome(lambda: side.acm.delete_certificate(CertificateArn=without)))
    fact("describe deleted", side.outcome(lambda: side.describe(without)))


def listing(side, fact):
    """RequestCertificate three times, ListCertificates by pages and by filters"""
    for number in range(3):
        side.request(f"n{number}.example.com")
    side.settle()
    page = side.acm.list_certificates(MaxItems=2)
    fact("a page of two certificates", (len(page["CertificateSummaryList"]), "NextToken" in page))
    filtered = side.acm.list_certificates(CertificateStatuses=["ISSUED"])["CertificateSummaryList"]
    fact("issued among pending", len(filtered))
    curves = side.acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})["CertificateSummaryList"]
    fact("EC among RSA", len(curves))
    rsa = side.acm.list_certificates(Includes={"keyTypes": ["RSA_2048"]})["CertificateSummaryList"]
    fact("RSA among RSA", len(rsa))


def searching(side, fact):
    """RequestCertificate, SearchCertificates"""
    side.request()
    side.settle()
    fact("search for every certificate", side.outcome(side.acm.search_certificates))


def throttling(side, fact):
    """DescribeCertificate thirty times and GetHostedZone eighty times, at once"""
    arn, zone = side.request(), side.zone("example.com")
    side.settle()
    side.throttled()
    fact("thirty describes at once", sorted({side.outcome(lambda: side.describe(arn)) for _ in range(30)}))
    get = lambda: side.route53.get_hosted_zone(Id=zone)  # noqa: E731
    fact("eighty calls of Route 53 at once", sorted({side.outcome(get) for _ in range(80)}))


def zones(side, fact):
    """CreateHostedZone, ListHostedZonesByName, ListHostedZones, GetHostedZone, GetChange, DeleteHostedZone"""
    made = side.route53.create_hosted_zone(Name="example.com", CallerReference="r", HostedZoneConfig={"Comment": "c"})
    zone = made["HostedZone"]["Id"]
    fact("status of a new zone", made["ResponseMetadata"]["HTTPStatusCode"])
    fact("a zone id has its prefix", zone.startswith("/hostedzone/"))
    fact("name of a new zone", made["HostedZone"]["Name"])
    fact("config of a new zone", made["HostedZone"]["Config"])
    fact("record sets of a new zone", made["HostedZone"]["ResourceRecordSetCount"])
    fact("servers of a new zone", len(made["DelegationSet"]["NameServers"]))
    fact("change of a new zone", made["ChangeInfo"]["Status"])
    sets = side.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    fact("types and TTLs of a new zone", sorted((each["Type"], each["TTL"]) for each in sets))
    again = lambda: side.route53.create_hosted_zone(Name="example.com", CallerReference="r")  # noqa: E731
    fact("the same reference again", side.outcome(again))
    side.zone("b.org")
    side.zone("a.org")
    by_name = side.route53.list_hosted_zones_by_name(DNSName="a.org")["HostedZones"]
    fact("zones by name from a.org", [each["Name"] for each in by_name])
    page = side.route53.list_hosted_zones(MaxItems="1")
    fact("a page of one zone", (len(page["HostedZones"]), page["IsTruncated"], page["MaxItems"], "NextMarker" in page))
    fact("get no zone", side.outcome(lambda: side.route53.get_hosted_zone(Id="Z0NONE")))
    fact("delete no zone", side.outcome(lambda: side.route53.delete_hosted_zone(Id="Z0NONE")))
    fact("get no change", side.outcome(lambda: side.route53.get_change(Id="C0NONE")))
    side.change(zone, cname("CREATE", "a.example.com", "x.example.net."))
    fact("delete a zone with records", side.outcome(lambda: side.route53.delete_hosted_zone(Id=zone)))


def records(side, fact):
    """CreateHostedZone, ChangeResourceRecordSets with one change and with many, GetChange, ListResourceRecordSets"""
    zone = side.zone("example.com")
    sent = side.change(zone, cname("CREATE", "a.example.com", "x.example.net."))
    fact("status of a change at once", sent["ChangeInfo"]["Status"])
    side.pass_time()
    changed = side.route53.get_change(Id=sent["ChangeInfo"]["Id"])
    fact("status of a change later", changed["ChangeInfo"]["Status"])
    sets = side.route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    fact("a record set reads back", [each for each in sets if each["Type"] == "CNAME"])

    def tried(*changes):
        return side.outcome(lambda: side.change(zone, *changes))

    fact("create the same again", tried(cname("CREATE", "a.example.com", "x.example.net.")))
    fact("create another value", tried(cname("CREATE", "a.example.com", "y.example.net.")))
    fact("delete nothing at all", tried(cname("DELETE", "gone.example.com", "x.example.net.")))
    fact("upsert", tried(cname("UPSERT", "u.example.com", "x.example.net.")))
    fact("upsert again", tried(cname("UPSERT", "u.example.com", "y.example.net.")))
    fact("delete another TTL", tried(cname("DELETE", "u.example.com", "y.example.net.", ttl=1)))
    fact("delete", tried(cname("DELETE", "u.example.com", "y.example.net.")))
    good, bad = (cname("CREATE", name, "x.example.net.") for name in ("g.example.com", "g.example.org"))
    fact("a batch with one bad change", tried(good, bad))
    fact("the good one of a bad batch", "g.example.com." in side.names(zone))
    fact("a name that only ends like the zone", tried(cname("CREATE", "badexample.com", "x.example.net.")))
    fact("a CNAME at the top", tried(cname("CREATE", "example.com", "x.example.net.")))
    text = {"Name": "a.example.com", "Type": "TXT", "TTL": 1, "ResourceRecords": [{"Value": '"t"'}]}
    fact("a TXT beside a CNAME", tried({"Action": "CREATE", "ResourceRecordSet": text}))
    many = [cname("UPSERT", f"n{number}.example.com", "x.example.net.") for number in range(501)]
    fact("501 upserts", tried(*many))
    long = [cname("CREATE", f"n{number}.example.com", "v" * 64 + ".") for number in range(493)]
    fact("32,045 characters", tried(*long))
    untimed = {"Name": "b.example.com", "Type": "CNAME", "ResourceRecords": [{"Value": "x.example.net."}]}
    fact("no TTL", tried({"Action": "CREATE", "ResourceRecordSet": untimed}))


def record_names(side, fact):
    """CreateHostedZone, ChangeResourceRecordSets with five names, ListResourceRecordSets from the top and from a name"""
    zone = side.zone("example.com")
    for name in ("*.example.com", "z.a.example.com", "b.example.com", "a.example.com", "UPPER.example.com"):
        side.change(zone, cname("CREATE", name, "x.example.net."))
    fact("order and spelling of names", side.names(zone))
    fact("names from b.example.com", side.names(zone, StartRecordName="b.example.com", StartRecordType="CNAME"))
    page = side.route53.list_resource_record_sets(HostedZoneId=zone, MaxItems="3")
    fact("a page of three sets", (len(page["ResourceRecordSets"]), page["IsTruncated"], page["NextRecordType"]))


def identities(side, fact):
    """GetCallerIdentity, AssumeRole, AssumeRoleWithWebIdentity"""
    me = side.sts.get_caller_identity()
    fact("account of the caller", me["Account"])
    fact("service in the caller's ARN", me["Arn"].split(":")[2])
    role = "arn:aws:iam::222222222222:role/path/writer"
    answer = side.sts.assume_role(RoleArn=role, RoleSessionName="me")
    fact("ARN of an assumed role", answer["AssumedRoleUser"]["Arn"])
    fact("form of an assumed role's id", bool(re.fullmatch(r"AROA[A-Z0-9]{17}:me", answer["AssumedRoleUser"]["AssumedRoleId"])))
    fact("keys of an assumed role", answer["Credentials"]["AccessKeyId"][:4])
    assume = lambda **more: side.outcome(lambda: side.sts.assume_role(RoleArn=role, **more))  # noqa: E731
    fact("a session name with a space", assume(RoleSessionName="not me"))
    fact("thirteen hours", assume(RoleSessionName="me", DurationSeconds=46_800))
    web = side.sts.assume_role_with_web_identity(RoleArn=role, RoleSessionName="me", WebIdentityToken="a.b.c")
    fact("ARN of a web identity", web["AssumedRoleUser"]["Arn"])
    fact("members of a web identity", sorted(set(web) - {"ResponseMetadata"}))


SEQUENCES = [
    requesting,
    refusing,
    tagging,
    issuing,
    listing,
    searching,
    throttling,
    zones,
    records,
    record_names,
    identities,
]
