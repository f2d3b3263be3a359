"""A simulator for each test, and the clients that talk to it.

ACMCERT_SIM names the binary; without it the debug build of this repository is used. Nothing here sleeps for AWS: each
simulator's clock is stopped, and a test that needs time to pass says how much.
"""

import http.client
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.loaders import Loader

import strict_model

HERE = pathlib.Path(__file__).resolve().parent
BINARY = pathlib.Path(os.environ.get("ACMCERT_SIM") or HERE / "../../../target/debug/acmcert-sim").resolve()

# What a developer's machine knows about AWS must not reach the clients, nor must a proxy stand in between.
CLEAN = {
    "AWS_ACCESS_KEY_ID": "AKIASIMULATED0000000",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_PAGER": "",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
REGION = CLEAN["AWS_REGION"]

# No waiting for retries where the raw error is wanted.
RAW = {"total_max_attempts": 1, "mode": "standard"}


class Refused(Exception):
    """The control interface said no."""

    def __init__(self, status, text):
        super().__init__(f"{status} {text}")
        self.status = status
        self.text = text


class Simulator:
    """A running acmcert-sim and its control interface."""

    def __init__(self, directory, *options, stderr=None):
        port_file = directory / "port"
        port_file.unlink(missing_ok=True)
        command = [BINARY, "serve", "--listen", "127.0.0.1:0", "--port-file", port_file, "--seed", "7", *options]
        self.process = subprocess.Popen(command, stderr=stderr)
        deadline = time.monotonic() + 10
        while not port_file.exists():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError(f"{BINARY} does not serve")
            time.sleep(0.005)
        self.url = f"http://{port_file.read_text()}"
        self.clock(mode="manual")

    def control(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}/_sim/{path}", data, method=method)
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            raise Refused(error.code, error.read().decode()) from None

    def clock(self, **change):
        return self.control("POST", "clock", change)

    def advance(self, seconds):
        return self.clock(advanceSeconds=seconds)

    def settings(self, **change):
        return self.control("PATCH", "settings", change)

    def fault(self, kind, **order):
        return self.control("POST", "faults", {"kind": kind, **order})

    def fired(self):
        return [fault["fired"] for fault in self.control("GET", "faults")]

    def plant(self, domain_name, **certificate):
        body = {"domainName": domain_name, "region": REGION, **certificate}
        return self.control("POST", "certificates", body)["certificateArn"]

    def act(self, arn, action, **more):
        return self.control("POST", "certificates/actions", {"certificateArn": arn, "action": action, **more})

    def certificates(self):
        """The certificates that were not deleted."""
        state = self.control("GET", "state")["certificates"]
        return [certificate for certificate in state if certificate["deletedAt"] is None]

    def kill(self):
        """Ends it as a crash would, with no chance to write anything."""
        self.process.kill()
        self.process.wait(timeout=10)

    def stop(self):
        self.process.terminate()
        try:
            return self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise


def pytest_configure():
    if not os.access(BINARY, os.X_OK):
        pytest.exit(f"{BINARY} is missing: cargo build --bin acmcert-sim, or set ACMCERT_SIM", returncode=2)
    for name in list(os.environ):
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(CLEAN)


@pytest.fixture(scope="session")
def session():
    # NB: one session for all tests, for reading the API models is the slow part.
    return boto3.Session()


@pytest.fixture
def sim(tmp_path):
    """A fresh simulator: clock stopped, AWS's delays, no limits of rate."""
    simulator = Simulator(tmp_path)
    simulator.settings(quotas={"rates": None, "route53": None})
    yield simulator
    assert simulator.stop() == 0, "SIGTERM must end it cleanly"


@pytest.fixture
def client(sim, session):
    """Makes a client whose answers are held against the API model, and that shows raw errors."""

    def make(service, *, retries=RAW, read_timeout=10, strict=True, region=REGION, **more):
        config = Config(retries=retries, connect_timeout=5, read_timeout=read_timeout, proxies={})
        made = session.client(service, region_name=region, endpoint_url=sim.url, config=config, **more)
        if strict:
            made.meta.events.register("after-call", strict_model.check)
        return made

    return make


@pytest.fixture
def acm(client):
    return client("acm")


@pytest.fixture
def route53(client):
    return client("route53")


@pytest.fixture
def sts(client):
    return client("sts")


@pytest.fixture
def zone(route53):
    """The id of a public hosted zone example.com."""
    created = route53.create_hosted_zone(Name="example.com", CallerReference="fixture")
    return created["HostedZone"]["Id"].removeprefix("/hostedzone/")


@pytest.fixture
def request_certificate(sim, acm):
    """Requests a DNS certificate and waits until its records are known."""

    def request(name="www.example.com", **more):
        arn = acm.request_certificate(DomainName=name, ValidationMethod="DNS", **more)["CertificateArn"]
        sim.advance(10)
        return arn

    return request


@pytest.fixture
def publish(acm, route53, zone):
    """Puts (or takes away) the validation records of a certificate."""

    def change(arn, action="UPSERT"):
        options = acm.describe_certificate(CertificateArn=arn)["Certificate"]["DomainValidationOptions"]
        records = {option["ResourceRecord"]["Name"]: option["ResourceRecord"] for option in options}
        return route53.change_resource_record_sets(
            HostedZoneId=zone,
            ChangeBatch={"Changes": [cname(action, record["Name"], record["Value"]) for record in records.values()]},
        )

    return change


@pytest.fixture
def issue(sim, request_certificate, publish):
    """Requests a certificate, publishes its records, and lets time pass until it is issued."""

    def certificate(name="www.example.com", **more):
        arn = request_certificate(name, **more)
        publish(arn)
        sim.advance(100)
        return arn

    return certificate


def cname(action, name, value, ttl=300):
    return {
        "Action": action,
        "ResourceRecordSet": {"Name": name, "Type": "CNAME", "TTL": ttl, "ResourceRecords": [{"Value": value}]},
    }


def raw(sim, path="/", body=b"", method="POST", **headers):
    """A request as no client would send it: status, and text of the answer."""
    connection = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=5)
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def signed(service):
    """An Authorization header as good as any here, where nobody verifies the signature."""
    scope = f"AKIASIMULATED0000000/20260301/{REGION}/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"


def quick_waiters(directory):
    """A directory of API models in which two waiters ask every second instead of every 30 or 60."""
    loader = Loader()
    for service, name in [("acm", "CertificateValidated"), ("route53", "ResourceRecordSetsChanged")]:
        version = loader.determine_latest_version(service, "service-2")
        waiter = loader.load_service_model(service, "waiters-2", version)["waiters"][name]
        place = directory / service / version
        place.mkdir(parents=True)
        # NB: no other waiter, for the CLI brings a botocore of its own that may not know its operation.
        models = {"version": 2, "waiters": {name: {**waiter, "delay": 1}}}
        (place / "waiters-2.json").write_text(json.dumps(models))
    return directory


@pytest.fixture
def aws(sim, tmp_path):
    """Runs the AWS CLI v1 against the simulator: its exit code, its answer (JSON where it is), and what it said."""
    program = shutil.which("aws", path=str(pathlib.Path(sys.executable).parent))
    assert program, "the AWS CLI is not installed beside this Python"
    models = quick_waiters(tmp_path / "models")

    def run(*arguments):
        environment = {**os.environ, "AWS_ENDPOINT_URL": sim.url, "AWS_DATA_PATH": str(models), "AWS_MAX_ATTEMPTS": "1"}
        command = [program, "--output", "json", *arguments]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)
        answer = json.loads(done.stdout) if done.stdout.strip() else None
        return done.returncode, answer, done.stderr.strip()

    return run
