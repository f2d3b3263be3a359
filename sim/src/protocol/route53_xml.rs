//! Route 53's requests: REST, with XML bodies.

use crate::world::answer::ApiError;
use crate::world::call::{AliasTarget, Call, CreateHostedZone, RecordChange};
use http::{Method, Uri};

use super::form::{decoded, field, fields};
use super::xml::{self, Element};

/// The call that a method, a path and a body mean.
pub(crate) fn read(method: &Method, uri: &Uri, body: &[u8]) -> Result<Call, ApiError> {
    let path = uri.path().strip_prefix("/2013-04-01/").unwrap_or_default();
    let mut parts: Vec<String> = Vec::new();
    // NB: ids may come with their prefix, even escaped: hostedzone/%2Fhostedzone%2FZ1 is hostedzone/Z1.
    for part in decoded(path, false).split('/').filter(|part| !part.is_empty()) {
        if !(parts.len() == 1 && parts.first().is_some_and(|first| first == part)) {
            parts.push(part.to_owned());
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    let query = fields(uri.query().unwrap_or_default());
    let max_items = || max_items(&query);
    match (method.as_str(), parts.as_slice()) {
        ("POST", ["hostedzone"]) => create_hosted_zone(body),
        ("GET", ["hostedzone"]) => Ok(Call::ListHostedZones {
            marker: field(&query, "marker").map(|marker| bare(&marker)),
            max_items: max_items()?,
        }),
        ("GET", ["hostedzonesbyname"]) => Ok(Call::ListHostedZonesByName {
            dns_name: field(&query, "dnsname"),
            zone_id: field(&query, "hostedzoneid").map(|id| bare(&id)),
            max_items: max_items()?,
        }),
        ("GET", ["hostedzone", id]) => Ok(Call::GetHostedZone { zone_id: (*id).to_owned() }),
        ("DELETE", ["hostedzone", id]) => Ok(Call::DeleteHostedZone { zone_id: (*id).to_owned() }),
        ("GET", ["hostedzone", id, "rrset"]) => list_record_sets(id, &query),
        ("POST", ["hostedzone", id, "rrset"]) => change_record_sets(id, body),
        ("GET", ["change", id]) => Ok(Call::GetChange { change_id: (*id).to_owned() }),
        _ => Err(ApiError::with_status("UnknownOperationException", "There is no such operation", 404)),
    }
}

fn bare(id: &str) -> String {
    id.rsplit('/').next().unwrap_or(id).to_owned()
}

fn max_items(query: &[(String, String)]) -> Result<Option<i64>, ApiError> {
    match field(query, "maxitems") {
        None => Ok(None),
        Some(text) => match text.parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(invalid(format!("maxitems must be a number, not {text}"))),
        },
    }
}

fn list_record_sets(id: &str, query: &[(String, String)]) -> Result<Call, ApiError> {
    if field(query, "identifier").is_some() {
        return Err(invalid("record sets with identifiers are not modelled".to_owned()));
    }
    Ok(Call::ListResourceRecordSets {
        zone_id: id.to_owned(),
        name: field(query, "name"),
        record_type: field(query, "type"),
        max_items: max_items(query)?,
    })
}

fn create_hosted_zone(body: &[u8]) -> Result<Call, ApiError> {
    let root = document(body, "CreateHostedZoneRequest")?;
    let config = root.child("HostedZoneConfig");
    let said_private = config.and_then(|config| config.child_text("PrivateZone")).is_some_and(|text| text == "true");
    Ok(Call::CreateHostedZone(CreateHostedZone {
        name: required(&root, "Name")?,
        caller_reference: required(&root, "CallerReference")?,
        comment: config.and_then(|config| config.child_text("Comment")),
        private: said_private || root.child("VPC").is_some(),
    }))
}

fn change_record_sets(id: &str, body: &[u8]) -> Result<Call, ApiError> {
    let root = document(body, "ChangeResourceRecordSetsRequest")?;
    let batch = root.child("ChangeBatch").ok_or_else(|| missing("ChangeBatch"))?;
    let list = batch.child("Changes").ok_or_else(|| missing("Changes"))?;
    let mut changes = Vec::with_capacity(list.children.len());
    for change in list.children.iter().filter(|child| child.name == "Change") {
        changes.push(record_change(change)?);
    }
    Ok(Call::ChangeResourceRecordSets { zone_id: id.to_owned(), comment: batch.child_text("Comment"), changes })
}

fn record_change(change: &Element) -> Result<RecordChange, ApiError> {
    let set = change.child("ResourceRecordSet").ok_or_else(|| missing("ResourceRecordSet"))?;
    if set.child("SetIdentifier").is_some() {
        return Err(invalid("record sets with identifiers are not modelled".to_owned()));
    }
    let ttl: Option<i64> = match set.child_text("TTL") {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| invalid(format!("TTL must be a number, not {text}")))?),
    };
    let mut values = Vec::new();
    if let Some(records) = set.child("ResourceRecords") {
        for record in records.children.iter().filter(|child| child.name == "ResourceRecord") {
            values.push(required(record, "Value")?);
        }
    }
    let alias = match set.child("AliasTarget") {
        None => None,
        Some(alias) => Some(AliasTarget {
            hosted_zone_id: required(alias, "HostedZoneId")?,
            dns_name: required(alias, "DNSName")?,
            evaluate_target_health: required(alias, "EvaluateTargetHealth")? == "true",
        }),
    };
    Ok(RecordChange {
        action: required(change, "Action")?,
        name: required(set, "Name")?,
        record_type: required(set, "Type")?,
        ttl,
        values,
        alias,
    })
}

fn document(body: &[u8], name: &str) -> Result<Element, ApiError> {
    let malformed = |reason: String| ApiError::new("MalformedInput", format!("The XML you provided: {reason}"));
    let text = std::str::from_utf8(body).map_err(|error| malformed(error.to_string()))?;
    let root = xml::read(text).map_err(malformed)?;
    if root.name == name { Ok(root) } else { Err(malformed(format!("expected {name}, not {}", root.name))) }
}

fn required(element: &Element, name: &str) -> Result<String, ApiError> {
    element.child_text(name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> ApiError {
    invalid(format!("Invalid XML ; {name} is missing"))
}

fn invalid(message: String) -> ApiError {
    ApiError::new("InvalidInput", message)
}
