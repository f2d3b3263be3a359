"""The command line of acmcert-sim, as the people who start it meet it."""

import re
import signal
import subprocess

import pytest

from conftest import BINARY, Simulator


def run(*arguments):
    """Runs it to its end: exit code, standard output, standard error."""
    done = subprocess.run([BINARY, *arguments], capture_output=True, text=True, timeout=10, check=False)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_help_has_examples_of_everything_one_does_first(arguments):
    code, text, _ = run(*arguments)
    assert code == 0
    _, _, examples = text.partition("Examples:")
    for part in ("aws acm request-certificate", "--port-file", "advanceSeconds", "CAA_ERROR", '"throttle"'):
        assert part in examples


def test_help_of_serve_tells_every_option_and_its_default():
    _, text, _ = run("serve", "--help")
    for option in ("--listen", "--port-file", "--seed", "--scale", "--settings", "--state", "--log"):
        assert re.search(rf"^ +{option}\b", text, re.M), option
    assert "[default: 127.0.0.1:4566]" in text and "[default: 1]" in text


@pytest.mark.parametrize(
    "arguments, said",
    [
        (["--listen", "0.0.0.0:0"], "--listen 0.0.0.0:0: only loopback addresses are accepted"),
        (["--listen", "[::]:0"], "only loopback addresses are accepted"),
        (["--listen", "nowhere"], "invalid value 'nowhere' for '--listen"),
        (["--scale", "0"], "--scale 0: scale must be greater than 0"),
        (["--settings", "nowhere.yaml"], "--settings nowhere.yaml: "),
        (["--port", "1"], "unexpected argument '--port'"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(arguments, said):
    # NB: a port of its own, should it be served after all.
    listen = [] if "--listen" in arguments else ["--listen", "127.0.0.1:0"]
    code, _, complaint = run("serve", *listen, *arguments)
    assert code != 0
    assert said in complaint
    assert "panicked" not in complaint


def test_settings_come_from_yaml_and_unknown_ones_are_named(tmp_path):
    file = tmp_path / "settings.yaml"
    file.write_text("validationSeconds: 7\nquotas:\n  certificates: null\n")
    simulator = Simulator(tmp_path, "--settings", file)
    settings = simulator.control("GET", "settings")
    assert (settings["validationSeconds"], settings["quotas"]["certificates"]) == (7, None)
    assert (settings["dnsPropagationSeconds"], settings["quotas"]["hostedZones"]) == (30, 500)
    assert simulator.stop() == 0
    file.write_text("validationSeconds: 7\nspeed: 1\n")
    code, _, complaint = run("serve", "--listen", "127.0.0.1:0", "--settings", file)
    assert code != 0 and f"--settings {file}: unknown settings: speed" in complaint


def test_the_scale_is_that_of_the_command_line(tmp_path):
    simulator = Simulator(tmp_path, "--scale", "60")
    assert simulator.control("GET", "clock")["scale"] == 60
    assert simulator.stop() == 0


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly(tmp_path, ending):
    simulator = Simulator(tmp_path)
    simulator.process.send_signal(ending)
    assert simulator.process.wait(timeout=10) == 0


def test_the_log_has_a_readable_line_for_each_request(tmp_path, session):
    log = tmp_path / "log"
    with log.open("w") as errors:
        simulator = Simulator(tmp_path, "--log", stderr=errors)
        acm = session.client("acm", region_name="eu-west-1", endpoint_url=simulator.url)
        arn = acm.request_certificate(DomainName="www.example.com")["CertificateArn"]
        with pytest.raises(acm.exceptions.ResourceNotFoundException):
            acm.describe_certificate(CertificateArn=arn)
        simulator.fault("slow", operation="ListCertificates", delaySeconds=0.01)
        acm.list_certificates()
        assert simulator.stop() == 0
    lines = log.read_text().splitlines()
    assert all(re.match(r"\S+Z +INFO \S", line) for line in lines), lines
    text = "\n".join(line.split("INFO ")[1] for line in lines)
    for line in (
        "RequestCertificate www.example.com: ok",
        f"DescribeCertificate {arn}: ResourceNotFoundException: Could not find certificate {arn}",
        "ListCertificates: ok, but a fault holds the answer back for 0.01 s",
        "POST /_sim/faults 200",
    ):
        assert line in text
