"""The stories. Each brings about its kind of trouble while users are at work, and leaves operators that can go on."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from chaos_api import LEASE, Refused
from chaos_scene import Scene
from chaos_sigterm import sigterm
from chaos_users import spec_of
from stage import Failed

# Users act as often as that, on average: seconds.
BUSY, EASY = 0.2, 0.5
OUTAGE = 20.0


def kill9(scene: Scene) -> None:
    """kill -9 at random moments of a life of up to a second and a half."""
    replica = scene.replica("operator", "--leader-elect=false")
    scene.users.create_all()
    replica.start()
    scene.users.begin(BUSY)
    for _ in range(scene.kills):
        scene.sleep(scene.rng.uniform(0, 1.2))
        scene.kill(replica)
        replica.start()
    scene.users.end()


def election(scene: Scene) -> None:
    """Two replicas; whoever leads is killed, again and again."""
    replicas = {name: scene.replica(name) for name in ("operator-a", "operator-b")}
    scene.users.create_all()
    for replica in replicas.values():
        replica.start()
    scene.users.begin(EASY)
    last = ""
    for _ in range(max(scene.kills // 5, 1)):
        last = leader(scene, last)
        scene.sleep(scene.rng.uniform(0, 2.0))
        # NB: POD_NAME is the first part of an identity, and something of this process the second.
        name = last.rsplit("_", 1)[0]
        scene.kill(replicas[name])
        replicas[name].start()
    scene.users.end()


def leader(scene: Scene, before: str) -> str:
    """Waits for another process to lead."""
    holder = before

    def another() -> bool:
        nonlocal holder
        try:
            holder = scene.api.call("GET", LEASE)["spec"].get("holderIdentity", "")
        except Refused as refused:
            # Not made yet.
            if refused.status != 404:
                raise
        return holder not in ("", before)

    scene.until(another, f"another leader than {before or 'nobody'}")
    return holder


def crowd(scene: Scene) -> None:
    """Three replicas that all work, without any election."""
    for name in ("operator-a", "operator-b", "operator-c"):
        scene.replica(name, "--leader-elect=false").start()
    scene.users.create_all()
    scene.users.begin(BUSY)
    # No fault is counted: that they are three is not to cost one mutation more.
    scene.sleep(20)
    scene.users.end()


def outage(scene: Scene) -> None:
    """The API server hangs for a while, then is down for a while, with work in hand each time."""
    scene.replica("operator").start()
    scene.users.create_all()
    for trouble in (scene.lane.frozen_api_server, scene.lane.without_api_server):
        scene.users.begin(BUSY)
        scene.sleep(4)
        scene.users.pause()
        scene.strike()
        scene.result.faults += 1
        trouble(lambda: time.sleep(OUTAGE))
        scene.check_processes()
    scene.users.begin(BUSY)
    scene.sleep(3)
    scene.users.end()


def compaction(scene: Scene) -> None:
    """etcd is compacted under an open watch, and under one that is then to go on from before the compaction."""
    replica = scene.replica("operator", "--leader-elect=false")
    replica.start()
    scene.users.create_all()
    scene.users.begin(BUSY)
    for _ in range(8):
        scene.sleep(0.5)
        scene.lane.compact_etcd()
        scene.result.faults += 1
    for _ in range(2):
        # Held, the operator misses what users do; a fresh API server then knows nothing from before.
        version = scene.api.version()
        scene.strike()
        replica.signal(signal.SIGSTOP)
        scene.sleep(3)
        scene.users.pause()
        scene.lane.compact_etcd()
        scene.lane.without_api_server(lambda: None)
        if not scene.api.is_expired(version):
            raise Failed(f"a watch from {version} does not get 410, so the operator's will not either")
        scene.result.faults += 1
        replica.signal(signal.SIGCONT)
        scene.users.begin(BUSY)
        scene.sleep(3)
    scene.users.end()


# What the operator calls; and how often each is struck in a wave. A sweep backs off after a failure, so it fails once.
CALLED = (
    *(("acm", name, 2) for name in ("RequestCertificate", "DescribeCertificate", "DeleteCertificate")),
    *(("acm", name, 1) for name in ("AddTagsToCertificate", "RemoveTagsFromCertificate", "ListCertificates")),
    ("acm", "ListTagsForCertificate", 2),
    *(("route53", name, 2) for name in ("ListHostedZones", "ListResourceRecordSets", "ChangeResourceRecordSets")),
    ("sts", "GetCallerIdentity", 1),
)
# Seconds. A late request commits after its repetition, for the token makes the two one; a late change of records
# commits before it, for nothing makes those one.
DELAYS = {"slow": 1.5, "late": 0.5}
LATE_REQUEST = 2.5
WAVES = ("throttle", "error-before", "error-after", "reset-after", "truncate", "late", "malformed", "slow")


def faults(scene: Scene) -> None:
    """AWS fails in each of its ways at each call that the operator makes, one way after the other."""
    replica = scene.replica("operator", "--leader-elect=false")
    users = scene.users
    users.create_all()
    users.create("tagged", spec_of(["tagged.example.com"], tags={"wave": "none"}))
    for number in range(len(WAVES)):
        users.create(f"kept-{number}", spec_of([f"kept{number}.example.org"], deletionPolicy="Retain"))
    replica.start()
    scene.until(lambda: scene.are_ready("tagged", "kept-0"), "the first objects to be Ready")
    for number, kind in enumerate(WAVES):
        # The account of the credentials is asked for only at the start.
        scene.stop(replica)
        order_faults(scene, kind)
        replica.start()
        users.edit("tagged", spec_of(["tagged.example.com"], tags={"wave": kind}))
        users.delete(f"kept-{number}")
        struck: set[str] = set()
        deadline = time.monotonic() + 12
        while time.monotonic() < deadline and not all(
            f["fired"] >= f["times"] for f in scene.sim.call("GET", "faults")
        ):
            users.retry()
            users.act()
            struck |= scene.in_work()
            scene.sleep(0.25)
        scene.book.struck(struck)
        ordered = scene.sim.call("GET", "faults")
        scene.result.faults += sum(fault["fired"] for fault in ordered)
        missed = [fault["operation"] for fault in ordered if not fault["fired"]]
        scene.tell(f"{kind}: " + (f"not felt by {', '.join(missed)}" if missed else "felt by every call"))
        scene.sim.call("DELETE", "faults")
    users.end()


def order_faults(scene: Scene, kind: str) -> None:
    for service, operation, times in CALLED:
        delay = LATE_REQUEST if (kind, operation) == ("late", "RequestCertificate") else DELAYS.get(kind)
        order = {"service": service, "operation": operation, "times": times, "kind": kind, "delaySeconds": delay}
        # Not always the first: of the calls that come once or twice in a wave it has to be.
        often = operation in ("DescribeCertificate", "ListResourceRecordSets", "RequestCertificate")
        scene.sim.call("POST", "faults", {**order, "nth": scene.rng.randint(1, 3) if often else 1})


STORIES: dict[str, Callable[[Scene], None]] = {
    # The longest first, so that lanes end together.
    "faults": faults,
    "kill": kill9,
    "outage": outage,
    "election": election,
    "sigterm": sigterm,
    "crowd": crowd,
    "compaction": compaction,
}
