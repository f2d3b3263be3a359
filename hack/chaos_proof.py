"""The proof that the auditor can fail: one small world where all is well, and one for each thing that may go wrong."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import Any

import auditor
from auditor import CLUSTER, MANAGED_BY, SPEC_HASH, UID, Aws, Finding
from chaos_book import Book

Json = dict[str, Any]

KEY, ZONE, ARN, OTHER, FOREIGN = "ours", "Z1", "arn:one", "arn:two", "arn:foreign"
SPEC = {"domainName": "a.example.com", "subjectAlternativeNames": ["b.example.com"]}
EARLY, MIDDLE, LATE = (f"2026-01-01T00:00:0{second}.000Z" for second in (1, 2, 3))


class World:
    """One object, its certificate and record, and a foreign certificate and record."""

    def __init__(self) -> None:
        self.tags = {MANAGED_BY: "acmcert", CLUSTER: "c", UID: "u1", SPEC_HASH: "h", auditor.ATTEMPT: "0"}
        self.certificates = [self.certificate(ARN, self.tags), self.certificate(FOREIGN, {}, "f.example.com")]
        self.records = [self.record("_a.a.example.com"), self.record("_f.f.example.com")]
        self.before = Aws(
            {"certificates": self.certificates[1:], "hostedZones": [self.zone(self.records[1:])]}, [], KEY
        )
        self.before = copy.deepcopy(self.before)
        self.journal: list[Json] = []
        self.request(ARN, self.tags)
        self.change("CREATE", "_a.a.example.com")
        ready = {"type": "Ready", "status": "True", "reason": "Issued", "message": "", "observedGeneration": 1}
        names = [SPEC["domainName"], *SPEC["subjectAlternativeNames"]]
        self.object: Json = {
            "metadata": {"name": "o", "namespace": "n", "uid": "u1", "generation": 1},
            "spec": SPEC,
            "status": {"certificateArn": ARN, "names": names, "conditions": [ready]},
        }
        self.book = Book()
        self.book.created(self.object)

    @staticmethod
    def certificate(arn: str, tags: Json, name: str = "a.example.com") -> Json:
        validation = {"domainName": name, "recordName": f"_{name[0]}.{name}"}
        names = [name, "b.example.com"]
        return {
            **{"certificateArn": arn, "domainName": name, "subjectAlternativeNames": names, "status": "ISSUED"},
            **{"issuedAt": EARLY, "deletedAt": None, "tags": dict(tags), "validations": [validation]},
        }

    @staticmethod
    def record(name: str) -> Json:
        return {"name": name, "type": "CNAME", "ttl": 300, "values": [f"{name}.acm-validations.aws"]}

    @staticmethod
    def zone(records: list[Json]) -> Json:
        return {"id": ZONE, "records": records}

    def note(self, operation: str, target: str, detail: Json) -> None:
        seq = len(self.journal) + 1
        self.journal.append(
            {"seq": seq, "at": MIDDLE, "by": KEY, "operation": operation, "target": target, "detail": detail}
        )

    def request(self, arn: str, tags: Json) -> None:
        self.note("RequestCertificate", "a.example.com", {"certificateArn": arn, "tags": dict(tags)})

    def change(self, action: str, name: str, kind: str = "CNAME") -> None:
        values = self.record(name)["values"]
        self.note("ChangeResourceRecordSets", ZONE, {"action": action, "name": name, "type": kind, "values": values})

    def aws(self) -> Aws:
        return Aws({"certificates": self.certificates, "hostedZones": [self.zone(self.records)]}, self.journal, KEY)

    def audit(self, objects: list[Json] | None = None, specs: Json | None = None) -> Iterator[Finding]:
        aws, objects = self.aws(), [self.object] if objects is None else objects
        yield from auditor.duplicates_ever(aws)
        yield from auditor.duplicates_now(aws)
        yield from auditor.orphans(aws, objects, self.book.retained())
        yield from auditor.idle_records(aws, self.before)
        yield from auditor.foreign(aws, self.before)
        yield from auditor.records_taken(aws)
        yield from auditor.not_ready(aws, objects, {"o": SPEC} if specs is None else specs)
        yield from auditor.untrue(aws, objects, (LATE, LATE))
        yield from self.book.too_many(aws)
        if not objects:
            yield from auditor.leftovers(aws, self.before, self.book.retained())


def second_certificate(world: World, **tags: str) -> list[Finding]:
    more = {**world.tags, **tags}
    world.certificates.append(world.certificate(OTHER, more))
    world.request(OTHER, more)
    return list(world.audit())


def changed(change: Callable[[World], Any]) -> Callable[[World], list[Finding]]:
    def run(world: World) -> list[Finding]:
        change(world)
        return list(world.audit())

    return run


def status(world: World) -> Json:
    return world.object["status"]


def kept_record_only(world: World) -> list[Finding]:
    world.certificates[0]["deletedAt"] = EARLY
    return list(world.audit([], {}))


CASES: list[tuple[str, str, Callable[[World], list[Finding]]]] = [
    ("two for one attempt", "duplicate", lambda w: second_certificate(w)),
    ("two for one spec at the end", "duplicate", lambda w: second_certificate(w, **{auditor.ATTEMPT: "1"})),
    ("one that its object does not name", "orphan", lambda w: second_certificate(w, **{SPEC_HASH: "other"})),
    ("one whose object is gone", "orphan", lambda w: list(w.audit([], {}))),
    ("one that lost its tags", "orphan", changed(lambda w: w.certificates[0].update(tags={}))),
    ("a record that is left", "orphan", kept_record_only),
    ("a foreign certificate that is gone", "foreign", changed(lambda w: w.certificates[1].update(deletedAt=LATE))),
    ("a foreign record that is changed", "foreign", changed(lambda w: w.records[1].update(ttl=60))),
    ("a foreign record that is gone", "foreign", changed(lambda w: w.records.pop())),
    ("deleting what was not requested", "foreign", changed(lambda w: w.note("DeleteCertificate", FOREIGN, {}))),
    ("tagging what was not requested", "foreign", changed(lambda w: w.note("AddTagsToCertificate", FOREIGN, {}))),
    ("UPSERT", "foreign", changed(lambda w: w.change("UPSERT", "_a.a.example.com"))),
    ("deleting what was not created", "foreign", changed(lambda w: w.change("DELETE", "_x.x.example.com"))),
    ("deleting a foreign record", "foreign", changed(lambda w: w.change("DELETE", "_f.f.example.com"))),
    ("another type of record", "foreign", changed(lambda w: w.change("CREATE", "_x.x.example.com", "TXT"))),
    ("a zone that is made", "foreign", changed(lambda w: w.note("CreateHostedZone", "Z2", {}))),
    ("a record taken from an issued certificate", "record", changed(lambda w: w.change("DELETE", "_a.a.example.com"))),
    ("a deletion that does not end", "stuck", changed(lambda w: w.object["metadata"].update(deletionTimestamp=LATE))),
    ("an object that nobody wants", "stuck", lambda w: list(w.audit(None, {}))),
    ("an object that is not there", "not ready", lambda w: list(w.audit(None, {"o": SPEC, "p": SPEC}))),
    ("Ready of an earlier generation", "not ready", changed(lambda w: w.object["metadata"].update(generation=2))),
    ("not Ready", "not ready", changed(lambda w: status(w)["conditions"][0].update(status="False"))),
    (
        "a certificate of other names",
        "not ready",
        changed(lambda w: w.certificates[0].update(domainName="c.example.com")),
    ),
    ("a status of other names", "not ready", changed(lambda w: status(w).update(names=["a.example.com"]))),
    ("a certificate that was replaced", "not ready", lambda w: replaced(w)),
    ("Ready while it is pending", "untrue", changed(lambda w: w.certificates[0].update(issuedAt=None))),
    ("Ready after its end", "untrue", changed(lambda w: w.certificates[0].update(deletedAt=EARLY))),
    ("many mutations", "mutations", changed(lambda w: [w.note("AddTagsToCertificate", ARN, {}) for _ in range(9)])),
]


def replaced(world: World) -> list[Finding]:
    status(world)["previous"] = [{"certificateArn": OTHER}]
    return second_certificate(world, **{SPEC_HASH: "other"})


def prove() -> int:
    """Answers how many mistakes were caught; one that is not is the end."""
    if wrong := list(World().audit()):
        raise AssertionError(f"the auditor finds fault with a world where all is well: {wrong}")
    for what, kind, run in CASES:
        if kind not in {finding.kind for finding in run(World())}:
            raise AssertionError(f"the auditor overlooks {what}")
    return len(CASES)
