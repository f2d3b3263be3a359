"""boto3 understands every answer of Route 53 (each is held against the API model too, see strict_model.py)."""

import datetime

import pytest

from conftest import cname


def change(route53, zone, *changes, comment=None):
    batch = {"Changes": list(changes), **({"Comment": comment} if comment else {})}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)["ChangeInfo"]


def record_sets(route53, zone, **start):
    return route53.list_resource_record_sets(HostedZoneId=zone, **start)["ResourceRecordSets"]


def test_a_new_zone_has_servers_and_their_two_record_sets(sim, route53):
    made = route53.create_hosted_zone(
        Name="Example.COM", CallerReference="one", HostedZoneConfig={"Comment": "a & b", "PrivateZone": False}
    )
    zone = made["HostedZone"]
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["Location"] == f"https://route53.amazonaws.com/2013-04-01{zone['Id']}"
    assert zone["Id"].startswith("/hostedzone/Z")
    assert (zone["Name"], zone["CallerReference"]) == ("example.com.", "one")
    assert zone["Config"] == {"Comment": "a & b", "PrivateZone": False}
    assert zone["ResourceRecordSetCount"] == 2
    assert made["ChangeInfo"]["Status"] == "PENDING"
    servers = made["DelegationSet"]["NameServers"]
    assert len(set(servers)) == 4
    sets = {each["Type"]: each for each in record_sets(route53, zone["Id"])}
    assert set(sets) == {"NS", "SOA"}
    assert [record["Value"] for record in sets["NS"]["ResourceRecords"]] == [f"{server}." for server in servers]
    assert (sets["NS"]["TTL"], sets["SOA"]["TTL"]) == (172800, 900)


def test_a_zone_reads_back_with_and_without_the_prefix_of_its_id(route53, zone):
    bare = route53.get_hosted_zone(Id=zone)
    prefixed = route53.get_hosted_zone(Id=f"/hostedzone/{zone}")
    assert bare["HostedZone"] == prefixed["HostedZone"]
    assert len(bare["DelegationSet"]["NameServers"]) == 4


def test_a_private_zone_has_no_delegation_set(sim, route53):
    zone_id = sim.control("POST", "zones", {"name": "example.com", "private": True})["id"]
    answer = route53.get_hosted_zone(Id=zone_id)
    assert answer["HostedZone"]["Config"]["PrivateZone"] is True
    assert "DelegationSet" not in answer


def test_a_deleted_zone_is_gone(route53, zone):
    info = route53.delete_hosted_zone(Id=zone)["ChangeInfo"]
    assert info["Id"].startswith("/change/C") and info["Status"] == "PENDING"
    with pytest.raises(route53.exceptions.NoSuchHostedZone):
        route53.get_hosted_zone(Id=zone)
    assert route53.list_hosted_zones()["HostedZones"] == []


def test_the_paginator_brings_a_hundred_zones_a_page(sim, route53):
    zones = [{"name": f"z{number}.example.com", "private": number % 2 == 1} for number in range(130)]
    made = [sim.control("POST", "zones", zone)["id"] for zone in zones]
    pages = list(route53.get_paginator("list_hosted_zones").paginate())
    assert [len(page["HostedZones"]) for page in pages] == [100, 30]
    assert [page["IsTruncated"] for page in pages] == [True, False]
    assert {page["MaxItems"] for page in pages} == {"100"}
    listed = [each["Id"].removeprefix("/hostedzone/") for page in pages for each in page["HostedZones"]]
    assert sorted(listed) == sorted(made)
    assert {each["Config"]["PrivateZone"] for page in pages for each in page["HostedZones"]} == {False, True}


def test_zones_by_name_come_in_dns_order_from_the_name_asked_for(sim, route53):
    for name in ["b.com", "a.b.com", "a.net", "a.com", "b.com"]:
        sim.control("POST", "zones", {"name": name})
    every = [each["Name"] for each in route53.list_hosted_zones_by_name()["HostedZones"]]
    assert every == ["a.com.", "b.com.", "b.com.", "a.b.com.", "a.net."]
    first = route53.list_hosted_zones_by_name(DNSName="b.com", MaxItems="1")
    assert first["IsTruncated"] is True
    assert (first["NextDNSName"], first["MaxItems"]) == ("b.com.", "1")
    following = route53.list_hosted_zones_by_name(
        DNSName=first["NextDNSName"], HostedZoneId=first["NextHostedZoneId"], MaxItems="1"
    )
    assert following["HostedZones"][0]["Id"] != first["HostedZones"][0]["Id"]
    assert following["NextDNSName"] == "a.b.com."


