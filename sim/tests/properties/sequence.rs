//! Random sequences of steps, and how a property is tried on them. Steps name things by number, taken modulo what there
//! is, so that every sequence has a meaning and can be made shorter.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof};
use proptest::test_runner::{TestCaseResult, TestRunner};

pub(crate) const ACCOUNTS: [&str; 2] = ["111111111111", "222222222222"];
pub(crate) const REGIONS: [&str; 2] = ["us-east-1", "eu-west-1"];
pub(crate) const TOKENS: [&str; 2] = ["one", "two"];
pub(crate) const ZONES: [&str; 3] = ["example.com", "a.example.com", "example.org"];
pub(crate) const NAMES: [&str; 7] = [
    "example.com",
    "*.example.com",
    "www.example.com",
    "a.example.com",
    "*.a.example.com",
    "b.a.example.com",
    "example.org",
];

/// How many sequences each property is tried on.
const CASES: u32 = 64;

#[derive(Debug, Clone)]
pub(crate) enum Step {
    Request {
        caller: usize,
        token: Option<usize>,
        names: Vec<usize>,
        by_mail: bool,
        tagged: bool,
    },
    DeleteCertificate {
        certificate: usize,
    },
    SetInUse {
        certificate: usize,
        used: bool,
    },
    Tag {
        certificate: usize,
        add: bool,
        sound: bool,
    },
    Resend {
        certificate: usize,
    },
    MakeZone {
        name: usize,
        account: usize,
        kind: ZoneKind,
    },
    DeleteZone {
        zone: usize,
    },
    /// Publishes every record of a certificate where the public sees it.
    Prove {
        certificate: usize,
    },
    Change {
        zone: usize,
        foreign: bool,
        anywhere: bool,
        edits: Vec<Edit>,
    },
    Wait {
        seconds: i64,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneKind {
    Public,
    Private,
    Undelegated,
}

#[derive(Debug, Clone)]
pub(crate) struct Edit {
    pub(crate) action: &'static str,
    pub(crate) subject: Subject,
    pub(crate) ttl: i64,
}

#[derive(Debug, Clone)]
pub(crate) enum Subject {
    /// The record of some certificate's name.
    Proof {
        record: usize,
        value: ProofValue,
    },
    /// A CNAME that leads on to the value of some certificate's name.
    Hop {
        record: usize,
    },
    Address,
    /// A CNAME where `Address` stands, which cannot be.
    Alias,
    Caa {
        zone: usize,
        amazon: bool,
    },
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum ProofValue {
    Right,
    Wrong,
    Hop,
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec(step(), 1..70)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => request(),
        2 => number().prop_map(|certificate| Step::DeleteCertificate { certificate }),
        2 => (number(), any::<bool>()).prop_map(|(certificate, used)| Step::SetInUse { certificate, used }),
        2 => (number(), any::<bool>(), any::<bool>())
            .prop_map(|(certificate, add, sound)| Step::Tag { certificate, add, sound }),
        1 => number().prop_map(|certificate| Step::Resend { certificate }),
        3 => zone(),
        1 => number().prop_map(|zone| Step::DeleteZone { zone }),
        6 => number().prop_map(|certificate| Step::Prove { certificate }),
        6 => change(),
        9 => seconds().prop_map(|seconds| Step::Wait { seconds }),
    ]
}

fn number() -> impl Strategy<Value = usize> {
    0..1000_usize
}

/// True once in `of` times.
fn seldom(of: u32) -> impl Strategy<Value = bool> {
    (0..of).prop_map(|number| number == 1)
}

fn request() -> impl Strategy<Value = Step> {
    // Mostly one caller, so that tokens are repeated.
    let caller = prop_oneof![3 => Just(0_usize), 1 => 0..4_usize];
    let token = option::weighted(0.7, 0..TOKENS.len());
    let names = vec(0..NAMES.len(), 1..4);
    (caller, token, names, seldom(8), seldom(4)).prop_map(|(caller, token, names, by_mail, tagged)| Step::Request {
        caller,
        token,
        names,
        by_mail,
        tagged,
    })
}

fn zone() -> impl Strategy<Value = Step> {
    let kind = prop_oneof![3 => Just(ZoneKind::Public), 1 => Just(ZoneKind::Private), 1 => Just(ZoneKind::Undelegated)];
    (0..ZONES.len(), 0..ACCOUNTS.len(), kind).prop_map(|(name, account, kind)| Step::MakeZone { name, account, kind })
}

fn change() -> impl Strategy<Value = Step> {
    (number(), seldom(12), seldom(6), vec(edit(), 0..4)).prop_map(|(zone, foreign, anywhere, edits)| Step::Change {
        zone,
        foreign,
        anywhere,
        edits,
    })
}

fn edit() -> impl Strategy<Value = Edit> {
    let action = prop_oneof![Just("CREATE"), Just("UPSERT"), Just("DELETE")];
    let ttl = prop_oneof![4 => Just(300_i64), 1 => Just(60_i64)];
    (action, subject(), ttl).prop_map(|(action, subject, ttl)| Edit { action, subject, ttl })
}

fn subject() -> impl Strategy<Value = Subject> {
    let value = prop_oneof![4 => Just(ProofValue::Right), 2 => Just(ProofValue::Wrong), 1 => Just(ProofValue::Hop)];
    prop_oneof![
        6 => (number(), value).prop_map(|(record, value)| Subject::Proof { record, value }),
        1 => number().prop_map(|record| Subject::Hop { record }),
        1 => Just(Subject::Address),
        1 => Just(Subject::Alias),
        1 => (0..ZONES.len(), any::<bool>()).prop_map(|(zone, amazon)| Subject::Caa { zone, amazon }),
    ]
}

/// Seconds, the minutes that a validation takes, the hour of a token, days, and what it takes to be renewed.
fn seconds() -> impl Strategy<Value = i64> {
    prop_oneof![
        2 => 0..10_i64,
        5 => 60..400_i64,
        2 => 1_000..10_000_i64,
        2 => 86_400..500_000_i64,
        1 => 2_000_000..20_000_000_i64,
    ]
}

/// Tries a property on random values, and shows the smallest that it does not hold for.
pub(crate) fn for_all<S: Strategy>(values: &S, property: impl Fn(S::Value) -> TestCaseResult) {
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if let Err(error) = TestRunner::new(config).run(values, property) {
        panic!("{error}");
    }
}
