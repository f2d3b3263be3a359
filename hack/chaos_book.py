"""The book: what users did to each object and what struck it, and how many mutations of AWS that is good for."""

from __future__ import annotations

import collections
import dataclasses
from typing import Any

from auditor import UID, Aws, Finding, names_of

Json = dict[str, Any]

# More than the work itself takes: a fifth, rounded down, and one for each fault.
FACTOR = 1.2
MUTATING = {
    "RequestCertificate",
    "DeleteCertificate",
    "AddTagsToCertificate",
    "RemoveTagsFromCertificate",
    "ChangeResourceRecordSets",
}


def bases_of(spec: Json) -> set[str]:
    """ACM asks for one record for a name and its wildcard."""
    return {name.removeprefix("*.") for name in names_of(spec)}


@dataclasses.dataclass
class Life:
    """An object from its creation to its end: another one of the same name has a life of its own."""

    uid: str
    name: str
    retained: bool
    # How often each name came to the object, and with it a record that is made, and removed when the name goes.
    bases: collections.Counter[str]
    requests: int = 1
    tag_edits: int = 0
    faults: int = 0

    def fault_free(self) -> int:
        """Each set of names is requested once and its certificate let go once, and the user's tags are written once."""
        return 2 * self.requests + self.tag_edits


@dataclasses.dataclass
class Entry:
    """Mutations of one object, or of a record that several objects share, beside what they may be."""

    label: str
    fault_free: int
    faults: int
    mutations: int = 0

    def bound(self) -> int:
        return int(FACTOR * self.fault_free) + self.faults


class Book:
    """Kept by those who act as users and as fate; read together with the journal."""

    def __init__(self) -> None:
        self.lives: dict[str, Life] = {}

    def created(self, item: Json) -> str:
        uid, spec = item["metadata"]["uid"], item["spec"]
        retained = spec.get("deletionPolicy") == "Retain"
        self.lives[uid] = Life(uid, item["metadata"]["name"], retained, collections.Counter(bases_of(spec)))
        return uid

    def edited(self, uid: str, old: Json, new: Json) -> None:
        life = self.lives[uid]
        # The common name and the set of names make the certificate; tags are added to the one there is.
        if (old["domainName"], names_of(old)) != (new["domainName"], names_of(new)):
            life.requests += 1
            life.bases.update(bases_of(new) - bases_of(old))
        if old.get("tags", {}) != new.get("tags", {}):
            life.tag_edits += 1

    def struck(self, uids: set[str]) -> None:
        """Something went wrong while these objects were in work."""
        for uid in uids & self.lives.keys():
            self.lives[uid].faults += 1

    def retained(self) -> set[str]:
        return {uid for uid, life in self.lives.items() if life.retained}

    def entries(self, aws: Aws) -> list[Entry]:
        entries = {uid: Entry(life.name, life.fault_free(), life.faults) for uid, life in self.lives.items()}
        users: dict[str, list[Life]] = {}
        for life in self.lives.values():
            for name in life.bases:
                users.setdefault(name, []).append(life)
        for name, lives in users.items():
            if len(lives) == 1:
                entries[lives[0].uid].fault_free += 2 * lives[0].bases[name]
            else:
                # Nobody can say whose record it is: each of them may make it, and remove it.
                faults = sum(life.faults for life in lives)
                entries[name] = Entry(f"record of {name}", 2 * sum(life.bases[name] for life in lives), faults)
        for mutation in aws.by_operator:
            if key := self.key_of(mutation, aws, users):
                entries[key].mutations += 1
        return list(entries.values())

    def key_of(self, mutation: Json, aws: Aws, users: dict[str, list[Life]]) -> str | None:
        """Whose mutation it is: an object's, or a shared record's. None: not of any object that is in the book."""
        if mutation["operation"] == "ChangeResourceRecordSets":
            name = mutation["detail"]["name"].split(".", 1)[1]
            lives = users.get(name, [])
            return lives[0].uid if len(lives) == 1 else name if lives else None
        arn = mutation["detail"].get("certificateArn", mutation["target"])
        uid = aws.made.get(arn, {}).get(UID)
        return uid if uid in self.lives else None

    def too_many(self, aws: Aws) -> list[Finding]:
        found = []
        for entry in self.entries(aws):
            if entry.mutations > entry.bound():
                text = f"{entry.mutations} mutations; {entry.fault_free} without faults, {entry.faults} faults"
                found.append(Finding("mutations", text, entry.label))
        return found
