//! Two faults in one life, in their order: all pairs of cells are too many for every run of the tests, so a fixed slice of
//! them is run, and the rest when it is asked for.

use super::{
    faults::{Fault, Kind},
    steps::Step,
    story::{Ending, Variant, live},
    table::keep,
};
use std::fmt::{self, Write as _};

const SEED: u64 = 1;
const VARIANT: Variant = Variant::One;

/// The steps of the effects, in the order of a life. A request that is sent once more is a step of its own.
const EFFECTS: [Step; 9] =
    [Step::E1, Step::E4, Step::R1, Step::E8Create, Step::E12, Step::E16, Step::D5, Step::D7Delete, Step::D8];
/// The same of a life whose certificate stays.
const RETAINED: [Step; 6] = [Step::E1, Step::E4, Step::E8Create, Step::E12, Step::Retain, Step::D8];

/// What strikes first, and what strikes then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair(Fault, Fault);

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}+{}.{}", self.0.step, self.0.kind.id(), self.1.step, self.1.kind.id())
    }
}

fn kinds_of(step: Step) -> Vec<Kind> {
    Kind::ALL.iter().copied().filter(|kind| kind.impossible_at(step, VARIANT).is_none()).collect()
}

/// Does the second strike only where the first makes the operator try again? A request is tried again as another step.
fn is_repetition(first: Step, second: Step) -> bool {
    first == second || (first, second) == (Step::E4, Step::R1)
}

/// Every effect, and every effect that comes after it, itself included.
fn ordered(steps: &[Step]) -> Vec<(Step, Step)> {
    let mut pairs = vec![];
    for (at, first) in steps.iter().enumerate() {
        pairs.extend(steps[at..].iter().map(|second| (*first, *second)));
    }
    // The first request is sent once.
    pairs.retain(|pair| *pair != (Step::E4, Step::E4));
    pairs
}

fn effect_pairs() -> Vec<(Step, Step)> {
    let mut pairs = ordered(&EFFECTS);
    pairs.extend(ordered(&RETAINED).into_iter().filter(|(first, second)| [*first, *second].contains(&Step::Retain)));
    pairs
}

/// Like the rows of a Latin square: each pair of effects has each first kind once, and the second kinds are shifted by one
/// from row to row. Then those pairs of kinds that no row has.
fn slice() -> Vec<Pair> {
    let mut pairs = vec![];
    for (row, (first, second)) in effect_pairs().into_iter().enumerate() {
        let seconds = kinds_of(second);
        for (column, kind) in kinds_of(first).into_iter().enumerate() {
            let other = seconds[(row + column) % seconds.len()];
            pairs.push(Pair(Fault { step: first, kind }, Fault { step: second, kind: other }));
        }
    }
    for &kind in Kind::ALL {
        for &other in Kind::ALL {
            if !has_kinds(&pairs, kind, other) {
                pairs.extend(with_kinds(kind, other));
            }
        }
    }
    pairs
}

/// Is there a pair of these kinds of which both strike for certain?
fn has_kinds(pairs: &[Pair], kind: Kind, other: Kind) -> bool {
    pairs.iter().any(|pair| (pair.0.kind, pair.1.kind) == (kind, other) && !is_repetition(pair.0.step, pair.1.step))
}

/// The first effects that these kinds can strike, if there are any.
fn with_kinds(kind: Kind, other: Kind) -> Option<Pair> {
    let can = |kind: Kind, step: Step| kind.impossible_at(step, VARIANT).is_none();
    let fits = |pair: &(Step, Step)| can(kind, pair.0) && can(other, pair.1) && !is_repetition(pair.0, pair.1);
    let (first, second) = effect_pairs().into_iter().find(fits)?;
    Some(Pair(Fault { step: first, kind }, Fault { step: second, kind: other }))
}

/// The cells of the variant.
fn faults() -> Vec<Fault> {
    Step::ALL.iter().flat_map(|&step| kinds_of(step).into_iter().map(move |kind| Fault { step, kind })).collect()
}

/// All pairs of cells of the variant in the order of the table; a pair of one step stands in both orders.
fn all() -> Vec<Pair> {
    let faults = faults();
    let mut pairs = vec![];
    for first in &faults {
        let later = faults.iter().filter(|second| second.step >= first.step);
        pairs.extend(later.map(|second| Pair(*first, *second)));
    }
    pairs
}

