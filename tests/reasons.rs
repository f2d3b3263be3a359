//! docs/reasons.md, generated; and that each reason is explained where it is used.

use crate::support::root;
use acmcert::api::{ConditionType, EventReason, Reason, Severity};

const PAGE: &str = "docs/reasons.md";
const REPAIR: &str = "UPDATE=1 cargo test --test suite reasons";

fn event(reason: Reason) -> String {
    let Some(event) = reason.event() else { return "none".to_owned() };
    format!("`{event}`, {}", type_of(event))
}

fn type_of(event: EventReason) -> &'static str {
    match event {
        EventReason::NotInUse => "Normal, Warning at the first expiry threshold",
        event if event.is_warning() => "Warning",
        _ => "Normal",
    }
}

fn text() -> String {
    let mut text = format!(
        "# Reasons\n\n\
         Generated from `src/api/reason.rs` and `src/api/reasons.rs`, and tested; this writes it anew:\n\n    {REPAIR}\n\n\
         Each condition has a reason of this list. More on how to find a cause: [troubleshooting](troubleshooting.md).\n\n\
         Severity: `good` is as it should be; `wait` passes by itself; `warning` breaks something some day if nobody acts;\n\
         `error` needs a person or an edit now, and `Ready` False with such a reason is `Stalled`. kstatus is what Flux and\n\
         Helm compute while `Ready` has the reason; a reason that only other conditions have changes nothing there.\n\n\
         | reason | conditions | severity | kstatus | Event |\n| --- | --- | --- | --- | --- |\n"
    );
    for reason in Reason::ALL {
        let row = reason.explanation();
        let conditions: Vec<_> = row.conditions.iter().map(|condition| format!("`{condition}`")).collect();
        text.push_str(&format!(
            "| [{reason}](#{}) | {} | {} | {} | {} |\n",
            reason.as_str().to_lowercase(),
            conditions.join(", "),
            row.severity.as_str(),
            reason.kstatus().unwrap_or("as `Ready` says"),
            event(*reason)
        ));
    }
    for reason in Reason::ALL {
        let row = reason.explanation();
        text.push_str(&format!(
            "\n## {reason}\n\n{}\n\n- Cause: {}\n- Remedy: {}\n",
            reason.meaning(),
            row.cause,
            row.remedy
        ));
    }
    text.push_str("\n## Events\n\n| Event | type | meaning |\n| --- | --- | --- |\n");
    for event in EventReason::ALL {
        text.push_str(&format!("| {event} | {} | {} |\n", type_of(*event), event.meaning()));
    }
    text
}

#[test]
fn the_page_of_reasons_is_what_the_table_says() {
    let path = root().join(PAGE);
    let wanted = text();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == wanted, "{PAGE} is out of date; this repairs it: {REPAIR}");
}

#[test]
fn severity_and_stalled_say_the_same() {
    for reason in Reason::ALL {
        let severity = reason.explanation().severity;
        assert_eq!(severity == Severity::Error, reason.is_stalled(), "{reason}");
        let is_of_ready = reason.explanation().conditions.contains(&ConditionType::Ready);
        assert!(is_of_ready || !reason.is_stalled(), "{reason}: only Ready makes an object Stalled");
    }
}

#[test]
fn every_stalled_reason_has_a_warning_of_its_name() {
    for reason in Reason::ALL.iter().filter(|reason| reason.is_stalled()) {
        let event = reason.event();
        assert!(event.is_some_and(EventReason::is_warning), "{reason}");
        assert_eq!(event.map(EventReason::as_str), Some(reason.as_str()));
    }
}
