"""Clients that are broken or ill-meaning: they get AWS's error or a closed connection, and nobody else notices."""

import http.client
import pathlib
import socket
import time

import pytest

from conftest import raw, signed

# The head of a request and its body have so long each.
PATIENCE = 10

TARGET = "CertificateManager.RequestCertificate"


def connect(sim):
    host, port = sim.url.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=5)


class Dribbler:
    """A client that sends a byte now and then, until it is let go."""

    def __init__(self, sim, start):
        self.socket = connect(sim)
        self.socket.sendall(start)
        self.socket.setblocking(False)
        self.begun = time.monotonic()
        self.heard = b""
        self.closed_after = None

    def dribble(self, byte):
        """Whether the connection is still open."""
        try:
            if byte:
                self.socket.send(byte)
            while True:
                piece = self.socket.recv(4096)
                self.heard += piece
                if not piece:
                    break
        except BlockingIOError:
            return True
        except ConnectionError:
            pass
        self.closed_after = time.monotonic() - self.begun
        self.socket.close()
        return False


def test_who_dribbles_is_let_go_and_nobody_waits_for_it_meanwhile(sim, acm):
    body = b"POST / HTTP/1.1\r\nHost: sim\r\nContent-Length: 1000\r\n\r\n{"
    heads = [Dribbler(sim, b"POST / HTTP/1.1\r\nX-Slow: ") for _ in range(50)]
    bodies = [Dribbler(sim, body) for _ in range(50)]
    silent = [Dribbler(sim, b"") for _ in range(10)]
    resting = http.client.HTTPConnection(sim.url.removeprefix("http://"), timeout=5)
    resting.request("GET", "/_sim/health")
    assert resting.getresponse().read() == b"ok"
    kept = resting.sock

    open_ones = [(dribbler, b"x") for dribbler in heads + bodies] + [(dribbler, b"") for dribbler in silent]
    deadline = time.monotonic() + PATIENCE + 5
    while open_ones and time.monotonic() < deadline:
        open_ones = [(dribbler, byte) for dribbler, byte in open_ones if dribbler.dribble(byte)]
        start = time.monotonic()
        acm.list_certificates()
        assert time.monotonic() - start < 2, "others must be served meanwhile"
        time.sleep(0.25)
    assert not open_ones
    for dribbler in heads + bodies + silent:
        assert dribbler.closed_after > PATIENCE - 2, "a slow client is not a broken one"
    for dribbler in bodies:
        assert dribbler.heard == b"" or dribbler.heard.startswith(b"HTTP/1.1 408 ")

    # Who asks for nothing has all the time: clients keep their connections for later.
    resting.request("GET", "/_sim/health")
    assert resting.getresponse().read() == b"ok"
    assert resting.sock is kept
    resting.close()


def memory(sim):
    """The most memory that the simulator ever had, in bytes."""
    status = pathlib.Path(f"/proc/{sim.process.pid}/status").read_text()
    (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(line.split()[1]) * 1024


def pour(sim, head, piece, pieces):
    """Sends the head, then the piece so many times, unless an answer comes first; gives the answer, or nothing."""
    with connect(sim) as stream:
        try:
            stream.sendall(head)
            for _ in range(pieces):
                stream.sendall(piece)
        except ConnectionError:
            pass
        try:
            return stream.recv(4096)
        except ConnectionError:
            return b""


@pytest.mark.parametrize(
    "head, piece, status",
    [
        ("Content-Length: 134217728\r\n\r\n", b"x" * 65536, b"413"),
        ("Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n", b"413"),
        ("X-Large: ", b"x" * 65536, b"431"),
    ],
    ids=["body", "chunks", "header"],
)
def test_too_much_is_refused_and_not_kept_in_memory(sim, head, piece, status):
    before = memory(sim)
    answer = pour(sim, f"POST / HTTP/1.1\r\nHost: sim\r\n{head}".encode(), piece, 2048)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 " + status), answer
    assert memory(sim) - before < 32 * 1024 * 1024
    assert raw(sim, "/_sim/health", method="GET") == (200, "ok")


def test_a_body_of_a_mebibyte_is_read_and_a_byte_more_is_not(sim):
    headers = {"X_Amz_Target": TARGET, "Authorization": signed("acm")}
    status, text = raw(sim, body=b" " * 1024 * 1024, **headers)
    assert status == 400 and "SerializationException" in text
    status, text = raw(sim, body=b" " * (1024 * 1024 + 1), **headers)
    assert (status, text) == (413, "the body is larger than 1 MiB, or broke off")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"\xff\xfe", b"[]", b'"x"', b"{} {}", b"[" * 100_000, b'{"DomainName": "a.example.com",}', b"null"],
    ids=["nothing", "half", "no UTF-8", "a list", "a string", "two", "deep", "a comma", "null"],
)
def test_json_that_is_none_is_a_serialization_exception(sim, body):
    status, text = raw(sim, body=body, X_Amz_Target=TARGET, Authorization=signed("acm"))
    assert status == 400 and '"SerializationException"' in text


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<CreateHostedZoneRequest>",
        b"<CreateHostedZoneRequest></Other>",
        b"<Other/>",
        b"\xff\xfe",
        b"{}",
        b"<a>" * 100_000,
        ENTITIES + b"<CreateHostedZoneRequest><Name>&b;.com</Name></CreateHostedZoneRequest>",
    ],
    ids=["nothing", "half", "crossed", "another", "no UTF-8", "JSON", "deep", "entities"],
)
def test_xml_that_is_none_is_malformed_input(sim, body):
    status, text = raw(sim, "/2013-04-01/hostedzone", body, Authorization=signed("route53"))
    assert status == 400 and "<Code>MalformedInput</Code>" in text
    assert sim.control("GET", "state")["hostedZones"] == []


def test_a_form_without_an_action_or_with_half_a_parameter_is_refused(sim):
    for body, code in [
        (b"", "MissingAction"),
        (b"%zz=%&&==&Action", "MissingAction"),
        (b"Action=AssumeRole", "ValidationError"),
        (b"Action=AssumeRole&DurationSeconds=soon", "MalformedInput"),
        (b"\xff\xfe", "MissingAction"),
    ]:
        status, text = raw(sim, body=body, Authorization=signed("sts"))
        assert status == 400 and f"<Code>{code}</Code>" in text


@pytest.mark.parametrize("header", ["", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=a/b/c", "Basic eDp5"])
def test_a_signature_that_is_none_is_as_good_as_no_signature(sim, header):
    status, text = raw(sim, body=b"{}", X_Amz_Target="CertificateManager.ListCertificates", Authorization=header)
    assert status == 400 and "MissingAuthenticationTokenException" in text


def test_what_is_no_http_at_all_gets_no_answer_but_an_end(sim, acm):
    for noise in [b"\x16\x03\x01\x02\x00\x01\x00\x01", b"\r\n\r\n\r\nhello\r\n\r\n", b"\x00" * 1000]:
        answer = pour(sim, noise + b"\r\n\r\n", b"", 0)
        assert answer == b"" or answer.startswith(b"HTTP/1.1 400")
    assert acm.list_certificates()["CertificateSummaryList"] == []
