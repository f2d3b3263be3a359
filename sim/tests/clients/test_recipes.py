"""What the pages for people say is what happens: every recipe of docs/simulator/recipes.md, and the start of sim/README.md."""

import datetime
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys

import pytest

from conftest import BINARY, Refused
from test_every_operation import offered

ROOT = pathlib.Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs/simulator/recipes.md"

# `PATCH settings {"jitter": 0.3}`, `act {"action": "expire"}`
REQUEST = re.compile(r"(GET|POST|PATCH|DELETE) ([a-z/]+(?:\?[a-z=0-9]+)?)(?: (\{.*\}))?|act (\{.*\})")

# Done with DNS, not with the control interface: test_dns.py and test_later.py do them.
WITHOUT_REQUEST = {"it fails with CAA_ERROR, by itself", "its renewal waits"}


def recipes():
    """Wish and requests of every row of the page."""
    found = {}
    for line in PAGE.read_text().splitlines():
        if not line.startswith("| ") or line.startswith(("| wish", "| ---")):
            continue
        wish, text = line.strip("| ").split(" | ", 1)
        assert wish not in found, wish
        found[wish] = [request for each in text.split("`")[1::2] if (request := REQUEST.fullmatch(each))]
    return found


RECIPES = recipes()


def send(sim, request, arn):
    method, path, body, action = request.groups()
    if action:
        return sim.control("POST", "certificates/actions", {"certificateArn": arn, **json.loads(action)})
    return sim.control(method, path, json.loads(body) if body else None)


def target(sim, wish):
    """The ARN of a certificate to which the wish makes sense."""
    if "mail" in wish:
        return sim.plant("www.example.com", status="PENDING_VALIDATION", validationMethod="EMAIL")
    pending = wish.startswith("it times out") or "CAA_ERROR" in wish
    return sim.plant("www.example.com", status="PENDING_VALIDATION" if pending else "ISSUED")


@pytest.mark.parametrize("wish", RECIPES)
def test_a_recipe_is_accepted_as_it_is_written(sim, wish):
    assert bool(RECIPES[wish]) == (wish not in WITHOUT_REQUEST)
    for request in RECIPES[wish]:
        send(sim, request, target(sim, wish))


def follow(sim, wish, arn=None):
    (request,) = RECIPES[wish]
    return send(sim, request, arn)


def test_a_certificate_fails_with_caa_error(sim, acm, request_certificate):
    arn = request_certificate()
    follow(sim, "it fails with CAA_ERROR, at once", arn)
    failed = acm.describe_certificate(CertificateArn=arn)["Certificate"]
    assert (failed["Status"], failed["FailureReason"]) == ("FAILED", "CAA_ERROR")


def test_a_year_passes(sim):
    before = datetime.datetime.fromisoformat(sim.clock()["now"])
    after = datetime.datetime.fromisoformat(follow(sim, "let a year pass")["now"])
    assert after - before == datetime.timedelta(days=365)


def test_every_action_and_every_kind_of_fault_has_a_recipe(sim):
    text = PAGE.read_text()
    for refused in (lambda: sim.act("arn", "none"), lambda: sim.fault("none")):
        with pytest.raises(Refused) as raised:
            refused()
        _, _, known = json.loads(raised.value.text)["message"].partition("expected one of ")
        words = re.findall(r"`([a-z-]+)`", known)
        assert len(words) > 10
        for word in words:
            assert f'"{word}"' in text, word


def test_the_readme_names_every_operation(sim):
    readme = (ROOT / "sim/README.md").read_text()
    rows = re.findall(r"^\| (ACM|Route 53|STS) \| (.*) \|$", readme, re.M)
    named = {(title.replace(" ", "").lower(), name) for title, names in rows for name in names.split(", ")}
    assert named == offered(sim)


def test_the_five_lines_of_the_readme_start_it_and_request_a_certificate(tmp_path):
    _, _, start = (ROOT / "sim/README.md").read_text().partition("## Start\n\n```sh\n")
    script = start.partition("```")[0]
    assert len(script.splitlines()) == 5
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "acmcert-sim").symlink_to(BINARY)
    path = f"{tmp_path}:{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"
    # NB: nothing but the port differs, and that it ends.
    script = "trap 'kill $(jobs -p)' EXIT\n" + script.replace("4566", str(port))
    shell = subprocess.Popen(
        ["bash", "-euc", script],
        env={**os.environ, "PATH": path},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        out, complaint = shell.communicate(timeout=60)
    finally:
        if shell.poll() is None:
            os.killpg(shell.pid, signal.SIGKILL)
    assert shell.returncode == 0, complaint
    state = json.loads(out.strip().splitlines()[-1])
    assert [each["domainName"] for each in state["certificates"]] == ["www.example.com"]
    assert [each["name"] for each in state["hostedZones"]] == ["example.com"]