def test_changes_create_replace_and_delete_record_sets(route53, zone):
    info = change(route53, zone, cname("CREATE", "_a.example.com", "_b.acm-validations.aws."), comment="why & how")
    assert info["Comment"] == "why & how"
    assert isinstance(info["SubmittedAt"], datetime.datetime)
    (made,) = [each for each in record_sets(route53, zone) if each["Type"] == "CNAME"]
    assert made == cname("CREATE", "_a.example.com.", "_b.acm-validations.aws.")["ResourceRecordSet"]
    change(route53, zone, cname("UPSERT", "_a.example.com.", "_c.acm-validations.aws.", ttl=60))
    (replaced,) = [each for each in record_sets(route53, zone) if each["Type"] == "CNAME"]
    assert (replaced["TTL"], replaced["ResourceRecords"]) == (60, [{"Value": "_c.acm-validations.aws."}])
    change(route53, zone, cname("DELETE", "_a.example.com.", "_c.acm-validations.aws.", ttl=60))
    assert [each["Type"] for each in record_sets(route53, zone)] == ["NS", "SOA"]


def test_other_types_and_aliases_read_back_as_they_were_written(route53, zone):
    text = {"Name": "t.example.com.", "Type": "TXT", "TTL": 5, "ResourceRecords": [{"Value": '"<a> & \\"b\\""'}, {"Value": '"c"'}]}
    target = {"HostedZoneId": "Z2FDTNDATAQYW2", "DNSName": "d1.cloudfront.net.", "EvaluateTargetHealth": False}
    alias = {"Name": "w.example.com.", "Type": "A", "AliasTarget": target}
    change(route53, zone, *({"Action": "CREATE", "ResourceRecordSet": each} for each in (text, alias)))
    assert record_sets(route53, zone)[2:] == [text, alias]


def test_a_wildcard_comes_back_as_an_octal_escape(route53, zone):
    change(route53, zone, cname("CREATE", "*.example.com", "x.example.net."))
    assert record_sets(route53, zone)[-1]["Name"] == "\\052.example.com."
    assert len(record_sets(route53, zone, StartRecordName="\\052.example.com", StartRecordType="CNAME")) == 1
    change(route53, zone, cname("DELETE", "\\052.example.com.", "x.example.net."))
    assert len(record_sets(route53, zone)) == 2


def test_the_paginator_brings_three_hundred_record_sets_a_page_in_dns_order(route53, zone):
    names = [f"n{number:03}.example.com." for number in range(350)]
    change(route53, zone, *(cname("CREATE", name, "x.example.net.") for name in reversed(names)))
    pages = list(route53.get_paginator("list_resource_record_sets").paginate(HostedZoneId=zone))
    assert [len(page["ResourceRecordSets"]) for page in pages] == [300, 52]
    assert (pages[0]["IsTruncated"], pages[0]["NextRecordName"]) == (True, "n298.example.com.")
    assert pages[0]["NextRecordType"] == "CNAME"
    listed = [each["Name"] for page in pages for each in page["ResourceRecordSets"]]
    assert listed == ["example.com.", "example.com.", *names]


def test_a_list_of_records_starts_at_the_name_and_type_asked_for(route53, zone):
    change(route53, zone, *(cname("CREATE", f"{letter}.example.com", "x.example.net.") for letter in "bd"))
    started = record_sets(route53, zone, StartRecordName="c.example.com", StartRecordType="CNAME")
    assert [each["Name"] for each in started] == ["d.example.com."]


def test_a_change_is_pending_until_every_name_server_has_it(sim, route53, zone):
    sent = change(route53, zone, cname("CREATE", "a.example.com", "x.example.net."))
    assert sent["Status"] == "PENDING"
    assert route53.get_change(Id=sent["Id"])["ChangeInfo"] == sent
    sim.advance(30)
    assert route53.get_change(Id=sent["Id"])["ChangeInfo"] == {**sent, "Status": "INSYNC"}


def test_the_next_batch_need_not_wait_until_every_name_server_has_the_last(route53, zone):
    first = change(route53, zone, cname("CREATE", "a.example.com", "x.example.net."))
    change(route53, zone, cname("CREATE", "b.example.com", "x.example.net."))
    assert route53.get_change(Id=first["Id"])["ChangeInfo"]["Status"] == "PENDING"
    assert len(record_sets(route53, zone)) == 4


def test_the_waiter_sees_the_record_sets_changed(sim, route53, zone):
    info = change(route53, zone, cname("CREATE", "a.example.com", "x.example.net."))
    seen = []
    route53.meta.events.register(
        "after-call.route-53.GetChange", lambda parsed, **_: seen.append(parsed["ChangeInfo"]["Status"]) or sim.advance(20)
    )
    route53.get_waiter("resource_record_sets_changed").wait(Id=info["Id"], WaiterConfig={"Delay": 0, "MaxAttempts": 9})
    assert seen == ["PENDING", "PENDING", "INSYNC"]


def test_zones_of_another_account_are_not_there(sim, client, zone):
    sim.settings(accounts={"AKIAOTHER": "222222222222"})
    stranger = client("route53", aws_access_key_id="AKIAOTHER", aws_secret_access_key="simulated")
    assert stranger.list_hosted_zones()["HostedZones"] == []
    with pytest.raises(stranger.exceptions.NoSuchHostedZone):
        stranger.get_hosted_zone(Id=zone)
