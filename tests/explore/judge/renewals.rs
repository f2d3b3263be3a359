//! Until when ACM would have renewed each certificate by itself: read off the model's journal.

use acmcert_sim::{World, world::journal::Entry};
use jiff::Timestamp;
use std::collections::BTreeMap;

/// One certificate.
#[derive(Debug, Default)]
struct Course {
    issued: bool,
    in_use: bool,
    /// ACM's word for its renewal.
    word: Option<String>,
    on_track: bool,
    /// When it was last on track, if it is not.
    until: Option<Timestamp>,
}

/// See the module; by ARN.
#[derive(Debug, Default)]
pub(super) struct Renewals(BTreeMap<String, Course>);

impl Renewals {
    pub(super) fn take(&mut self, entry: &Entry, world: &World) {
        if !entry.target.starts_with("arn:") {
            return;
        }
        let course = self.0.entry(entry.target.clone()).or_default();
        let word = entry.detail["status"].as_str().map(str::to_owned);
        match entry.operation.as_str() {
            "Issue" => course.issued = true,
            "Plant" => {
                course.issued = word.as_deref() == Some("ISSUED");
                course.in_use = world.certificate(&entry.target).is_some_and(|c| c.exported || !c.in_use_by.is_empty());
            }
            "SetInUse" => course.in_use = entry.detail["by"].as_array().is_some_and(|by| !by.is_empty()),
            "StartRenewal" | "UpdateRenewal" | "FinishRenewal" | "FailRenewal" => course.word = word,
            "WithdrawRenewal" => course.word = None,
            "Delete" | "DeleteCertificate" | "Expire" | "Revoke" | "Fail" | "TimeOut" => course.issued = false,
            _ => {}
        }
        let is_in_trouble = matches!(course.word.as_deref(), Some("PENDING_VALIDATION" | "FAILED"));
        let was_on_track = course.on_track;
        course.on_track = course.issued && course.in_use && !is_in_trouble;
        if was_on_track && !course.on_track {
            course.until = Some(entry.at);
        }
    }

    /// Was it eligible, in use and not in trouble at any moment since then?
    pub(super) fn was_on_track(&self, arn: &str, since: Timestamp) -> bool {
        let course = self.0.get(arn);
        course.is_some_and(|course| course.on_track || course.until.is_some_and(|until| until >= since))
    }
}
