//! What a person who watches an object reads: its Events, and its conditions at each change, in their order.

use crate::explore::{
    api_server::{Change, ChangeKind},
    ground::Ground,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// What the trace has before a deed of somebody outside of the cluster.
const DEED: &str = " life: ";
/// Events of an object in an hour, and octets of a note: there must be no more than so many.
const EVENTS_PER_HOUR: usize = 20;
const NOTE_OCTETS: usize = 1024;

/// The story of one object.
#[derive(Debug)]
pub(super) struct Chronicle {
    began: Timestamp,
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    at: Timestamp,
    /// Of the API server; zero where that has no part in it.
    revision: u64,
    what: What,
}

#[derive(Debug)]
enum What {
    Deed(String),
    Event { kind: String, reason: String, note: String },
    Condition { kind: String, said: String, message: String },
}

/// Notes what somebody does in AWS; what users do to the object shows by itself.
pub(super) fn note(ground: &Ground, deed: &str) {
    ground.say(&format!("{}{deed}", DEED.trim_start()));
}

impl Chronicle {
    pub(super) fn read(ground: &Ground, name: &str) -> Self {
        let began = ground.began_at();
        let accepted = ground.api.writes().into_iter().filter(|write| write.changed);
        let times: BTreeMap<u64, Timestamp> = accepted.map(|write| (write.resource_version, write.at)).collect();
        let mut lines = deeds(ground);
        lines.extend(ground.api.events().iter().map(|event| of_event(event, &times)));
        lines.extend(changes(&ground.api.history(), name, &times));
        // NB: stable, so what comes with one change stays in its order.
        lines.sort_by_key(|line| (line.at, line.revision));
        Self { began, lines }
    }

    /// Line by line, with the time since the beginning: days+hours:minutes:seconds.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let when = since(line.at.duration_since(self.began));
            let row = |subject: &str, said: &str, words: &str| format!("{when}  {subject:<15} {said:<32} {words}");
            let row = match &line.what {
                What::Deed(deed) => format!("{when}  -- {deed}"),
                What::Event { kind, reason, note } => row("Event", &format!("{kind}/{reason}"), note),
                What::Condition { kind, said, message } => row(kind, said, message),
            };
            text.push_str(row.trim_end());
            text.push('\n');
        }
        text
    }

    /// The Events: `day type reason`.
    pub(super) fn days(&self) -> Vec<String> {
        let day = |line: &Line| line.at.duration_since(self.began).as_hours() / 24;
        let one = |line: &Line| match &line.what {
            What::Event { kind, reason, .. } => Some(format!("{} {kind} {reason}", day(line))),
            _ => None,
        };
        self.lines.iter().filter_map(one).collect()
    }

    /// The Events without their times: `type reason: note`.
    pub(super) fn events(&self) -> Vec<String> {
        let one = |line: &Line| match &line.what {
            What::Event { kind, reason, note } => Some(format!("{kind} {reason}: {note}")),
            _ => None,
        };
        self.lines.iter().filter_map(one).collect()
    }

    /// What each condition said, one after the other, without times and messages.
    pub(super) fn conditions(&self) -> BTreeMap<String, Vec<String>> {
        let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in &self.lines {
            if let What::Condition { kind, said, .. } = &line.what {
                let course = all.entry(kind.clone()).or_default();
                if course.last() != Some(said) {
                    course.push(said.clone());
                }
            }
        }
        all
    }

    /// Notes that are too long for the API server, and Events that are too many.
    pub(super) fn excesses(&self) -> Vec<String> {
        let mut excesses = vec![];
        let mut times: Vec<Timestamp> = vec![];
        for line in &self.lines {
            let What::Event { reason, note, .. } = &line.what else { continue };
            // NB: one of that very length was cut off there.
            if note.len() >= NOTE_OCTETS {
                excesses.push(format!("the note of {reason} has {} octets: {note}", note.len()));
            }
            times.push(line.at);
            let recent = times.iter().filter(|at| line.at.duration_since(**at) < SignedDuration::from_hours(1)).count();
            if recent > EVENTS_PER_HOUR {
                excesses.push(format!("{recent} Events in an hour, the last of them {reason}"));
            }
        }
        excesses
    }
}

