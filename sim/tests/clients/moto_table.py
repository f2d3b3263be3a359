"""Where moto and the simulator differ, who is right, and where AWS says so. docs/simulator/moto.md is made from it.

A fact that is compared and not listed here must be the same on both sides; one that is listed must still differ,
exactly so.
"""

from typing import NamedTuple

API, GUIDE = "ACM API Reference", "ACM User Guide"
ROUTE53_API, ROUTE53_GUIDE = "Route 53 API Reference", "Route 53 Developer Guide"
STS_API, IAM_GUIDE = "STS API Reference", "IAM User Guide"

SIMULATOR, MOTO, NOBODY = "acmcert-sim", "moto", "nobody knows"


class Difference(NamedTuple):
    moto: object
    simulator: object
    right: str
    source: str


def ours(moto, simulator, source):
    """A difference in which AWS is with the simulator."""
    return Difference(moto, simulator, SIMULATOR, source)


# For each call sequence: where AWS documents what it answers.
SOURCES = {
    "requesting": f"{API}, RequestCertificate and CertificateDetail; {GUIDE}, DNS validation",
    "refusing": f"{API}, errors of the operations; {GUIDE}, Quotas",
    "tagging": f"{API}, AddTagsToCertificate and RemoveTagsFromCertificate; {GUIDE}, Quotas",
    "issuing": f"{API}, CertificateDetail; {GUIDE}, DNS validation",
    "listing": f"{API}, ListCertificates and Filters",
    "searching": f"{API}, SearchCertificates",
    "throttling": f"{GUIDE}, Quotas; {ROUTE53_GUIDE}, Quotas",
    "zones": f"{ROUTE53_API}, CreateHostedZone, ListHostedZones and the errors of the operations",
    "records": f"{ROUTE53_API}, ChangeResourceRecordSets and GetChange; {ROUTE53_GUIDE}, Quotas",
    "record_names": f"{ROUTE53_API}, ListResourceRecordSets",
    "identities": f"{STS_API}, AssumeRole and AssumeRoleWithWebIdentity",
}

