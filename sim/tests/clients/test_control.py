"""The control interface says what is wrong with a request, and then does nothing of it."""

import json

import pytest

from conftest import Refused, raw


def refusal(call):
    """Makes the call, which must be a 400; gives the sentence."""
    with pytest.raises(Refused) as raised:
        call()
    assert raised.value.status == 400
    return json.loads(raised.value.text)["message"]


@pytest.mark.parametrize(
    "order, parts",
    [
        ({"kind": "explode"}, ["explode"]),
        ({"kind": "throttle", "service": "s3"}, ["s3"]),
        ({"kind": "throttle", "colour": "red"}, ["colour"]),
        ({}, ["kind"]),
        ({"kind": "late"}, ["delaySeconds is missing", "late", '"delaySeconds": 60']),
        ({"kind": "slow"}, ["delaySeconds is missing", "slow", '"delaySeconds": 60']),
        ({"kind": "slow", "delaySeconds": -1}, ["delaySeconds must not be negative"]),
        ({"kind": "throttle", "operation": "DescribeCertificates"}, ["unknown operation DescribeCertificates"]),
        (
            {"kind": "throttle", "service": "route53", "operation": "DescribeCertificate"},
            ["unknown operation DescribeCertificate of route53", "ListHostedZones"],
        ),
    ],
)
def test_a_fault_that_could_never_strike_is_refused_and_says_why(sim, order, parts):
    message = refusal(lambda: sim.control("POST", "faults", order))
    for part in parts:
        assert part in message
    assert sim.control("GET", "faults") == []


def test_unknown_settings_are_named_and_nothing_is_applied(sim):
    assert "speed" in refusal(lambda: sim.settings(speed=1, validationSeconds=1))
    assert sim.control("GET", "settings")["validationSeconds"] == 60


def test_a_setting_of_the_wrong_kind_is_named(sim):
    assert "validationSeconds must be a number" in refusal(lambda: sim.settings(validationSeconds="1"))
    assert "quotas.rates must be an object" in refusal(lambda: sim.settings(quotas={"rates": 1}))


@pytest.mark.parametrize("off", [{"quotas": None}, {"quotas": {"rates": None}}])
def test_a_patch_below_what_is_off_leaves_the_rest_of_it_off(sim, off):
    sim.settings(**off)
    rates = sim.settings(quotas={"rates": {"DescribeCertificate": 1}})["quotas"]["rates"]
    assert rates["DescribeCertificate"] == 1
    assert {rate for operation, rate in rates.items() if operation != "DescribeCertificate"} == {None}
    expected = None if off["quotas"] is None else 2500
    assert sim.control("GET", "settings")["quotas"]["certificates"] == expected


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_health_is_asked_for_by_get_only(sim, method):
    assert raw(sim, "/_sim/health", method="GET") == (200, "ok")
    status, text = raw(sim, "/_sim/health", method=method)
    assert status == 405
    assert json.loads(text)["message"] == f"/_sim/health answers GET only, not {method}"


def test_what_addresses_no_service_is_told_how_each_is_addressed(sim):
    for method, path in [("GET", "/"), ("POST", "/acm"), ("POST", "/_sim"), ("PUT", "/bucket/key")]:
        status, text = raw(sim, path, method=method)
        assert status == 404 and "X-Amz-Target" in text and "/2013-04-01/" in text and "/_sim/" in text


def test_what_is_not_there_and_what_is_no_json_is_said(sim):
    status, text = raw(sim, "/_sim/nothing", method="GET")
    message = json.loads(text)["message"]
    assert status == 404 and message.startswith("there is no GET /_sim/nothing; there are GET health, POST reset, ")
    status, text = raw(sim, "/_sim/clock", b"{")
    assert status == 400 and "EOF" in json.loads(text)["message"]
    with pytest.raises(Refused, match="there is no certificate arn:none") as raised:
        sim.act("arn:none", "expire")
    assert raised.value.status == 404
