"""The story of SIGTERM in each step."""

from __future__ import annotations

import time
from collections.abc import Callable

import auditor
from chaos_book import MUTATING
from chaos_ground import Replica
from chaos_scene import Scene
from chaos_users import spec_of
from stage import Failed

KINDS_OF_STEPS = {
    *(
        "finalizer",
        "intent",
        "ARN stored",
        "Creating",
        "Created",
        "Found",
        "Ready",
        "previous",
        "Deleting",
        "deletion plan",
    ),
    *("object gone", *(MUTATING - {"ChangeResourceRecordSets"}), "CREATE", "DELETE"),
}


def sigterm(scene: Scene) -> None:
    """SIGTERM right after each kind of step is first seen: plainly, and with AWS's answer still on its way."""
    replica = scene.replica("operator", "--leader-elect=false")
    replica.start()
    for answers in ("at once", "late"):
        if answers == "late":
            for operation in sorted(MUTATING):
                # The call has had its effect, which the journal shows, and the operator still waits for the answer.
                scene.sim.call(
                    "POST", "faults", {"operation": operation, "times": 0, "kind": "slow", "delaySeconds": 0.4}
                )
        interrupted = Steps(scene)
        for take in range(3):
            if interrupted.struck < KINDS_OF_STEPS:
                lifecycle(scene, interrupted, replica, f"{answers.split()[-1]}-{take}")
        scene.sim.call("DELETE", "faults")
        missed = sorted(KINDS_OF_STEPS - interrupted.struck)
        scene.tell(
            f"answers {answers}: SIGTERM after {len(interrupted.struck)} kinds of steps; not seen: {missed or 'none'}"
        )


def lifecycle(scene: Scene, steps: Steps, replica: Replica, stem: str) -> None:
    """Created, edited, tagged, deleted, in one zone and two, shared and retained: every step there is."""
    users = scene.users
    names = {
        "one": [f"one-{stem}.example.com"],
        "two": [f"two-{stem}.example.com", f"*.two-{stem}.example.com", f"two-{stem}.example.org"],
        "twin": [f"one-{stem}.example.com", f"twin-{stem}.example.com"],
    }
    for key, value in names.items():
        users.create(f"{key}-{stem}", spec_of(value))
    users.create(f"kept-{stem}", spec_of([f"kept-{stem}.example.com"], deletionPolicy="Retain"))
    mine = {f"{key}-{stem}" for key in [*names, "kept"]}
    steps.until(replica, lambda: scene.are_ready(*mine))
    users.edit(f"one-{stem}", spec_of([*names["one"], f"new-{stem}.example.org"]))
    users.edit(f"two-{stem}", spec_of(names["two"], tags={"colour": "blue"}))
    steps.until(replica, lambda: not list(auditor.not_ready(scene.look(), scene.api.certificates(), users.specs)))
    for name in mine:
        users.delete(name)
    steps.until(replica, lambda: not scene.api.certificates())


class Steps:
    """What has happened, step by step, as the journal and the objects show it; each kind gets one SIGTERM."""

    def __init__(self, scene: Scene):
        self.scene = scene
        self.seen = self.now()
        self.sequence = len(scene.journal(0))
        self.struck: set[str] = set()

    def now(self) -> set[tuple[str, str]]:
        """Kinds of steps that each object has behind it."""
        steps = set()
        for item in self.scene.api.certificates():
            status, uid = item.get("status", {}), item["metadata"]["uid"]
            request = status.get("request", {})
            done = {
                "finalizer": item["metadata"].get("finalizers"),
                "intent": request.get("token"),
                "ARN stored": request.get("certificateArn"),
                "Ready": auditor.condition(item)["status"] == "True",
                "previous": status.get("previous"),
                "deletion plan": auditor.condition(item)["reason"] == "Deleting",
                **{claim["state"]: True for claim in status.get("records", [])},
            }
            steps |= {(kind, uid) for kind, is_done in done.items() if is_done}
        return steps

    def news(self) -> list[str]:
        """Kinds of steps since the last look, the latest last: those of AWS follow what was written before them."""
        seen = self.now()
        gone = {uid for _, uid in self.seen} - {uid for _, uid in seen}
        news = sorted(kind for kind, uid in seen - self.seen) + ["object gone" for _ in gone]
        for entry in self.scene.journal(self.sequence):
            self.sequence = entry["seq"]
            if entry["operation"] in MUTATING:
                news.append(entry["detail"].get("action", entry["operation"]))
        self.seen = seen
        return news

    def until(self, replica: Replica, done: Callable[[], bool]) -> None:
        """Sends SIGTERM after each kind of step, and starts the operator again, until all is done."""
        deadline = time.monotonic() + self.scene.patience
        looked = 0.0
        while time.monotonic() < deadline:
            fresh = [kind for kind in self.news() if kind not in self.struck]
            if fresh:
                # Of several that came between two looks the latest is the one just done; the others come again.
                self.struck.add(fresh[-1])
                self.scene.strike()
                self.scene.result.faults += 1
                self.scene.stop(replica)
                replica.start()
            elif time.monotonic() - looked > 0.3:
                looked = time.monotonic()
                if done():
                    return
            time.sleep(0.005)
        raise Failed("a lifecycle did not come to its end")
