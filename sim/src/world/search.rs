//! SearchCertificates: filters and orders of every kind, over what was true a moment ago.

use super::World;
use super::answer::{Answer, ApiError};
use super::call::{Caller, SearchCertificates};
use super::certificate::CertificateSummary;
use super::search_order;

const DEFAULT_RESULTS: i64 = 100;
const MAX_RESULTS: i64 = 500;

impl World {
    pub(crate) fn search_certificates(&self, caller: &Caller, search: &SearchCertificates) -> Result<Answer, ApiError> {
        let max_results = search.max_results.unwrap_or(DEFAULT_RESULTS);
        if !(1..=MAX_RESULTS).contains(&max_results) {
            let bound = format!("Member must have value between 1 and {MAX_RESULTS}, inclusive");
            return Err(ApiError::constraint(&max_results.to_string(), "maxResults", &bound));
        }
        let sort_by = search.sort_by.as_deref();
        search_order::check(sort_by)?;
        let descending = match search.sort_order.as_deref() {
            None | Some("ASCENDING") => false,
            Some("DESCENDING") => true,
            Some(other) => {
                return Err(ApiError::enumeration(other, "sortOrder", &["ASCENDING", "DESCENDING"]));
            }
        };
        if let Some(filter) = &search.filter {
            filter.check()?;
        }
        let after = match search.next_token.as_deref() {
            None => None,
            Some(token) => Some(search_order::read_token(token).ok_or_else(|| {
                ApiError::new("ValidationException", "The specified NextToken is not one that was given out")
            })?),
        };

        let mut found: Vec<((String, u64), &CertificateSummary)> = self
            .listed(caller)
            .filter(|(_, summary)| search.filter.as_ref().is_none_or(|filter| filter.passes(summary)))
            .map(|(number, summary)| ((search_order::key(sort_by, summary), number), summary))
            .filter(|(position, _)| match &after {
                None => true,
                Some(after) if descending => position < after,
                Some(after) => position > after,
            })
            .collect();
        found.sort_by(|(a, _), (b, _)| if descending { b.cmp(a) } else { a.cmp(b) });
        let size = usize::try_from(max_results).unwrap_or(usize::MAX);
        let more = found.len() > size;
        found.truncate(size);
        let last = found.last().filter(|_| more);
        let next_token = last.map(|((key, number), _)| search_order::write_token(key, *number));
        let summaries = found.into_iter().map(|(_, summary)| summary.clone()).collect();
        Ok(Answer::Found { summaries, next_token })
    }
}
