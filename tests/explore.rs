//! The explorer: the operator's real passes, the real `kube::Client` and the real AWS SDK, against the simulator's model
//! and an API server in memory, on one thread, in virtual time, with everything going wrong that can.
//!
//! A run is a function of its seed. `make explore CELL=E4.c.shared` and `make explore SEED=7` print the trace of one.

mod api_server;
mod faults;
mod ground;
mod judge;
mod like_the_real_one;
mod operator;
mod steps;
mod story;
mod wire;

#[test]
fn a_life_without_faults_breaks_nothing() {
    for variant in story::Variant::ALL {
        let began = std::time::Instant::now();
        let ending = story::live(1, variant, &[]);
        println!("{}\n{variant}: {:?} {} mutations", ending.trace, began.elapsed(), ending.mutations);
        assert_eq!(ending.violations, Vec::<String>::new());
    }
}
