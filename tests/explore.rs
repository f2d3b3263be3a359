//! The explorer: the operator's real passes, the real `kube::Client` and the real AWS SDK, against the simulator's model
//! and an API server in memory, on one thread, in virtual time, with everything going wrong that can.
//!
//! A run is a function of its seed. `make explore CELL=E4.c.shared`, `make explore SEED=7` and `make explore
//! PAIRS=E4.c+D5.d` print the trace of one.

#![expect(clippy::print_stdout, reason = "who asks for a run reads its trace")]

mod accidents;
mod api_server;
mod bounds;
mod bystanders;
mod chance;
mod colleague;
mod faults;
mod ground;
mod handover;
mod judge;
mod like_the_real_one;
mod lives;
mod mistakes;
mod operator;
mod others;
mod pairs;
mod random;
mod regressions;
mod rest;
mod steps;
mod story;
mod table;
mod unusual;
mod watch;
mod wire;

/// `make explore CELL=..` or `SEED=..`: one run, with its trace. Without either, nothing is asked for and nothing is run.
#[test]
fn what_is_asked_for_is_told() {
    if let Ok(cell) = std::env::var("CELL") {
        let cell = table::Cell::parse(&cell)
            .unwrap_or_else(|| panic!("CELL={cell}: there is no such cell; see docs/explorer.md"));
        let ending = cell.run();
        println!("{}\n\nviolations: {:#?}", ending.trace, ending.violations);
        assert!(ending.violations.is_empty());
    }
    if let Ok(seed) = std::env::var("SEED") {
        let seed = seed.parse().unwrap_or_else(|_| panic!("SEED={seed} is not a number"));
        let ending = random::run(seed);
        println!("{}\n\nviolations: {:#?}", ending.trace, ending.violations);
        assert!(ending.violations.is_empty());
    }
}
