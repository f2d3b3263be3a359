//! Route 53's answers in XML: ids with prefix, names escaped and dotted.

use crate::world::answer::{Answer, ApiError, ChangeDetail, RecordPage, ZoneByNamePage, ZoneDetail, ZonePage};
use crate::world::dns_name::escaped;
use crate::world::instant;
use crate::world::records::RecordSet;

use super::xml::{leaf, optional_leaf};

const NAMESPACE: &str = "https://route53.amazonaws.com/doc/2013-04-01/";

/// Status and body of a success.
pub(crate) fn body(answer: &Answer) -> (u16, String) {
    match answer {
        Answer::ZoneCreated { zone, change } => {
            let inner = format!("{}{}{}", hosted_zone(zone), change_info(change), delegation_set(zone));
            (201, document("CreateHostedZoneResponse", &inner))
        }
        Answer::Zone(zone) => {
            // NB: private zones have no delegation.
            let delegation = if zone.private { String::new() } else { delegation_set(zone) };
            (200, document("GetHostedZoneResponse", &format!("{}{delegation}", hosted_zone(zone))))
        }
        Answer::ZoneDeleted(change) => (200, document("DeleteHostedZoneResponse", &change_info(change))),
        Answer::Zones(page) => (200, document("ListHostedZonesResponse", &zones(page))),
        Answer::ZonesByName(page) => (200, document("ListHostedZonesByNameResponse", &zones_by_name(page))),
        Answer::Records(page) => (200, document("ListResourceRecordSetsResponse", &records(page))),
        Answer::RecordsChanged(change) => (200, document("ChangeResourceRecordSetsResponse", &change_info(change))),
        Answer::Change(change) => (200, document("GetChangeResponse", &change_info(change))),
        _ => (200, String::new()),
    }
}

/// The body of a failure. All messages of a failed batch come in one, in brackets, as AWS sends them.
pub(crate) fn error(error: &ApiError, request_id: &str) -> String {
    let kind = if error.status >= 500 { "Receiver" } else { "Sender" };
    let inner = format!(
        "<Error>{}{}{}</Error>{}",
        leaf("Type", kind),
        leaf("Code", &error.code),
        leaf("Message", &error.message),
        leaf("RequestId", request_id)
    );
    document("ErrorResponse", &inner)
}

/// Where a new hosted zone can be read.
pub(crate) fn location(zone_id: &str) -> String {
    format!("https://route53.amazonaws.com/2013-04-01/hostedzone/{zone_id}")
}

fn document(name: &str, inner: &str) -> String {
    format!("<?xml version=\"1.0\"?>\n<{name} xmlns=\"{NAMESPACE}\">{inner}</{name}>")
}

fn hosted_zone(zone: &ZoneDetail) -> String {
    format!(
        "<HostedZone>{}{}{}<Config>{}{}</Config>{}</HostedZone>",
        leaf("Id", &format!("/hostedzone/{}", zone.id)),
        leaf("Name", &escaped(&zone.name)),
        leaf("CallerReference", &zone.caller_reference),
        optional_leaf("Comment", zone.comment.as_deref()),
        leaf("PrivateZone", &zone.private.to_string()),
        leaf("ResourceRecordSetCount", &zone.record_count.to_string())
    )
}

fn delegation_set(zone: &ZoneDetail) -> String {
    let servers: String = zone.name_servers.iter().map(|server| leaf("NameServer", server)).collect();
    format!("<DelegationSet><NameServers>{servers}</NameServers></DelegationSet>")
}

fn change_info(change: &ChangeDetail) -> String {
    format!(
        "<ChangeInfo>{}{}{}{}</ChangeInfo>",
        leaf("Id", &format!("/change/{}", change.id)),
        leaf("Status", if change.in_sync { "INSYNC" } else { "PENDING" }),
        leaf("SubmittedAt", &instant::text(change.submitted_at)),
        optional_leaf("Comment", change.comment.as_deref())
    )
}

fn zones(page: &ZonePage) -> String {
    let zones: String = page.zones.iter().map(hosted_zone).collect();
    format!(
        "<HostedZones>{zones}</HostedZones>{}{}{}{}",
        optional_leaf("Marker", page.marker.as_deref()),
        leaf("IsTruncated", &page.next_marker.is_some().to_string()),
        optional_leaf("NextMarker", page.next_marker.as_deref()),
        leaf("MaxItems", &page.max_items.to_string())
    )
}

fn zones_by_name(page: &ZoneByNamePage) -> String {
    let zones: String = page.zones.iter().map(hosted_zone).collect();
    let next_name = page.next.as_ref().map(|(name, _)| escaped(name));
    let next_id = page.next.as_ref().map(|(_, id)| id.as_str());
    format!(
        "<HostedZones>{zones}</HostedZones>{}{}{}{}{}{}",
        optional_leaf("DNSName", page.dns_name.as_deref()),
        optional_leaf("HostedZoneId", page.zone_id.as_deref()),
        leaf("IsTruncated", &page.next.is_some().to_string()),
        optional_leaf("NextDNSName", next_name.as_deref()),
        optional_leaf("NextHostedZoneId", next_id),
        leaf("MaxItems", &page.max_items.to_string())
    )
}

fn records(page: &RecordPage) -> String {
    let sets: String = page.records.iter().map(record_set).collect();
    let next_name = page.next.as_ref().map(|(name, _)| escaped(name));
    let next_type = page.next.as_ref().map(|(_, record_type)| record_type.as_str());
    format!(
        "<ResourceRecordSets>{sets}</ResourceRecordSets>{}{}{}{}",
        leaf("IsTruncated", &page.next.is_some().to_string()),
        optional_leaf("NextRecordName", next_name.as_deref()),
        optional_leaf("NextRecordType", next_type),
        leaf("MaxItems", &page.max_items.to_string())
    )
}

fn record_set(set: &RecordSet) -> String {
    let mut inner = leaf("Name", &escaped(&set.name));
    inner.push_str(&leaf("Type", &set.record_type));
    if let Some(alias) = &set.alias {
        let target = format!(
            "<AliasTarget>{}{}{}</AliasTarget>",
            leaf("HostedZoneId", &alias.hosted_zone_id),
            leaf("DNSName", &alias.dns_name),
            leaf("EvaluateTargetHealth", &alias.evaluate_target_health.to_string())
        );
        inner.push_str(&target);
    } else {
        let values: String = set
            .values
            .iter()
            .map(|value| format!("<ResourceRecord>{}</ResourceRecord>", leaf("Value", value)))
            .collect();
        inner.push_str(&optional_leaf("TTL", set.ttl.map(|ttl| ttl.to_string()).as_deref()));
        inner.push_str(&format!("<ResourceRecords>{values}</ResourceRecords>"));
    }
    format!("<ResourceRecordSet>{inner}</ResourceRecordSet>")
}
