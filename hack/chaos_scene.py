"""A scene: one story's users, operators, faults and audit, from the first object to the last that is gone."""

from __future__ import annotations

import argparse
import dataclasses
import datetime
import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import auditor
from auditor import Aws, Finding
from chaos_api import CERTIFICATES, UNREACHABLE, Api, Refused
from chaos_book import MUTATING, Book
from chaos_foreign import plant_foreign
from chaos_ground import ACCESS_KEY, SETTINGS, Lane, Replica
from chaos_users import Users
from stage import Failed

Json = dict[str, Any]

# A request whose answer was lost is looked for a minute after the last start of an operator; and 2 cores are few.
PATIENCE = 150.0
# So long nothing at all may change once everything is settled: longer than every period but the record period.
QUIET = 2.5
# An operator may take 4 s to finish the step in hand, and the lease is given back after that.
TERM = 8.0


@dataclasses.dataclass
class Result:
    """The figures of a story."""

    story: str
    objects: int = 0
    kills: int = 0
    faults: int = 0
    mutations: int = 0
    fault_free: int = 0
    bound: int = 0
    calls: int = 0
    worst: str = ""
    converged: float | None = None
    gone: float | None = None
    seconds: float = 0.0
    findings: list[Finding] = dataclasses.field(default_factory=list)

    def found(self, kind: str) -> int:
        return sum(finding.kind == kind for finding in self.findings)


