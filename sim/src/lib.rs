//! A model of AWS Certificate Manager, Route 53 and STS, to try clients of them against.
//!
//! [`World`] takes a call, who makes it and what time it is, and answers as AWS would. It does no I/O, starts no
//! thread and reads no clock: the same seed, calls and times give the same answers and the same journal, byte for
//! byte. Tests drive it with virtual time. [`protocol`] reads and writes requests and answers as AWS's clients do, and
//! the world knows nothing of it; the binary `acmcert-sim` puts a socket and a clock in front of both.
//!
//! | module | subject |
//! | --- | --- |
//! | [`world::call`], [`world::parameters`], [`world::answer`] | what can be asked, and what comes back |
//! | [`world::request`], [`world::names`], [`world::tags`] | asking for a certificate |
//! | [`world::validation`], [`world::public_dns`] | the one thing that matters: issued only when public DNS says so |
//! | [`world::email`] | the other way to prove a name |
//! | [`world::renewal`], [`world::renewal_look`] | the same proof again before the end, for what is in use |
//! | [`world::certificate`], [`world::entry`], [`world::lifecycle`] | a certificate, what only the simulator knows of it, how it ends |
//! | [`world::describing`], [`world::listing`], [`world::search`] | how certificates are shown: one, a list, by any property |
//! | [`world::x509`], [`world::der`] | the text of a certificate |
//! | [`world::zones`], [`world::records`], [`world::change_batch`] | Route 53 |
//! | [`world::identity`] | STS |
//! | [`world::quotas`], [`world::faults`] | refusals, deserved and undeserved |
//! | [`world::control`], [`world::settings`], [`world::settings_patch`], [`world::journal`] | what a test turns and reads |
//! | [`protocol`] | JSON, XML and forms in front of the world |

pub mod protocol;
pub mod world;

pub use world::World;
