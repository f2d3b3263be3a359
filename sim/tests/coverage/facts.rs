//! docs/simulator/facts.md: every module and every test that it names must exist.

use std::path::Path;

use crate::api::root;

const PAGE: &str = "docs/simulator/facts.md";

/// What there is to know of AWS, in the order in which one meets it.
const SUBJECTS: [&str; 11] = [
    "Requesting",
    "Validation by DNS",
    "States",
    "Managed renewal",
    "Validation by e-mail",
    "Reading in bulk",
    "Deleting",
    "Quotas and rates",
    "Route 53",
    "Identity",
    "Push",
];

/// The source of all tests, Rust and Python.
fn tests(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            tests(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs" || extension == "py") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// What stands in backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

#[test]
fn every_test_and_module_of_the_page_of_facts_exists() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let mut sources = String::new();
    tests(&root().join("sim/tests"), &mut sources);
    let mut proven = 0;
    for row in page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| ---")) {
        let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        let &[fact, _source, modules, names] = cells.as_slice() else { panic!("{PAGE}: not four cells: {row}") };
        if fact == "fact" {
            continue;
        }
        for module in quoted(modules) {
            assert!(root().join("sim/src").join(module).is_file(), "{PAGE}: there is no sim/src/{module}: {fact}");
        }
        for name in quoted(names) {
            let known = [format!("fn {name}("), format!("def {name}(")].iter().any(|text| sources.contains(text));
            assert!(known, "{PAGE}: there is no test {name}: {fact}");
            proven += 1;
        }
        assert!(quoted(modules).count() > 0 && quoted(names).count() > 0, "{PAGE}: nothing proves: {fact}");
    }
    assert!(proven > 0, "{PAGE} has no table");
}

#[test]
fn every_subject_has_facts_or_says_why_it_has_none() {
    let page = std::fs::read_to_string(root().join(PAGE)).unwrap();
    let sections: Vec<(&str, &str)> =
        page.split("\n## ").skip(1).map(|section| section.split_once('\n').unwrap()).collect();
    let titles: Vec<&str> = sections.iter().map(|(title, _)| *title).collect();
    assert_eq!(titles, SUBJECTS);
    for (title, text) in sections {
        let told = text.contains("\n| fact | source | module | tests |\n") || text.contains("\nNot modelled: ");
        assert!(told, "{PAGE}: nothing about {title}");
    }
}
