//! ListCertificates: filters, order and pages over what was true a moment ago.

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, ListCertificates};
use super::certificate::CertificateSummary;
use super::instant;
use super::search_filter::TextProperty;

const MAX_ITEMS: i64 = 1000;

/// What ACM shows when no key type is asked for. NB: every EC certificate is missing.
const DEFAULT_KEY_TYPES: [&str; 2] = ["RSA_1024", "RSA_2048"];

/// The uses of the certificates that ACM issues; they all have the same.
pub(crate) const KEY_USAGES: [&str; 2] = ["DIGITAL_SIGNATURE", "KEY_ENCIPHERMENT"];
pub(crate) const EXTENDED_KEY_USAGES: [&str; 2] = ["TLS_WEB_SERVER_AUTHENTICATION", "TLS_WEB_CLIENT_AUTHENTICATION"];

/// Sorts pages as well: time of creation where asked for, then number.
type Position = (i64, u64);

impl World {
    pub(crate) fn list_certificates(&self, caller: &Caller, list: &ListCertificates) -> Result<Answer, ApiError> {
        let max_items = list.max_items.unwrap_or(MAX_ITEMS);
        if !(1..=MAX_ITEMS).contains(&max_items) {
            let bound = format!("Member must have value between 1 and {MAX_ITEMS}, inclusive");
            return Err(ApiError::constraint(&max_items.to_string(), "maxItems", &bound));
        }
        check_filters(list)?;
        let sorted = match list.sort_by.as_deref() {
            None => false,
            Some("CREATED_AT") => true,
            Some(other) => {
                return Err(ApiError::enumeration(other, "sortBy", &["CREATED_AT"]));
            }
        };
        let descending = match list.sort_order.as_deref() {
            None | Some("ASCENDING") => false,
            Some("DESCENDING") => true,
            Some(other) => {
                return Err(ApiError::enumeration(other, "sortOrder", &["ASCENDING", "DESCENDING"]));
            }
        };
        if sorted != list.sort_order.is_some() {
            return Err(ApiError::new("InvalidArgsException", "SortBy and SortOrder must be given both or not at all"));
        }
        let after = match list.next_token.as_deref() {
            None => None,
            Some(token) => Some(read_token(token).ok_or_else(|| {
                ApiError::new("ValidationException", "The specified NextToken is not one that was given out")
            })?),
        };

        let mut found: Vec<(Position, &CertificateSummary)> = self
            .listed(caller)
            .filter(|(_, summary)| passes(list, summary))
            .map(|(number, summary)| {
                let created = if sorted { summary.created_at.as_millisecond() } else { 0 };
                ((created, number), summary)
            })
            .collect();
        found.sort_by_key(|(position, _)| *position);
        if descending {
            found.reverse();
        }
        let beyond = |position: Position| match after {
            None => true,
            Some(after) if descending => position < after,
            Some(after) => position > after,
        };
        found.retain(|(position, _)| beyond(*position));
        let size = usize::try_from(max_items).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        let next_token = if more { found.last().map(|(position, _)| write_token(*position)) } else { None };
        let summaries = found.into_iter().map(|(_, summary)| summary.clone()).collect();
        Ok(Answer::Certificates { summaries, next_token })
    }

    /// What lists show of an account's certificates: the state of `listLagSeconds` ago.
    pub(crate) fn listed(&self, caller: &Caller) -> impl Iterator<Item = (u64, &CertificateSummary)> {
        let horizon = instant::after(self.now, -self.settings.list_lag_seconds.unwrap_or(0.0));
        let account = caller.account.clone();
        let region = caller.region.clone();
        self.certificates.numbered().filter_map(move |(number, entry)| {
            if entry.certificate.account_id != account || entry.certificate.region != region {
                return None;
            }
            let shown = entry.shown.iter().rfind(|shown| shown.at <= horizon)?;
            shown.summary.as_ref().map(|summary| (number, summary))
        })
    }
}

/// Refuses words that the API's enumerations do not have.
fn check_filters(list: &ListCertificates) -> Result<(), ApiError> {
    for (words, property, member) in [
        (list.statuses.as_slice(), TextProperty::Status, "certificateStatuses"),
        (list.key_pair_origins.as_slice(), TextProperty::CertificateKeyPairOrigin, "certificateKeyPairOrigins"),
        (list.key_types.as_slice(), TextProperty::KeyAlgorithm, "includes.keyTypes"),
        (list.key_usage.as_slice(), TextProperty::KeyUsage, "includes.keyUsage"),
        (list.extended_key_usage.as_slice(), TextProperty::ExtendedKeyUsage, "includes.extendedKeyUsage"),
        (list.export_option.as_slice(), TextProperty::ExportOption, "includes.exportOption"),
        (list.managed_by.as_slice(), TextProperty::ManagedBy, "includes.managedBy"),
    ] {
        words.iter().try_for_each(|word| property.check(word, member))?;
    }
    Ok(())
}

fn passes(list: &ListCertificates, summary: &CertificateSummary) -> bool {
    let has = |wanted: &[String], offered: &[&str]| {
        wanted.is_empty() || wanted.iter().any(|use_| use_ == "ANY" || offered.contains(&use_.as_str()))
    };
    let key_type = if list.key_types.is_empty() {
        DEFAULT_KEY_TYPES.contains(&summary.key_algorithm.as_str())
    } else {
        list.key_types.contains(&summary.key_algorithm)
    };
    // NB: the default of AWS leaves out what came through ACME, and here nothing did.
    let made_by = summary.key_pair_origin();
    key_type
        && (list.statuses.is_empty() || list.statuses.iter().any(|status| status == summary.status.as_str()))
        && has(&list.key_usage, &KEY_USAGES)
        && has(&list.extended_key_usage, &EXTENDED_KEY_USAGES)
        && (list.key_pair_origins.is_empty() || list.key_pair_origins.iter().any(|origin| origin == made_by))
        && list.export_option.as_deref().is_none_or(|wanted| wanted == summary.export_option())
        && list.managed_by.as_ref().is_none_or(|wanted| Some(wanted) == summary.managed_by.as_ref())
}

/// NB: opaque on purpose, so that no client comes to read it.
const MASK: u64 = 0x5bd1_e995_9d1b_54a7;

fn write_token((created, number): Position) -> String {
    format!("{:016x}{:016x}", created as u64 ^ MASK, number ^ MASK)
}

fn read_token(token: &str) -> Option<Position> {
    if token.len() != 32 || !token.is_ascii() {
        return None;
    }
    let (created, number) = token.split_at(16);
    let created = u64::from_str_radix(created, 16).ok()? ^ MASK;
    let number = u64::from_str_radix(number, 16).ok()? ^ MASK;
    Some((created as i64, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nonsense_does_not() {
        assert_eq!(read_token(&write_token((-5, 77))), Some((-5, 77)));
        assert_eq!(read_token("next"), None);
        assert_eq!(read_token("zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"), None);
    }
}
