"""The same calls against moto and the simulator: where they agree, where they do not, and who is right.

`moto_table.py` is the table and docs/simulator/moto.md the page that people read; UPDATE=1 writes the page anew.
"""

import importlib.metadata
import os
import pathlib

import boto3
import moto.settings
import pytest
from botocore.config import Config
from moto import mock_aws

from conftest import RAW, REGION, Simulator
from moto_calls import SEQUENCES
from moto_sides import Moto, Simulated
from moto_table import DIFFERENCES, MOTO, NOBODY, SIMULATOR, SOURCES

PAGE = pathlib.Path(__file__).resolve().parents[3] / "docs/simulator/moto.md"
REPAIR = "UPDATE=1 bin/clients-venv/bin/pytest sim/tests/clients/test_moto.py"

VERSION = importlib.metadata.version("moto")

INTRODUCTION = f"""# acmcert-sim and moto

Generated and tested; `{REPAIR}` writes it anew.

[Moto](https://docs.getmoto.org) is what most people test clients of AWS with. Here are the same calls, by boto3, against
acmcert-sim and moto {VERSION}: what each answers, who is right, and where AWS says so. A call that is refused
is shown by code and HTTP status. Ids are left out, for they differ anyway.

What matters most: moto issues a certificate without a look at DNS, gives every name the same record, deletes a
certificate in use, throttles nobody, and has no SearchCertificates.
"""


def facts_of(side, sequence):
    facts = {}

    def fact(name, value):
        assert name not in facts
        facts[name] = value

    sequence(side, fact)
    return facts


@pytest.fixture(scope="module")
def found(session, tmp_path_factory):
    """Makes the calls of a sequence on both sides, once: what the simulator answers, and what moto does."""
    known = {}

    def of_simulator(sequence):
        simulator = Simulator(tmp_path_factory.mktemp(sequence.__name__))
        simulator.settings(quotas={"rates": None, "route53": None})
        config = Config(retries=RAW, connect_timeout=5, read_timeout=10, proxies={})

        def client(service):
            return session.client(service, region_name=REGION, endpoint_url=simulator.url, config=config)

        try:
            return facts_of(Simulated(client, simulator), sequence)
        finally:
            simulator.stop()

    def of_moto(sequence):
        # NB: set back afterwards, for a sequence changes it.
        with pytest.MonkeyPatch.context() as patch, mock_aws():
            patch.setattr(moto.settings, "ACM_VALIDATION_WAIT", 60)
            return facts_of(Moto(lambda service: boto3.client(service, region_name=REGION)), sequence)

    def both(sequence):
        if sequence not in known:
            known[sequence] = of_simulator(sequence), of_moto(sequence)
        return known[sequence]

    return both


@pytest.mark.parametrize("sequence", SEQUENCES, ids=lambda sequence: sequence.__name__)
def test_moto_and_the_simulator_differ_where_the_table_says_and_nowhere_else(sequence, found):
    simulated, mocked = found(sequence)
    assert mocked.keys() == simulated.keys()
    differing = {name: (mocked[name], simulated[name]) for name in mocked if mocked[name] != simulated[name]}
    listed = {name: (each.moto, each.simulator) for name, each in DIFFERENCES[sequence.__name__].items()}
    assert differing == listed


def test_every_difference_has_a_judge_and_every_fact_a_source():
    names = [sequence.__name__ for sequence in SEQUENCES]
    assert names == list(DIFFERENCES) == list(SOURCES)
    assert all(SOURCES.values()) and all(sequence.__doc__ for sequence in SEQUENCES)
    for differences in DIFFERENCES.values():
        for name, difference in differences.items():
            assert difference.right in (SIMULATOR, MOTO, NOBODY), name
            assert difference.source, name


def shown(value):
    """A value as people read it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return "nothing"
    if isinstance(value, (list, tuple, set, frozenset)):
        inner = sorted(value) if isinstance(value, (set, frozenset)) else value
        return ", ".join(shown(each) for each in inner) or "none"
    return f"`{value}`".replace("|", "\\|")


def row(name, simulated, mocked, differences, pages):
    difference = differences.get(name)
    right, source = (difference.right, difference.source) if difference else ("both", pages)
    title = name.replace("*", "\\*")
    return f"| {title} | {shown(simulated)} | {shown(mocked)} | {right} | {source} |"


def page(found):
    lines = [INTRODUCTION]
    for sequence in SEQUENCES:
        name = sequence.__name__
        title = name.replace("_", " ").capitalize()
        lines += [f"## {title}", "", f"Call sequence: {sequence.__doc__}.", ""]
        lines += ["| fact | acmcert-sim | moto | who is right | source |", "| --- | --- | --- | --- | --- |"]
        simulated, mocked = found(sequence)
        # What differs comes first: it is what people look for.
        for fact in sorted(simulated, key=lambda fact: fact not in DIFFERENCES[name]):
            lines.append(row(fact, simulated[fact], mocked[fact], DIFFERENCES[name], SOURCES[name]))
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def test_the_page_is_what_was_found(found):
    text = page(found)
    if os.environ.get("UPDATE"):
        PAGE.write_text(text)
    assert PAGE.exists() and PAGE.read_text() == text, f"{PAGE} is out of date; this repairs it: {REPAIR}"
