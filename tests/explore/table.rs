//! Every step, struck by every kind of fault, in every variant: each cell is run, or says why it cannot be.

use super::{
    faults::{Fault, Kind},
    steps::Step,
    story::{Ending, Variant, live},
};
use acmcert::plan::Effect;
use std::{fmt::Write as _, path::PathBuf};

/// The seed of the table's runs.
const SEED: u64 = 1;

/// One cell: `E4.c.shared`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    step: Step,
    kind: Kind,
    variant: Variant,
}

impl Cell {
    fn id(self) -> String {
        format!("{}.{}.{}", self.step, self.kind.id(), self.variant)
    }

    /// From its name.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let all = Variant::ALL.into_iter().flat_map(cells_of);
        all.into_iter().find(|cell| cell.id() == text)
    }

    pub(crate) fn run(self) -> Ending {
        live(SEED, self.variant, &[Fault { step: self.step, kind: self.kind }])
    }
}

fn cells_of(variant: Variant) -> Vec<Cell> {
    let mut cells = vec![];
    for &step in Step::ALL {
        let possible = Kind::ALL.iter().filter(|kind| kind.impossible_at(step, variant).is_none());
        cells.extend(possible.map(|&kind| Cell { step, kind, variant }));
    }
    cells
}

/// What is wrong with an ending, besides the invariants: the fault must have struck, and have left no trace but time.
fn objections(cell: Cell, ending: &Ending, clean: &Ending) -> Vec<String> {
    let mut objections = ending.violations.clone();
    let planned = if matches!(cell.step, Step::R1 | Step::R2 | Step::R3 | Step::R4) { 2 } else { 1 };
    if ending.fired < planned {
        objections.push(format!("the fault did not strike: {} was not reached", cell.step));
    }
    let bound = clean.mutations + clean.mutations / 5 + 1;
    if ending.mutations > bound {
        objections.push(format!("B1: {} mutations, and at most {bound} are allowed", ending.mutations));
    }
    if ending.outcome != clean.outcome {
        objections.push(format!("R2: ends otherwise than without the fault: {:?}", ending.outcome));
    }
    objections
}

fn run_all(variant: Variant) {
    let clean = live(SEED, variant, &[]);
    assert_eq!(clean.violations, Vec::<String>::new());
    let mut failed = String::new();
    let cells = cells_of(variant);
    for cell in &cells {
        let ending = cell.run();
        let objections = objections(*cell, &ending, &clean);
        if !objections.is_empty() {
            let _ = writeln!(failed, "{}: {}\n", cell.id(), objections.join("\n    "));
            keep(&cell.id(), &ending.trace);
        }
    }
    println!("{}: {} cells", variant, cells.len());
    assert!(failed.is_empty(), "make explore CELL=.. shows the trace of one:\n{failed}");
}

/// Keeps a trace for later reading.
pub(crate) fn keep(name: &str, trace: &str) {
    let dir = crate::support::root().join("target/explore");
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join(format!("{name}.trace")), trace).unwrap();
}

#[test]
fn one_name_survives_every_single_fault() {
    run_all(Variant::One);
}

#[test]
fn a_wildcard_its_apex_and_a_name_in_another_zone_survive_every_single_fault() {
    run_all(Variant::Zones);
}

#[test]
fn two_objects_that_share_a_name_survive_every_single_fault() {
    run_all(Variant::Shared);
}

#[test]
fn the_same_seed_gives_the_same_trace_byte_for_byte() {
    for cell in ["E4.c.shared", "E8.h2.zones", "D7.d.shared", "R2.g.one"] {
        let cell = Cell::parse(cell).unwrap();
        assert_eq!(cell.run().trace, cell.run().trace, "{}", cell.id());
    }
}

/// Which steps an effect of the plan is. NB: without a default arm, so that a new effect does not compile before it has
/// cells.
fn steps_of(effect: &Effect) -> &'static [Step] {
    match effect {
        Effect::AddFinalizer => &[Step::E1],
        Effect::RequestCertificate(_) => &[Step::E4, Step::R1],
        Effect::CreateRecords { .. } => &[Step::E8Create],
        Effect::DeleteCertificate(_) => &[Step::D5, Step::E16],
        Effect::AddTags { .. } => &[Step::E12],
        Effect::RemoveTags { .. } => &[Step::Retain],
        Effect::HandOver { .. } => &[Step::D7HandOver],
        Effect::DeleteRecords { .. } => &[Step::D7Delete],
        Effect::RemoveFinalizer => &[Step::D8],
    }
}

fn page() -> String {
    let mut page = String::from(
        "# The explorer's table\n\nGenerated and tested; `UPDATE=1 cargo test -p acmcert --test suite explore::table` writes it \
         anew.\n\nA row is a step of [the protocol](protocol.md), a column a kind of fault that strikes the first request which \
         is that step. Each cell is run in every variant, from creation to deletion, and judged by the invariants after every \
         request; `make explore CELL=E4.c.shared` shows the trace of one. A number says why a fault cannot be. E3 is reserved and D3 sends \
         nothing, so they have no row.\n\n",
    );
    let variants = [
        "one: one name",
        "zones: a wildcard, its apex, and a name in another zone",
        "shared: two objects that share a name",
    ];
    for variant in variants {
        let _ = writeln!(page, "- {variant}");
    }
    page.push_str("\n| kind | what goes wrong |\n| --- | --- |\n");
    for kind in Kind::ALL {
        let _ = writeln!(page, "| {} | {} |", kind.id(), kind.what());
    }
    page.push_str("\n| step | |");
    Kind::ALL.iter().for_each(|kind| _ = write!(page, " {} |", kind.id()));
    page.push_str("\n| --- | --- |");
    Kind::ALL.iter().for_each(|_| page.push_str(" --- |"));
    page.push('\n');
    let mut reasons: Vec<&str> = vec![];
    let mut run = 0;
    for &step in Step::ALL {
        let _ = write!(page, "| {step} | {} |", step.what());
        for kind in Kind::ALL {
            let possible: Vec<_> =
                Variant::ALL.into_iter().filter(|variant| kind.impossible_at(step, *variant).is_none()).collect();
            run += possible.len();
            match kind.impossible_at(step, Variant::One) {
                None => page.push_str(" run |"),
                Some(reason) => {
                    let known = reasons.iter().position(|known| *known == reason);
                    let number = known.unwrap_or_else(|| {
                        reasons.push(reason);
                        reasons.len() - 1
                    });
                    let only = if possible.is_empty() { "" } else { "shared, " };
                    let _ = write!(page, " {only}({}) |", number + 1);
                }
            }
        }
        page.push('\n');
    }
    page.push_str("\nWhy a fault cannot be:\n\n");
    for (number, reason) in reasons.iter().enumerate() {
        let _ = writeln!(page, "{}. {reason}", number + 1);
    }
    let _ = writeln!(page, "\n{run} runs.");
    page.push_str(&super::pairs::section());
    page
}

#[test]
fn the_page_of_the_table_is_up_to_date_and_every_effect_has_cells() {
    assert_eq!(steps_of(&Effect::AddFinalizer), [Step::E1]);
    let path: PathBuf = crate::support::root().join("docs/explorer.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    let stored = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(stored == page(), "run: UPDATE=1 cargo test -p acmcert --test suite explore::table::the_page");
}