/// From its name: `E4.c+D5.d`.
fn parse(text: &str) -> Option<Pair> {
    let (first, second) = text.split_once('+')?;
    let fault = |text: &str| faults().into_iter().find(|fault| format!("{}.{}", fault.step, fault.kind.id()) == text);
    Some(Pair(fault(first)?, fault(second)?))
}

fn run(pair: Pair) -> Ending {
    live(SEED, VARIANT, &[pair.0, pair.1])
}

/// What is wrong with an ending: two faults leave no more traces than one.
fn objections(ending: &Ending, clean: &Ending) -> Vec<String> {
    let mut objections = ending.violations.clone();
    if ending.fired == 0 {
        objections.push("no fault has struck".to_owned());
    }
    let bound = clean.mutations + clean.mutations / 5 + u32::try_from(ending.fired).unwrap();
    if ending.mutations > bound {
        objections.push(format!("B1: {} mutations, and at most {bound} are allowed", ending.mutations));
    }
    if ending.outcome != clean.outcome {
        objections.push(format!("R2: ends otherwise than without the faults: {:?}", ending.outcome));
    }
    objections
}

/// Runs them all, and answers in how many of the pairs of different steps both have struck.
fn judge(pairs: &[Pair]) -> (usize, usize) {
    let clean = live(SEED, VARIANT, &[]);
    assert_eq!(clean.violations, Vec::<String>::new());
    let mut failed = String::new();
    let (mut of_two, mut struck_twice) = (0, 0_usize);
    for pair in pairs {
        let ending = run(*pair);
        if !is_repetition(pair.0.step, pair.1.step) {
            of_two += 1;
            struck_twice += usize::from(ending.fired >= 2);
        }
        let objections = objections(&ending, &clean);
        if !objections.is_empty() {
            let _ = writeln!(failed, "{pair}: {}\n", objections.join("\n    "));
            keep(&pair.to_string(), &ending.trace);
        }
    }
    println!("{} pairs of faults, both struck in {struck_twice} of {of_two} pairs of different steps", pairs.len());
    assert!(failed.is_empty(), "make explore PAIRS=.. shows the trace of one:\n{failed}");
    (struck_twice, of_two)
}

/// A first fault may lead past the second, but not often.
fn judge_slice(pairs: &[Pair]) {
    let (struck_twice, of_two) = judge(pairs);
    assert!(struck_twice * 10 >= of_two * 9, "the second fault struck in {struck_twice} of {of_two} pairs");
}

/// For the page of the table.
pub(crate) fn section() -> String {
    format!(
        "\n## Two faults in one life\n\nThe tests run {} ordered pairs of faults in the variant `{VARIANT}`: every effect \
         with itself and with every effect that comes later in a life, each with every kind as the first fault, and every \
         ordered pair of kinds at least once. `make explore PAIRS=all` runs all {} pairs of cells of that variant, which \
         takes an hour or more; `make explore PAIRS=E4.c+D5.d` shows the trace of one.\n",
        slice().len(),
        all().len()
    )
}

#[test]
fn the_slice_has_every_pair_of_effects_with_every_first_kind_and_every_pair_of_kinds() {
    let slice = slice();
    for (first, second) in effect_pairs() {
        for kind in kinds_of(first) {
            let is = |pair: &Pair| pair.0 == Fault { step: first, kind } && pair.1.step == second;
            assert!(slice.iter().any(is), "{first}.{} and then {second}", kind.id());
        }
    }
    for &kind in Kind::ALL {
        for &other in Kind::ALL {
            assert!(has_kinds(&slice, kind, other), "{} and then {}", kind.id(), other.id());
        }
    }
    assert!(slice.len() <= 1000, "{} pairs take too long", slice.len());
}

#[test]
fn one_name_survives_two_faults_one_after_the_other() {
    let pairs = slice();
    judge_slice(&pairs[..pairs.len() / 2]);
}

#[test]
fn one_name_survives_two_other_faults_one_after_the_other() {
    let pairs = slice();
    judge_slice(&pairs[pairs.len() / 2..]);
}

/// `make explore PAIRS=..`: all pairs, or one with its trace.
#[test]
fn more_pairs_are_run_when_they_are_asked_for() {
    let Ok(asked) = std::env::var("PAIRS") else { return };
    if asked.is_empty() {
        return;
    }
    if asked == "all" {
        judge(&all());
        return;
    }
    let pair =
        parse(&asked).unwrap_or_else(|| panic!("PAIRS={asked}: say all, or two cells of one name, such as E4.c+D5.d"));
    let ending = run(pair);
    println!("{}\n\nviolations: {:#?}", ending.trace, ending.violations);
    assert!(ending.violations.is_empty());
}
