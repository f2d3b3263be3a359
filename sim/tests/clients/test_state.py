"""The state file: the world is the same after a crash, and after an orderly end."""

import json
import pathlib
import time

import pytest

from conftest import REGION, Simulator

# A change is on disk at most so long after it was made.
PROMISED = 5

BALANCER = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/1"


@pytest.fixture
def world(tmp_path):
    """Starts simulators that share one state file, each after the end of the one before."""
    running = []

    def start(*options):
        running.append(Simulator(tmp_path, "--state", tmp_path / "state.json", *options))
        return running[-1]

    yield start
    for simulator in running:
        if simulator.process.poll() is None:
            simulator.kill()


def furnish(sim):
    """Something of everything that the file keeps; gives the ARN of a certificate that is still pending."""
    sim.settings(validationSeconds=7, quotas={"rates": None, "route53": {"account": None}}, accounts={"AKIAX": "111111111111"})
    sim.control("POST", "zones", {"name": "example.com"})
    sim.control("POST", "zones", {"name": "example.com", "private": True})
    sim.plant("used.example.com", inUseBy=[BALANCER], tags={"team": "a"})
    sim.act(sim.plant("old.example.com"), "expire")
    sim.act(sim.plant("gone.example.com"), "delete")
    return sim.plant("new.example.com", status="PENDING_VALIDATION")


def truth(sim):
    return sim.control("GET", "state"), sim.control("GET", "settings"), sim.control("GET", "clock")


def test_what_was_changed_is_there_after_kill_9_once_the_promised_time_has_passed(world, tmp_path):
    sim = world()
    sim.clock(mode="manual", scale=2)
    arn = furnish(sim)
    sim.advance(100)
    before = truth(sim)
    time.sleep(PROMISED)
    sim.kill()
    # What a crash in the middle of a write leaves is neither read nor in the way.
    pathlib.Path(tmp_path / f"state.json.{sim.process.pid}.new").write_text('{"clock": {"now":')
    sim = world()
    assert truth(sim) == before
    # And the world goes on: what was going to happen still does.
    sim.advance(72 * 3600)
    statuses = {each["certificateArn"]: each["status"] for each in sim.certificates()}
    assert statuses[arn] == "VALIDATION_TIMED_OUT"


def test_who_reads_the_file_at_any_moment_reads_a_whole_one(world, tmp_path):
    sim = world()
    # So much that the file takes a while to write: written in place, it would be seen half done.
    names = [f"n{number}.example.com" for number in range(90)]
    for _ in range(400):
        sim.plant("www.example.com", subjectAlternativeNames=names)
    file = tmp_path / "state.json"
    versions, deadline = set(), time.monotonic() + 20
    while len(versions) < 3:
        assert time.monotonic() < deadline, "the file is not written anew"
        sim.plant("more.example.com")
        if file.exists():
            text = file.read_text()
            state = json.loads(text)
            assert {"clock", "world"} <= set(state)
            versions.add(hash(text))
    sim.kill()
    assert len(world().certificates()) > 400


def test_faults_counters_and_journal_are_not_kept(world, tmp_path):
    sim = world()
    furnish(sim)
    sim.fault("throttle", times=0)
    assert sim.control("GET", "journal")
    assert sim.stop() == 0
    sim = world()
    assert [sim.control("GET", what) for what in ("faults", "journal", "calls")] == [[], [], []]
    assert len(sim.certificates()) == 3


def test_time_resumes_no_earlier_than_it_was(world):
    sim = world()
    sim.clock(mode="real")
    sim.advance(86_400)
    before = sim.control("GET", "clock")["now"]
    assert sim.stop() == 0
    sim = world()
    assert sim.control("GET", "clock")["now"] >= before


def test_a_file_that_is_no_state_file_ends_the_start_with_a_sentence(tmp_path):
    (tmp_path / "state.json").write_text("{}")
    with pytest.raises(RuntimeError, match="does not serve"):
        Simulator(tmp_path, "--state", tmp_path / "state.json")
    assert (tmp_path / "state.json").read_text() == "{}"


def test_the_same_seed_gives_the_same_records_in_every_run(tmp_path):
    found = set()
    for run in ("first", "second"):
        (tmp_path / run).mkdir()
        sim = Simulator(tmp_path / run)
        arn = sim.plant("www.example.com", region=REGION)
        (certificate,) = [each for each in sim.certificates() if each["certificateArn"] == arn]
        found.add((certificate["validations"][0]["recordName"], certificate["validations"][0]["recordValue"]))
        assert sim.stop() == 0
    assert len(found) == 1
