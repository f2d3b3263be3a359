"""What is foreign in the account: alike in names, in tags, in what ACM asks for, and not the operator's to touch."""

from __future__ import annotations

import http.client

from auditor import CLUSTER, MANAGED_BY, UID
from stage import Failed, Simulator

ZONES = ("example.com", "example.org")
FOREIGN_KEY = "AKIAFOREIGN"
# A name that a foreign certificate has too; its validation record is there already, and foreign.
FOREIGN_NAME = "foreign.example.com"

ANOTHER_CLUSTER = {MANAGED_BY: "acmcert", CLUSTER: "another", UID: "another"}
CERTIFICATES = (
    {"domainName": FOREIGN_NAME, "region": "eu-west-1"},
    {"domainName": f"*.{FOREIGN_NAME}", "region": "us-east-1"},
    {"domainName": "theirs.example.com", "region": "eu-west-1", "tags": ANOTHER_CLUSTER},
    {"domainName": "ack.example.org", "region": "eu-west-1", "tags": {"services.k8s.aws/namespace": "default"}},
)
RECORDS = (
    ("www.example.com", "CNAME", "elsewhere.example.net"),
    ("_dmarc.example.com", "CNAME", "policy.example.net"),
    ("mail.example.org", "A", "192.0.2.1"),
    ("_acme-challenge.example.org", "TXT", '"x"'),
)


def plant_foreign(sim: Simulator) -> None:
    """Zones, and in them and in ACM what others have made, each certificate with its validation record."""
    zones = {name: sim.call("POST", "zones", {"name": name})["id"] for name in ZONES}
    for certificate in CERTIFICATES:
        sim.call("POST", "certificates", certificate)
    validations = (v for c in sim.call("GET", "state")["certificates"] for v in c["validations"])
    # A name and its wildcard share a record.
    asked_for = {(v["recordName"], "CNAME", v["recordValue"]) for v in validations}
    for name, kind, value in (*sorted(asked_for), *RECORDS):
        zone = next(zone for suffix, zone in zones.items() if name.endswith(suffix))
        add_record(sim, zone, name, kind, value)
    sim.call("DELETE", "calls")


def add_record(sim: Simulator, zone: str, name: str, kind: str, value: str) -> None:
    """By Route 53's own API, as somebody else."""
    change = (
        '<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch><Changes>'
        f"<Change><Action>CREATE</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type><TTL>60</TTL>"
        f"<ResourceRecords><ResourceRecord><Value>{value}</Value></ResourceRecord></ResourceRecords>"
        "</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"
    )
    scope = f"{FOREIGN_KEY}/20260101/us-east-1/route53/aws4_request"
    headers = {
        "content-type": "application/xml",
        "authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=00",
    }
    connection = http.client.HTTPConnection(sim.endpoint.removeprefix("http://"), timeout=10)
    connection.request("POST", f"/2013-04-01/hostedzone/{zone}/rrset", change, headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    if answer.status != 200:
        raise Failed(f"the foreign record {name} cannot be made: {text}")