/// Events that were made once more when the API server had forgotten them. An Event has the name of its transition, so that
/// is one transition told twice.
pub(super) fn repeats(ground: &Ground) -> Vec<String> {
    let mut names = BTreeSet::new();
    let mut repeats = vec![];
    for event in ground.api.events() {
        if !names.insert(text_of(&event["metadata"]["name"])) {
            repeats.push(format!("{} is told once more: {}", text_of(&event["reason"]), text_of(&event["note"])));
        }
    }
    repeats
}

fn since(time: SignedDuration) -> String {
    let seconds = time.as_secs();
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    format!("{days:>3}+{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

/// They stand in the trace: `123.456 life: somebody does something`.
fn deeds(ground: &Ground) -> Vec<Line> {
    let one = |line: &str| {
        let (at, deed) = line.split_once(DEED)?;
        let (seconds, millis) = at.trim().split_once('.')?;
        let elapsed =
            SignedDuration::from_secs(seconds.parse().ok()?) + SignedDuration::from_millis(millis.parse().ok()?);
        Some(Line { at: ground.began_at() + elapsed, revision: 0, what: What::Deed(deed.to_owned()) })
    };
    ground.trace().lines().filter_map(one).collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn of_event(event: &Value, times: &BTreeMap<u64, Timestamp>) -> Line {
    let revision: u64 = event["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    let what =
        What::Event { kind: text_of(&event["type"]), reason: text_of(&event["reason"]), note: text_of(&event["note"]) };
    Line { at: times[&revision], revision, what }
}

/// Each condition when it says something else than before, and what users do to the object.
fn changes(history: &[Change], name: &str, times: &BTreeMap<u64, Timestamp>) -> Vec<Line> {
    let mut lines = vec![];
    let mut before = Value::Null;
    for change in history.iter().filter(|change| change.object["metadata"]["name"] == name) {
        let mut add = |what| lines.push(Line { at: times[&change.revision], revision: change.revision, what });
        let after = &*change.object;
        if let Some(deed) = deed_of(&before, change) {
            add(What::Deed(deed.to_owned()));
        }
        if change.kind != ChangeKind::Deleted {
            changed_conditions(&before, after).into_iter().for_each(&mut add);
        }
        before = after.clone();
    }
    lines
}

fn deed_of(before: &Value, change: &Change) -> Option<&'static str> {
    let (old, new) = (&before["metadata"], &change.object["metadata"]);
    match change.kind {
        ChangeKind::Added => Some("the object is created"),
        ChangeKind::Deleted => Some("the object is gone"),
        ChangeKind::Modified if new["deletionTimestamp"] != old["deletionTimestamp"] => Some("the object is deleted"),
        ChangeKind::Modified if new["generation"] != old["generation"] => Some("the spec is edited"),
        ChangeKind::Modified => None,
    }
}

fn changed_conditions(before: &Value, after: &Value) -> Vec<What> {
    let conditions = |object: &Value| object["status"]["conditions"].as_array().cloned().unwrap_or_default();
    let (old, new) = (conditions(before), conditions(after));
    let said = |condition: &Value| {
        (format!("{}/{}", text_of(&condition["status"]), text_of(&condition["reason"])), text_of(&condition["message"]))
    };
    let mut changed = vec![];
    for condition in &new {
        let known = old.iter().find(|known| known["type"] == condition["type"]);
        if known.map(said) != Some(said(condition)) {
            let (said, message) = said(condition);
            changed.push(What::Condition { kind: text_of(&condition["type"]), said, message });
        }
    }
    for condition in old.iter().filter(|old| !new.iter().any(|new| new["type"] == old["type"])) {
        let (kind, message) = (text_of(&condition["type"]), String::new());
        changed.push(What::Condition { kind, said: "gone".to_owned(), message });
    }
    changed
}

#[test]
fn a_note_that_is_cut_off_and_one_event_too_many_are_seen() {
    let began = Timestamp::UNIX_EPOCH;
    let event = |minutes: i64, note: &str| {
        let what = What::Event { kind: "Normal".into(), reason: "Issued".into(), note: note.into() };
        Line { at: began + SignedDuration::from_mins(minutes), revision: 1, what }
    };
    let excesses = |lines: Vec<Line>| Chronicle { began, lines }.excesses().len();
    assert_eq!(excesses((0..40).map(|n| event(n * 3, "short")).collect()), 0);
    assert_eq!(excesses((0..21).map(|n| event(n * 2, "short")).collect()), 1);
    assert_eq!(excesses(vec![event(0, &"x".repeat(NOTE_OCTETS))]), 1);
}
