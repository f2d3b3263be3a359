"""The ground of the stories: a control plane that can be stopped, a simulated AWS, operators that can be killed."""

from __future__ import annotations

import base64
import json
import os
import pathlib
import signal
import ssl
import subprocess
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import stage
from chaos_api import NAMESPACE, UNREACHABLE, Api, Refused
from stage import Failed, Simulator, Stage

Json = dict[str, Any]

# NB: stage.py reads its names when it uses them, so that another build is tried by setting them.
stage.ACMCERT = pathlib.Path(os.environ.get("ACMCERT", stage.ACMCERT)).resolve()
stage.SIM = pathlib.Path(os.environ.get("ACMCERT_SIM", stage.SIM)).resolve()

ACCESS_KEY = "AKIACHAOS"
REGION = "eu-west-1"

# AWS in a hurry, and without rates: what is tried here is the protocol, not patience.
SETTINGS = {
    "resourceRecordDelaySeconds": 0.3,
    "describeVisibleSeconds": 0.2,
    "dnsPropagationSeconds": 0.5,
    "validationSeconds": 1,
    "listLagSeconds": 0.2,
    "quotas": {"rates": None, "route53": None},
}
FLAGS = [
    *("--pending-period=500ms", "--settled-period=2s", "--record-period=5s", "--lease-duration=3s"),
    *("--orphan-grace=3s", "--requests-per-day=100000", "--quota-share=1", "--log=info,acmcert=debug"),
    *(f"--shared-record-regions={region}" for region in (REGION, "us-east-1")),
    *(
        f"--quota={name}=100"
        for name in (
            *("RequestCertificate", "DescribeCertificate", "ListCertificates", "DeleteCertificate"),
            *("ListTagsForCertificate", "AddTagsToCertificate", "RemoveTagsFromCertificate"),
            *("route53", "route53-changes"),
        )
    ),
]


class Replica:
    """One operator process after the other, with one log."""

    def __init__(self, lane: Lane, name: str, flags: list[str]):
        self.lane, self.name, self.flags = lane, name, flags
        self.log = lane.dir / f"{lane.story}.{name}.log"
        self.log.write_bytes(b"")
        self.process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    def start(self) -> None:
        begin = self.log.stat().st_size
        environment = dict(
            os.environ,
            KUBECONFIG=str(self.lane.kubeconfig),
            AWS_ENDPOINT_URL=self.lane.sim.endpoint,
            AWS_ACCESS_KEY_ID=ACCESS_KEY,
            AWS_SECRET_ACCESS_KEY="chaos",
            AWS_REGION=REGION,
            AWS_EC2_METADATA_DISABLED="true",
            ACMCERT_HTTP_ADDRESS="127.0.0.1:0",
            ACMCERT_LOG_FORMAT="text",
            POD_NAME=self.name,
            POD_NAMESPACE=NAMESPACE,
        )
        self.starts += 1
        command = [str(stage.ACMCERT), "run", *FLAGS, *self.flags]
        with open(self.log, "ab") as log:
            self.process = self.lane.spawn(command, f"{self.lane.story}.{self.name}", log, environment)
        deadline = time.monotonic() + 30
        while b"acmcert has started" not in self.said(begin):
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"{self.name} does not start (exit code {self.process.poll()}): see {self.log}")
            time.sleep(0.02)

    def said(self, begin: int) -> bytes:
        with open(self.log, "rb") as log:
            log.seek(begin)
            return log.read()

    def kill(self) -> None:
        assert self.process
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self.process
        self.process.send_signal(number)

    def terminate(self, patience: float) -> str | None:
        """SIGTERM; answers what was wrong with the way it ended."""
        assert self.process
        self.signal(signal.SIGTERM)
        try:
            code = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            return f"{self.name} had not ended {patience} s after SIGTERM"
        return f"{self.name} ended with {code} after SIGTERM" if code else None

    def ended(self) -> int | None:
        """The exit code, if it ended by itself."""
        return self.process.poll() if self.process else None