DIFFERENCES = {
    "requesting": {
        "describe at once": ours(
            "ok", "ResourceNotFoundException 400", f"{API}, RequestCertificate: there is a delay of several seconds"
        ),
        "list at once": ours(1, 0, f"{API}, RequestCertificate: there is a delay of several seconds"),
        "a pending certificate has IssuedAt": ours(True, False, f"{API}, CertificateDetail: the time of issue"),
        "a pending certificate has NotAfter": ours(
            True, False, f"{API}, CertificateDetail: the time after which the certificate is not valid"
        ),
        "a pending certificate has Serial": ours(
            True, False, f"{API}, CertificateDetail: the serial number of the certificate, and there is none yet"
        ),
        "two names have one value": ours(True, False, f"{GUIDE}, DNS validation: a CNAME of its own for each name"),
        "the spelling of RSA in answers": ours(
            "RSA_2048", "RSA-2048", f"{GUIDE}, Describe ACM certificates and List certificates: the samples"
        ),
        "an EC certificate was asked for": ours(
            "RSA_2048", "EC_prime256v1", f"{API}, RequestCertificate: KeyAlgorithm"
        ),
    },
    "refusing": {
        "request example": ours(
            "ok", "ValidationException 400", f"{API}, RequestCertificate: the pattern of DomainName"
        ),
        "request *.*.example.com": ours(
            "ok", "ValidationException 400", f"{API}, RequestCertificate: the pattern of DomainName"
        ),
        "request x.cloudfront.net": ours(
            "ok",
            "InvalidParameterException 400",
            f"{GUIDE}, Troubleshoot certificate requests: names that Amazon owns (the code is documented nowhere)",
        ),
        "eleven names": ours("ok", "LimitExceededException 400", f"{GUIDE}, Quotas: ten names, the first included"),
    },
    "tagging": {
        "a tag aws:x": ours(
            "ValidationException 400", "InvalidTagException 400", f"{API}, InvalidTagException: aws: is its example"
        ),
        "a tag value with *": ours("ok", "ValidationException 400", f"{API}, Tag: the pattern of Value"),
        "a token with changed tags": Difference(
            "another", "same", NOBODY, "documented nowhere: no client may depend on it"
        ),
    },
    "issuing": {
        "status without any record, later": ours(
            "ISSUED", "PENDING_VALIDATION", f"{GUIDE}, DNS validation: issued when ACM has found the record"
        ),
        "days of validity": ours(365, 198, f"{GUIDE}, Certificate characteristics: 198 days since February 2026"),
        "a serial is hex with colons": ours(False, True, f"{API}, CertificateDetail: the pattern of Serial"),
        "eligible for renewal in use": ours(
            "INELIGIBLE", "ELIGIBLE", f"{GUIDE}, Managed certificate renewal: issued by Amazon and in use"
        ),
        "a list shows names": ours(None, ["www.example.com"], f"{API}, CertificateSummary"),
        "delete in use": ours("ok", "ResourceInUseException 400", f"{API}, DeleteCertificate: errors"),
    },
    "listing": {
        "a page of two certificates": ours((3, False), (2, True), f"{API}, ListCertificates: MaxItems"),
    },
    "searching": {
        "search for every certificate": ours("not implemented", "ok", f"{API}, SearchCertificates"),
    },
    "throttling": {
        "thirty describes at once": ours(
            ["ok"], ["ThrottlingException 400", "ok"], f"{GUIDE}, Quotas: 10 DescribeCertificate a second"
        ),
        "eighty calls of Route 53 at once": ours(
            ["ok"], ["Throttling 400", "ok"], f"{ROUTE53_GUIDE}, Quotas: a burst of 50, then 10 a second"
        ),
    },
    "zones": {
        "change of a new zone": ours(
            "INSYNC", "PENDING", f"{ROUTE53_API}, CreateHostedZone: the initial status is PENDING"
        ),
        "the same reference again": ours(
            "ok", "HostedZoneAlreadyExists 409", f"{ROUTE53_API}, CreateHostedZone: HostedZoneAlreadyExists"
        ),
        "zones by name from a.org": ours(
            ["a.org."], ["a.org.", "b.org."], f"{ROUTE53_API}, ListHostedZonesByName: dnsname is where the list begins"
        ),
        "get no change": ours("ok", "NoSuchChange 404", f"{ROUTE53_API}, GetChange: NoSuchChange"),
    },
    "records": {
        "status of a change at once": ours("INSYNC", "PENDING", f"{ROUTE53_API}, GetChange: PENDING while it propagates"),
        "create another value": ours(
            "ok", "InvalidChangeBatch 400", f"{ROUTE53_API}, Change: CREATE makes a set that is not there yet"
        ),
        "delete nothing at all": ours(
            "InvalidInput 400", "InvalidChangeBatch 400", f"{ROUTE53_API}, ChangeResourceRecordSets: InvalidChangeBatch"
        ),
        "delete another TTL": ours(
            "InvalidInput 400", "InvalidChangeBatch 400", f"{ROUTE53_API}, ChangeResourceRecordSets: InvalidChangeBatch"
        ),
        "the good one of a bad batch": ours(
            True, False, f"{ROUTE53_API}, ChangeResourceRecordSets: all or none of the changes"
        ),
        "a name that only ends like the zone": ours(
            "ok", "InvalidChangeBatch 400", "RFC 1034, section 3.1: badexample.com is no name below example.com"
        ),
        "a CNAME at the top": ours(
            "ok", "InvalidChangeBatch 400", f"{ROUTE53_GUIDE}, Supported DNS record types: CNAME"
        ),
        "a TXT beside a CNAME": ours(
            "ok", "InvalidChangeBatch 400", f"{ROUTE53_GUIDE}, Supported DNS record types: CNAME"
        ),
        "32,045 characters": ours("ok", "InvalidChangeBatch 400", f"{ROUTE53_GUIDE}, Quotas: 32,000 characters"),
        "no TTL": ours(
            "ok", "InvalidInput 400", f"{ROUTE53_API}, ResourceRecordSet: only an alias goes without a TTL"
        ),
    },
    "record_names": {
        "order and spelling of names": ours(
            ["*.example.com.", "UPPER.example.com.", "a.example.com.", "z.a.example.com.", "b.example.com."],
            ["\\052.example.com.", "a.example.com.", "z.a.example.com.", "b.example.com.", "upper.example.com."],
            f"{ROUTE53_GUIDE}, DNS domain name format: lower case, and an octal escape for the asterisk",
        ),
        "names from b.example.com": ours(
            ["b.example.com."],
            ["b.example.com.", "upper.example.com."],
            f"{ROUTE53_GUIDE}, DNS domain name format: lower case",
        ),
    },
    "identities": {
        "service in the caller's ARN": ours("sts", "iam", f"{IAM_GUIDE}, IAM identifiers: the ARN of a user is IAM's"),
        "a session name with a space": ours(
            "ok", "ValidationError 400", f"{STS_API}, AssumeRole: the pattern of RoleSessionName"
        ),
        "thirteen hours": ours("ok", "ValidationError 400", f"{STS_API}, AssumeRole: DurationSeconds, at most 43,200"),
        "members of a web identity": ours(
            ["AssumedRoleUser", "Credentials", "PackedPolicySize"],
            ["AssumedRoleUser", "Audience", "Credentials", "SubjectFromWebIdentityToken"],
            f"{STS_API}, AssumeRoleWithWebIdentity: subject and audience of the token, a size only of a policy",
        ),
    },
}
