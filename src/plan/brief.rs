//! Long lists: a condition has one after all else, and an Event says where it is.

use super::sentences::listed;
use crate::api::ConditionType;

/// So many names, records or users stand in the sentence itself.
const FEW: usize = 2;

/// What a condition says after this is too long for an Event.
const IN_FULL: &str = " In full: ";

/// The first of a list, and how many more there are.
pub(super) fn few(items: &[String]) -> String {
    let first = items.iter().take(FEW).map(String::as_str).collect::<Vec<_>>().join(", ");
    match items.len().saturating_sub(FEW) {
        0 => first,
        more => format!("{first} and {more} more"),
    }
}

/// A condition's message, and the list of which its sentence has only the first.
pub(super) fn with_list(message: String, items: &[String]) -> String {
    if items.len() <= FEW { message } else { format!("{message}{IN_FULL}{}.", listed(items)) }
}

/// A condition's message as an Event tells it.
pub(super) fn in_note(message: &str, kind: ConditionType) -> String {
    match message.split_once(IN_FULL) {
        Some((sentence, _)) => format!("{sentence} The others are in the condition {kind}."),
        None => message.to_owned(),
    }
}