class Lane(Stage):
    """One control plane and one simulated AWS, for one story after the other."""

    def __init__(self, number: int):
        super().__init__(f"chaos/lane-{number}", patience=120)
        self.story = "start"
        self.cluster = self.dir / "cluster"
        self.children: list[subprocess.Popen[bytes]] = []
        self.guard = threading.Lock()
        self.closed = False
        self.sim: Simulator

    def open(self) -> None:
        for path in (*self.dir.glob("*.log"), *self.dir.glob("*.journal"), *self.dir.glob("*.json")):
            path.unlink()
        self.cluster_up()
        self.kubectl("apply", "--server-side", "-f", "crds/acmcert.io_acmcertificates.yaml")
        self.kubectl("wait", "--for=condition=Established", "--timeout=30s", "crd/acmcertificates.acmcert.io")
        self.sim = Simulator(self, "--log")

    def spawn(self, command: list[str], name: str, log: Any, environment: dict[str, str]) -> subprocess.Popen[bytes]:
        with self.guard:
            if self.closed:
                raise Failed("the run is being ended")
            child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment, start_new_session=True
            )
            self.children.append(child)
        (self.dir / f"{name}.pid").write_text(f"{child.pid}\n")
        return child

    def stop_children(self) -> None:
        with self.guard:
            children, self.children = self.children, []
        for child in children:
            if child.poll() is None:
                child.kill()
                child.wait()

    def stop(self) -> None:
        with self.guard:
            self.closed = True
        self.stop_children()
        super().stop()

    def stop_leftovers(self) -> list[str]:
        """What an earlier run that was killed itself has left running."""
        stopped = []
        for path in self.dir.glob("*.pid"):
            try:
                pid = int(path.read_text())
                binary = os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)")
                if binary in (str(stage.ACMCERT), str(stage.SIM)):
                    os.kill(pid, signal.SIGKILL)
                    stopped.append(path.stem)
            except (OSError, ValueError):
                pass
            path.unlink()
        return stopped + super().stop_leftovers()

    # --- the control plane ---------------------------------------------------------------------------------------

    def pid(self, component: str) -> int:
        return int((self.cluster / f"run/{component}.pid").read_text())

    def arguments(self, component: str) -> list[str]:
        return pathlib.Path(f"/proc/{self.pid(component)}/cmdline").read_text().rstrip("\0").split("\0")

    def wait_for_api(self) -> None:
        api = Api(self.cluster)

        def answers() -> bool:
            try:
                return isinstance(api.certificates(), list)
            except (*UNREACHABLE, Refused):
                return False

        self.until("the API server to answer again", answers)
        api.close()

    def frozen_api_server(self, meanwhile: Callable[[], None]) -> None:
        """Lets kube-apiserver hang: connections stay, and nothing is answered."""
        pid = self.pid("kube-apiserver")
        os.kill(pid, signal.SIGSTOP)
        try:
            meanwhile()
        finally:
            os.kill(pid, signal.SIGCONT)
        self.wait_for_api()

    def without_api_server(self, meanwhile: Callable[[], None]) -> None:
        """Ends kube-apiserver, and starts it as it was; etcd goes on and keeps the objects."""
        arguments, pid = self.arguments("kube-apiserver"), self.pid("kube-apiserver")
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + 10
        while is_running(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(0.05)
        meanwhile()
        with open(self.cluster / "logs/kube-apiserver.log", "ab") as log:
            child = self.spawn(arguments, "kube-apiserver", log, dict(os.environ))
        # hack/cluster stops what is written down here.
        (self.cluster / "run/kube-apiserver.pid").write_text(f"{child.pid}\n")
        with self.guard:
            self.children.remove(child)
        self.wait_for_api()

    def compact_etcd(self) -> int:
        """Compacts etcd up to its present revision, by its JSON gateway; answers the revision."""
        servers = next(a for a in self.arguments("kube-apiserver") if a.startswith("--etcd-servers="))
        pki = self.cluster / "pki"
        context = ssl.create_default_context(cafile=str(pki / "etcd-ca.crt"))
        context.load_cert_chain(pki / "etcd-client.crt", pki / "etcd-client.key")

        def call(path: str, body: Json) -> Json:
            request = urllib.request.Request(
                servers.split("=", 1)[1] + path, json.dumps(body).encode(), {"content-type": "application/json"}
            )
            with urllib.request.urlopen(request, timeout=10, context=context) as answer:
                return json.load(answer)

        key = base64.b64encode(b"/").decode()
        revision = int(call("/v3/kv/range", {"key": key, "limit": 1})["header"]["revision"])
        try:
            call("/v3/kv/compaction", {"revision": str(revision), "physical": True})
        except urllib.error.HTTPError as error:
            # Nothing was written since the last one.
            if b"has been compacted" not in error.read():
                raise
        return revision


def is_running(pid: int) -> bool:
    """A process that has ended and was not waited for is not running."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
