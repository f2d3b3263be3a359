"""The users: they create objects, change their names, delete them and create them again, by a seed and in real time."""

from __future__ import annotations

import random
import threading
import time
from typing import Any

from chaos_api import CERTIFICATES, Api, Refused
from chaos_book import Book
from chaos_foreign import FOREIGN_NAME

Json = dict[str, Any]


def variants(slot: int) -> list[list[str]]:
    """What the names of an object change between: single, wildcard and apex, two zones, and shared in three ways."""
    com, org, group = f"{slot:02}.example.com", f"{slot:02}.example.org", f"group{slot // 6}.example.com"
    return [
        [[f"a{com}"], [f"a{com}", f"b{com}"], [f"c{org}"]],
        [[f"w{com}", f"*.w{com}"], [f"*.w{com}"], [f"w{com}", f"*.w{com}", f"x{org}"]],
        [[f"t{com}", f"t{org}"], [f"t{org}"], [f"t{com}", f"t{org}", f"u{org}"]],
        [[group], [group, f"*.{group}"], [f"s{com}", group]],
        [[group, f"v{org}"], [f"*.{group}"], [f"v{org}"]],
        [[FOREIGN_NAME, f"f{com}"], [f"f{com}", "all.example.com"], ["all.example.com", f"*.{FOREIGN_NAME}"]],
    ][slot % 6]


def spec_of(names: list[str], **more: Any) -> Json:
    # A merge patch takes away only what it names: so every field is there.
    return {"domainName": names[0], "subjectAlternativeNames": names[1:], **more}


class Users:
    """What they want, and the life of each object that is there."""

    def __init__(self, api: Api, book: Book, rng: random.Random, slots: int):
        self.api, self.book, self.rng = api, book, rng
        self.slots = slots
        self.specs: dict[str, Json] = {}
        # The UID of the object of each name, unless an earlier one of that name is still going.
        self.uids: dict[str, str] = {}
        self.last_retry = 0.0
        self.thread: threading.Thread | None = None
        self.enough = threading.Event()
        self.failure: BaseException | None = None

    # --- what a user does ----------------------------------------------------------------------------------------

    def create(self, name: str, spec: Json) -> None:
        self.specs[name] = spec
        manifest = {
            "apiVersion": "acmcert.io/v1alpha1",
            "kind": "AcmCertificate",
            "metadata": {"name": name},
            "spec": spec,
        }
        try:
            self.uids[name] = self.book.created(self.api.call("POST", CERTIFICATES, manifest))
        except Refused as refused:
            # The one before is still going: tried again until it is gone. Unless it is ours, and its answer was lost.
            if refused.status != 409:
                raise
            for item in self.api.certificates():
                if item["metadata"]["name"] == name and "deletionTimestamp" not in item["metadata"]:
                    self.uids[name] = self.book.created(item)

    def edit(self, name: str, spec: Json) -> None:
        old, self.specs[name] = self.specs[name], spec
        if name in self.uids:
            self.api.call("PATCH", f"{CERTIFICATES}/{name}", {"spec": spec})
            self.book.edited(self.uids[name], old, spec)

    def delete(self, name: str) -> None:
        del self.specs[name]
        if self.uids.pop(name, None):
            self.api.call("DELETE", f"{CERTIFICATES}/{name}")

    def retry(self) -> None:
        """What could not be created yet."""
        if time.monotonic() - self.last_retry > 0.5:
            self.last_retry = time.monotonic()
            for name in self.specs.keys() - self.uids.keys():
                self.create(name, self.specs[name])

    # --- all of them, by the seed --------------------------------------------------------------------------------

    def name(self, slot: int) -> str:
        return f"cert-{slot:02}"

    def create_all(self) -> None:
        for slot in range(self.slots):
            if self.name(slot) not in self.specs:
                self.create(self.name(slot), spec_of(variants(slot)[0]))

    def delete_all(self) -> None:
        for name in list(self.specs):
            self.delete(name)

    def act(self) -> None:
        slot = self.rng.randrange(self.slots)
        name, names = self.name(slot), self.rng.choice(variants(slot))
        dice = self.rng.random()
        if name not in self.specs:
            self.create(name, spec_of(names))
        elif dice < 0.6:
            self.edit(name, spec_of(names))
        else:
            self.delete(name)

    def begin(self, pause: float) -> None:
        """They act in a thread of their own, on average once in `pause` seconds."""
        self.enough.clear()

        def run() -> None:
            try:
                while not self.enough.wait(self.rng.uniform(0, 2 * pause)):
                    self.retry()
                    self.act()
            except BaseException as failure:  # noqa: BLE001 - handed on to who waits for the thread
                self.failure = failure

        self.thread = threading.Thread(target=run, daemon=True)
        self.thread.start()

    def leave(self) -> None:
        self.enough.set()
        if self.thread:
            self.thread.join()
        self.thread = None

    def pause(self) -> None:
        self.leave()
        if self.failure:
            raise self.failure

    def end(self) -> None:
        """No more changes; what was deleted last is wanted again, so that all objects are there."""
        self.pause()
        self.create_all()
