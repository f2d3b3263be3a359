"""What the demo and the benchmark stand on: a control plane, a simulated AWS, an operator, and how to wait for them."""

import json
import os
import pathlib
import signal
import subprocess
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
KUBECTL, HELM = ROOT / "bin" / "kubectl", ROOT / "bin" / "helm"
ACMCERT, SIM = ROOT / "target/release/acmcert", ROOT / "target/release/acmcert-sim"


class Failed(Exception):
    """A step that was not as it should be."""


def run(*command, env=None, check_exit=True, stdin=None):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, env=env, cwd=ROOT, input=stdin)
    if check_exit and done.returncode:
        shown = " ".join(str(c) for c in command)
        raise Failed(f"`{shown}` ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


class Stage:
    """Processes of one run, with their logs and process ids in one folder."""

    def __init__(self, folder, patience):
        self.dir = ROOT / "target" / folder
        self.dir.mkdir(parents=True, exist_ok=True)
        # Far above what anything takes: this bounds a hang.
        self.patience = patience
        self.processes = []

    @property
    def kubeconfig(self):
        return self.dir / "cluster/kubeconfig"

    def kubectl(self, *args, **more):
        return run(KUBECTL, *args, env=dict(os.environ, KUBECONFIG=str(self.kubeconfig)), **more)

    def cluster_up(self):
        return run("hack/cluster", "up", "--dir", self.dir / "cluster").stdout

    def start(self, command, name, env=None):
        with open(self.dir / f"{name}.log", "w", encoding="utf-8") as log:
            process = subprocess.Popen(
                [str(c) for c in command], stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=env, start_new_session=True
            )
        self.processes.append((name, process))
        (self.dir / f"{name}.pid").write_text(f"{process.pid}\n")
        return process

    def start_operator(self, sim, flags=(), **env):
        env = dict(
            os.environ,
            AWS_ENDPOINT_URL=sim.endpoint,
            AWS_ACCESS_KEY_ID="AKIADEMO",
            AWS_SECRET_ACCESS_KEY="demo",
            AWS_REGION="eu-west-1",
            ACMCERT_HTTP_ADDRESS="127.0.0.1:0",
            ACMCERT_LOG_FORMAT="text",
            **env,
        )
        operator = self.start([ACMCERT, "run", *flags], "operator", env)
        log = self.dir / "operator.log"
        self.until("the operator to start", lambda: "acmcert has started" in log.read_text(encoding="utf-8"))
        return operator

    def until(self, what, ask, pause=0.1):
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            answer = ask()
            if answer:
                return answer
            for name, process in self.processes:
                if process.poll() is not None:
                    raise Failed(f"{name} has ended with {process.returncode}: see {self.dir / name}.log")
            time.sleep(pause)
        raise Failed(f"waited {self.patience} s in vain for {what}")

    def stop(self):
        for _, process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
        run("hack/cluster", "down", "--dir", self.dir / "cluster", check_exit=False)

    def stop_leftovers(self):
        """What an earlier run left running: with KEEP=1, or because it was killed. Answers what that was."""
        stopped = []
        for name, binary in (("operator", ACMCERT), ("sim", SIM)):
            try:
                pid = int((self.dir / f"{name}.pid").read_text())
                if os.readlink(f"/proc/{pid}/exe").removesuffix(" (deleted)") == str(binary):
                    os.kill(pid, signal.SIGTERM)
                    stopped.append(name)
            except (OSError, ValueError):
                pass
        run("hack/cluster", "down", "--dir", self.dir / "cluster", check_exit=False)
        for path in self.dir.glob("*.port"):
            path.unlink()
        return stopped


class Simulator:
    """acmcert-sim and its control interface."""

    def __init__(self, stage, *flags):
        port = stage.dir / "sim.port"
        self.process = stage.start([SIM, "serve", "--listen", "127.0.0.1:0", "--port-file", port, *flags], "sim")
        stage.until("the simulator's port", port.exists)
        self.endpoint = f"http://{port.read_text().strip()}"

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        headers = {"content-type": "application/json"}
        request = urllib.request.Request(f"{self.endpoint}/_sim/{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def live(self):
        """Certificates that are there, and CNAME records with the name of their zone."""
        state = self.call("GET", "state")
        alive = [c for c in state["certificates"] if not c["deletedAt"]]
        cnames = [(z["name"], r) for z in state["hostedZones"] for r in z["records"] if r["type"] == "CNAME"]
        return alive, cnames


def resident_mib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:")) / 1024


def ready(item):
    conditions = item.get("status", {}).get("conditions", [])
    unknown = {"status": "Unknown", "reason": "", "message": ""}
    return next((c for c in conditions if c["type"] == "Ready"), unknown)
