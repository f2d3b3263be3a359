"""The auditor: what must be true of AWS and of the objects, whatever became of the operator in between.

It reads the simulator's state and journal, and the objects as the API server gives them. It asks the operator nothing,
and takes nothing from the operator's own account of what it did. Every check answers findings; none means all is well.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator
from typing import Any

Json = dict[str, Any]
Specs = dict[str, Json]

PREFIX = "acmcert.io/"
UID, CLUSTER, MANAGED_BY = PREFIX + "uid", PREFIX + "cluster", PREFIX + "managed-by"
SPEC_HASH, ATTEMPT = PREFIX + "spec-hash", PREFIX + "attempt"

# In the order of the summary.
KINDS = ("duplicate", "orphan", "foreign", "stuck", "not ready", "record", "untrue", "busy", "mutations", "process")


@dataclasses.dataclass(frozen=True)
class Finding:
    """One thing that is not as it must be, with what shows it."""

    kind: str
    text: str
    object: str = ""
    certificate: str = ""
    journal: tuple[str, ...] = ()

    def lines(self) -> Iterator[str]:
        yield f"{self.kind}: {self.text}"
        for label, value in (("object", self.object), ("certificate", self.certificate)):
            if value:
                yield f"    {label}: {value}"
        yield from (f"    journal: {line}" for line in self.journal)


def line(entry: Json) -> str:
    """A journal entry as one line, its tags shortened to what identifies."""
    detail = dict(entry["detail"])
    tags = detail.get("tags")
    if isinstance(tags, dict):
        detail["tags"] = {k.removeprefix(PREFIX): v for k, v in tags.items() if k in (UID, SPEC_HASH, ATTEMPT)}
    return f"{entry['seq']} {entry['at']} {entry['by']} {entry['operation']} {entry['target']} {json.dumps(detail)}"


class Aws:
    """One look at the simulator: its state at that moment, and its journal up to then."""

    def __init__(self, state: Json, journal: list[Json], key: str):
        self.certificates: dict[str, Json] = {c["certificateArn"]: c for c in state["certificates"]}
        self.records: dict[tuple[str, str, str], Json] = {
            (zone["id"], r["name"], r["type"]): r for zone in state["hostedZones"] for r in zone["records"]
        }
        self.journal = journal
        self.by_operator = [entry for entry in journal if entry["by"] == key]
        # What the operator has requested, with the tags of the request: later ones may have been removed.
        self.made: dict[str, Json] = {
            e["detail"]["certificateArn"]: e["detail"]["tags"]
            for e in self.by_operator
            if e["operation"] == "RequestCertificate"
        }

    def alive(self) -> Iterator[tuple[str, Json]]:
        return ((arn, c) for arn, c in self.certificates.items() if not c["deletedAt"])

    def about(self, *words: str | None) -> tuple[str, ...]:
        """Journal lines that mention any of these."""
        wanted = [word for word in words if word]
        lines = ((line(entry), json.dumps(entry)) for entry in self.journal)
        return tuple(short for short, whole in lines if any(word in whole for word in wanted))


def triple(tags: Json) -> tuple[str, str, str]:
    return tags.get(UID, ""), tags.get(SPEC_HASH, ""), tags.get(ATTEMPT, "")


def shown(triple_: Iterable[str]) -> str:
    return "uid {}, spec hash {}, attempt {}".format(*triple_)


def duplicates_ever(aws: Aws) -> Iterator[Finding]:
    """At every instant at most one live certificate for each UID, spec hash and attempt."""
    alive: dict[tuple[str, str, str], str] = {}
    for entry in aws.journal:
        if entry["operation"] in ("DeleteCertificate", "Delete"):
            alive = {of: arn for of, arn in alive.items() if arn != entry["target"]}
        arn = entry["detail"].get("certificateArn")
        if entry["operation"] != "RequestCertificate" or arn not in aws.made:
            continue
        of = triple(aws.made[arn])
        if of in alive:
            text = f"two live certificates for {shown(of)}"
            yield Finding("duplicate", text, of[0], f"{alive[of]}, {arn}", aws.about(alive[of], arn))
        alive[of] = arn


def duplicates_now(aws: Aws) -> Iterator[Finding]:
    """At the end at most one for each UID and spec hash, whatever the attempt."""
    first: dict[tuple[str, str], str] = {}
    for arn, certificate in aws.alive():
        tags = certificate["tags"]
        if arn not in aws.made or UID not in tags:
            continue
        of = triple(tags)[:2]
        if of in first:
            text = f"two live certificates at the end for uid {of[0]}, spec hash {of[1]}"
            yield Finding("duplicate", text, of[0], f"{first[of]}, {arn}", aws.about(first[of], arn))
        first[of] = arn


def orphans(aws: Aws, objects: list[Json], retained: set[str]) -> Iterator[Finding]:
    """Every live certificate that the operator made belongs to a live object that names it, or was retained."""
    by_uid = {item["metadata"]["uid"]: item for item in objects}
    for arn, certificate in aws.alive():
        if arn not in aws.made:
            continue
        uid = aws.made[arn][UID]
        if not any(key.startswith(PREFIX) for key in certificate["tags"]):
            if uid not in retained:
                yield Finding("orphan", "lost its tags, and was not to be retained", uid, arn, aws.about(arn))
            continue
        owner = by_uid.get(uid)
        if owner is None:
            yield Finding("orphan", f"{certificate['status']}, of an object that is gone", uid, arn, aws.about(arn))
        elif arn not in arns(owner):
            text = f"{certificate['status']}, and its object does not name it"
            yield Finding("orphan", text, label(owner), arn, aws.about(arn))


def idle_records(aws: Aws, before: Aws) -> Iterator[Finding]:
    """Every validation record that is not foreign is needed by a certificate that is there."""
    needed = {v["recordName"] for _, certificate in aws.alive() for v in certificate["validations"]}
    for (zone, name, type_), record in aws.records.items():
        if type_ == "CNAME" and (zone, name, type_) not in before.records and name not in needed:
            text = f"nothing needs the record {name} -> {record['values'][0]} in {zone}"
            yield Finding("orphan", text, "", "", aws.about(name))


def leftovers(aws: Aws, before: Aws, retained: set[str]) -> Iterator[Finding]:
    """With no object left there is no certificate and no validation record of ours, but for retained ones."""
    kept = {arn for arn, c in aws.alive() if arn in aws.made and aws.made[arn][UID] in retained}
    for arn, certificate in aws.alive():
        if arn in aws.made and arn not in kept:
            text = f"{certificate['domainName']} ({certificate['status']}) is left after the last deletion"
            yield Finding("orphan", text, aws.made[arn][UID], arn, aws.about(arn))
    # What is retained keeps its records; everything else is gone by now, and so are theirs.
    yield from idle_records(aws, before)


def foreign(aws: Aws, before: Aws) -> Iterator[Finding]:
    """What was there before is as it was; the operator changed only what it had made, and never by UPSERT."""
    for arn, certificate in before.certificates.items():
        if aws.certificates.get(arn) != certificate:
            yield Finding("foreign", "a foreign certificate has changed", "", arn, aws.about(arn))
    for (zone, name, type_), record in before.records.items():
        if aws.records.get((zone, name, type_)) != record:
            yield Finding(
                "foreign", f"the foreign record {name} {type_} in {zone} has changed", "", "", aws.about(name)
            )
    ours: set[tuple[str, str]] = set()
    for entry in aws.by_operator:
        if trespass := trespasses(entry, aws, before, ours):
            yield Finding("foreign", trespass, "", "", (line(entry),))


def trespasses(entry: Json, aws: Aws, before: Aws, ours: set[tuple[str, str]]) -> str | None:
    """What is wrong with a mutation of the operator; `ours` follows the records that it has made."""
    operation, target, detail = entry["operation"], entry["target"], entry["detail"]
    if operation == "RequestCertificate":
        return None
    if operation in ("DeleteCertificate", "AddTagsToCertificate", "RemoveTagsFromCertificate"):
        return None if target in aws.made else f"{operation} of a certificate that the operator did not request"
    if operation != "ChangeResourceRecordSets":
        return f"the operator has no business with {operation}"
    action, record = detail["action"], (target, detail["name"])
    is_validation = detail["type"] == "CNAME" and all(v.endswith(".acm-validations.aws") for v in detail["values"])
    if action == "UPSERT" or not is_validation or (*record, "CNAME") in before.records:
        return f"{action} of {detail['type']} {detail['name']}"
    if action == "CREATE":
        ours.add(record)
    elif record not in ours:
        return f"DELETE of {detail['name']}, which the operator had not created"
    else:
        ours.discard(record)
    return None


def records_taken(aws: Aws) -> Iterator[Finding]:
    """No record is deleted under a certificate that is issued and still there: its renewal would fail."""
    needed: dict[str, list[Json]] = {}
    for certificate in aws.certificates.values():
        for validation in certificate["validations"]:
            needed.setdefault(validation["recordName"], []).append(certificate)
    for entry in aws.by_operator:
        if entry["operation"] != "ChangeResourceRecordSets" or entry["detail"]["action"] != "DELETE":
            continue
        name, at = entry["detail"]["name"], entry["at"]
        for c in needed.get(name, []):
            # Times are all of one form, so that they compare as text.
            if c["issuedAt"] and c["issuedAt"] <= at and (not c["deletedAt"] or c["deletedAt"] > at):
                text = f"{name} was deleted while an issued certificate needed it"
                owner = aws.made.get(c["certificateArn"], {}).get(UID, "not ours")
                yield Finding("record", text, owner, c["certificateArn"], aws.about(name, c["certificateArn"]))


def condition(item: Json, kind: str = "Ready") -> Json:
    conditions = item.get("status", {}).get("conditions", [])
    return next((c for c in conditions if c["type"] == kind), {"status": "absent", "reason": "", "message": ""})


def label(item: Json) -> str:
    meta = item["metadata"]
    return f"{meta['namespace']}/{meta['name']} (uid {meta['uid']})"


def about_object(kind: str, text: str, item: Json, aws: Aws) -> Finding:
    journal = aws.about(item["metadata"]["uid"], *arns(item))
    return Finding(kind, text, label(item), ", ".join(arns(item)), journal)


def names_of(spec: Json) -> set[str]:
    return {spec["domainName"], *spec.get("subjectAlternativeNames", [])}


def not_ready(aws: Aws, objects: list[Json], specs: Specs) -> Iterator[Finding]:
    """Every object that users want is Ready, with an ISSUED certificate of exactly its names; no other is there."""
    items = {item["metadata"]["name"]: item for item in objects}
    for name in sorted(specs.keys() - items.keys()):
        yield Finding("not ready", f"{name} should be there and is not")
    for name, item in items.items():
        if item["metadata"].get("deletionTimestamp"):
            text = f"in deletion since {item['metadata']['deletionTimestamp']}: {condition(item)['message']}"
            blocked = condition(item, "DeletionBlocked")
            text += f" Blocked: {blocked['message']}" if blocked["status"] == "True" else ""
            yield about_object("stuck", text, item, aws)
        elif name not in specs:
            yield Finding("stuck", "nobody wants it any more", label(item))
        elif wrong := what_is_wrong(aws, item, specs[name]):
            yield about_object("not ready", wrong, item, aws)


def arns(item: Json) -> list[str]:
    """Every certificate that the object names."""
    status = item.get("status", {})
    pending = status.get("request", {}).get("certificateArn")
    previous = [p["certificateArn"] for p in status.get("previous", [])]
    return [arn for arn in [status.get("certificateArn"), pending, *previous] if arn]


def what_is_wrong(aws: Aws, item: Json, spec: Json) -> str | None:
    status = item.get("status", {})
    is_ready = condition(item)
    generation = item["metadata"]["generation"]
    if is_ready["status"] != "True" or is_ready.get("observedGeneration") != generation:
        observed = is_ready.get("observedGeneration")
        return (
            f"Ready is {is_ready['status']}/{is_ready['reason']} at {observed} of {generation}: {is_ready['message']}"
        )
    retired = [arn for arn in arns(item)[1:] if arn in aws.certificates and not aws.certificates[arn]["deletedAt"]]
    if retired:
        return f"besides the one that serves there is still {', '.join(retired)}"
    certificate = aws.certificates.get(status.get("certificateArn", ""))
    if certificate is None or certificate["deletedAt"] or certificate["status"] != "ISSUED":
        word = "nothing" if certificate is None else certificate["status"]
        return f"Ready, but its certificate is {word}, deleted {certificate and certificate['deletedAt']}"
    covered = {certificate["domainName"], *certificate["subjectAlternativeNames"]}
    if covered != names_of(spec) or certificate["domainName"] != spec["domainName"]:
        return f"its certificate covers {sorted(covered)}, not {sorted(names_of(spec))}"
    if set(status.get("names", [])) != covered:
        return f"its status says {status.get('names')}, its certificate covers {sorted(covered)}"
    missing = spec.get("tags", {}).items() - certificate["tags"].items()
    return f"its certificate lacks the tags {dict(missing)}" if missing else None


def untrue(aws: Aws, objects: list[Json], read: tuple[str, str]) -> Iterator[Finding]:
    """While all this goes on: who says Ready of the present spec has an issued certificate of exactly these names.

    `read`: the times before and after the objects were read; `aws` is younger than both.
    """
    for item in objects:
        is_ready, generation = condition(item), item["metadata"]["generation"]
        if is_ready["status"] != "True" or is_ready.get("observedGeneration") != generation:
            continue
        c = aws.certificates.get(item["status"].get("certificateArn", ""))
        was_issued = c and c["issuedAt"] and c["issuedAt"] <= read[1]
        is_there = c and (not c["deletedAt"] or c["deletedAt"] >= read[0])
        covered = {c["domainName"], *c["subjectAlternativeNames"]} if c else set()
        if not was_issued or not is_there or covered != names_of(item["spec"]):
            text = f"says Ready at {read[0]}, but its certificate does not bear it out"
            yield about_object("untrue", text, item, aws)