def now() -> str:
    """As the simulator writes times."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Scene:
    def __init__(self, lane: Lane, story: str, args: argparse.Namespace, tell: Callable[[str], None]):
        self.lane, self.tell, self.kills, self.patience = lane, tell, args.kills, args.patience
        seed, slots = args.seed, args.objects
        self.result = Result(story)
        self.rng = random.Random(f"{seed}/{story}")
        lane.story = story
        self.sim = lane.sim
        self.api = Api(lane.cluster)
        self.book = Book()
        self.users = Users(Api(lane.cluster), self.book, random.Random(f"{seed}/{story}/users"), slots)
        self.replicas: list[Replica] = []
        self.sim.call("POST", "reset")
        self.sim.call("PATCH", "settings", SETTINGS)
        plant_foreign(self.sim)
        self.before = self.look()
        self.untrue: dict[tuple[str, str], Finding] = {}
        self.watching = threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()

    # --- looking -------------------------------------------------------------------------------------------------

    def look(self) -> Aws:
        # NB: the journal first, then the state: what the journal has is in the state, not the other way round.
        journal = self.sim.call("GET", "journal")
        return Aws(self.sim.call("GET", "state"), journal, ACCESS_KEY)

    def journal(self, since: int) -> list[Json]:
        return self.sim.call("GET", f"journal?since={since}")

    def watch(self) -> None:
        """Looks for untrue words of Ready all the time."""
        api = Api(self.lane.cluster)
        while not self.watching.wait(0.5):
            begin = now()
            try:
                items = api.certificates()
                read = (begin, now())
                for finding in auditor.untrue(self.look(), items, read):
                    self.untrue.setdefault((finding.object, finding.certificate), finding)
            except (*UNREACHABLE, Refused):
                # The API server is down for a while in some stories.
                api.close()
        api.close()

    def in_work(self) -> set[str]:
        """Objects that an operator is busy with: a fault strikes these."""
        busy = set()
        for item in self.api.certificates():
            meta, status, is_ready = item["metadata"], item.get("status", {}), auditor.condition(item)
            pending = status.get("request", {}).get("certificateArn") or status.get("previous")
            settled = is_ready["status"] == "True" and is_ready.get("observedGeneration") == meta["generation"]
            if meta.get("deletionTimestamp") or pending or not settled:
                busy.add(meta["uid"])
        return busy

    def are_ready(self, *names: str) -> bool:
        items = {item["metadata"]["name"]: item for item in self.api.certificates()}
        return all(name in items and auditor.condition(items[name])["status"] == "True" for name in names)

    # --- fate ----------------------------------------------------------------------------------------------------

    def replica(self, name: str, *flags: str) -> Replica:
        replica = Replica(self.lane, name, list(flags))
        self.replicas.append(replica)
        return replica

    def strike(self) -> None:
        self.book.struck(self.in_work())

    def kill(self, replica: Replica) -> None:
        """kill -9"""
        self.strike()
        replica.kill()
        self.result.kills += 1

    def stop(self, replica: Replica) -> None:
        """SIGTERM; an operator that does not end well is a finding."""
        if wrong := replica.terminate(TERM):
            self.add(Finding("process", wrong))

    def until(self, holds: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + self.patience
        while not holds():
            if time.monotonic() > deadline:
                raise Failed(f"waited {self.patience:.0f} s in vain for {what}")
            self.sleep(0.1)

    def sleep(self, seconds: float) -> None:
        """Time passes for users and operators; a process that ends by itself meanwhile is a finding."""
        time.sleep(seconds)
        self.check_processes()

    def check_processes(self) -> None:
        for replica in self.replicas:
            code = replica.ended()
            if code is not None:
                self.add(Finding("process", f"{replica.name} ended by itself with {code}: see {replica.log}"))
                # As its Deployment would.
                replica.start()

    def add(self, *findings: Finding) -> None:
        self.result.findings += findings

    # --- the audit -----------------------------------------------------------------------------------------------

    def settle(self) -> None:
        """After the last fault: all that users want comes about, in time, and then nothing moves any more."""
        began = time.monotonic()
        found = self.until_none(self.unsettled)
        self.result.converged = time.monotonic() - began
        self.add(*found)
        self.tell(f"settled after {self.result.converged:.1f} s" if not found else f"not settled: {found[0].text}")
        aws = self.look()
        self.keep(aws, "settled" if not found else "not-settled")
        if not found:
            self.add(*self.movement())
        self.add(*auditor.duplicates_ever(aws), *auditor.foreign(aws, self.before), *auditor.records_taken(aws))

    def unsettled(self) -> Iterator[Finding]:
        self.users.retry()
        items, aws = self.api.certificates(), self.look()
        yield from auditor.not_ready(aws, items, self.users.specs)
        yield from auditor.duplicates_now(aws)
        yield from auditor.orphans(aws, items, self.book.retained())
        yield from auditor.idle_records(aws, self.before)

    def until_none(self, check: Callable[[], Iterator[Finding]]) -> list[Finding]:
        deadline = time.monotonic() + self.patience
        while found := list(check()):
            if time.monotonic() > deadline:
                break
            self.sleep(0.4)
        return found

    def movement(self) -> Iterator[Finding]:
        """What is settled is left alone: no write of an object, no mutation of AWS."""

        before, seen = self.api.certificates(), len(self.look().journal)
        self.sleep(QUIET)
        versions = {item["metadata"]["name"]: item["metadata"]["resourceVersion"] for item in self.api.certificates()}
        for item in before:
            name, version = item["metadata"]["name"], item["metadata"]["resourceVersion"]
            # One that still names a certificate that is gone has yet to find that out, and to forget it.
            if len(auditor.arns(item)) == 1 and versions.get(name) != version:
                yield Finding("busy", "was written though nothing had changed", auditor.label(item))
        for entry in self.journal(seen):
            if entry["by"] == ACCESS_KEY:
                yield Finding("busy", "AWS was changed though nothing had", "", "", (auditor.line(entry),))

    def clear(self) -> None:
        """Users delete everything: nothing is left, here or there."""
        began = time.monotonic()
        self.users.delete_all()
        found = self.until_none(self.remaining)
        self.result.gone = time.monotonic() - began
        self.add(*found)
        self.tell(f"all gone after {self.result.gone:.1f} s" if not found else f"not all gone: {found[0].text}")

    def remaining(self) -> Iterator[Finding]:
        items, aws = self.api.certificates(), self.look()
        yield from auditor.not_ready(aws, items, {})
        # What nobody named before is not waited for once more.
        told = {finding.certificate for finding in self.result.findings if finding.kind == "orphan"}
        left = auditor.leftovers(aws, self.before, self.book.retained())
        yield from (finding for finding in left if not finding.certificate or finding.certificate not in told)

    def close(self) -> Result:
        """The last audit, over the whole journal; then the figures."""
        self.watching.set()
        self.watcher.join()
        for replica in self.replicas:
            if replica.ended() is None:
                self.stop(replica)
        aws = self.look()
        last = [*auditor.duplicates_ever(aws), *auditor.foreign(aws, self.before), *auditor.records_taken(aws)]
        self.add(*(finding for finding in last if finding not in self.result.findings))
        self.add(*self.untrue.values(), *self.book.too_many(aws))
        entries = self.book.entries(aws)
        result = self.result
        result.objects = len(self.book.lives)
        result.faults += result.kills
        result.mutations = sum(entry.mutations for entry in entries)
        result.fault_free = sum(entry.fault_free for entry in entries)
        result.bound = sum(entry.bound() for entry in entries)
        worst = max(entries, key=lambda e: (e.mutations / max(e.fault_free, 1), e.mutations), default=None)
        result.worst = f"{worst.mutations}/{worst.fault_free}" if worst else "-"
        counts = self.sim.call("GET", "calls")
        result.calls = sum(c["count"] for c in counts if c["operation"] in MUTATING)
        # Without election each replica may make the same call; a call that changes nothing more is only waste.
        if result.calls > (most := result.bound * len(self.replicas)):
            self.add(
                Finding(
                    "mutations", f"{result.calls} mutating calls, refused and repeated ones included; at most {most}"
                )
            )
        self.keep(aws, "end")
        self.forced_clean_up()
        return result

    def keep(self, aws: Aws, moment: str) -> None:
        """What a finding is read with: the journal so far, and the objects at that moment."""
        stem = self.lane.dir / self.result.story
        stem.with_suffix(".journal").write_text("".join(auditor.line(entry) + "\n" for entry in aws.journal))
        stem.with_suffix(f".{moment}.json").write_text(json.dumps(self.api.certificates(), indent=1))

    def forced_clean_up(self) -> None:
        """What a failed story left behind is not to fail the next one."""
        for item in self.api.certificates():
            path = f"{CERTIFICATES}/{item['metadata']['name']}"
            self.api.call("PATCH", path, {"metadata": {"finalizers": None}})
            if "deletionTimestamp" not in item["metadata"]:
                self.api.call("DELETE", path)

    def give_up(self, why: Exception) -> Result:
        """The story could not be told to its end."""
        if not self.lane.closed:
            self.tell(text := f"the story broke off: {type(why).__name__}: {why}")
            self.add(Finding("process", text))
        self.users.leave()
        self.watching.set()
        self.watcher.join()
        self.lane.stop_children()
        try:
            self.keep(self.look(), "broken-off")
            self.forced_clean_up()
        except (*UNREACHABLE, Refused, Failed):
            pass
        return self.result
