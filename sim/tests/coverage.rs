//! What of ACM's API is modelled, and where each fact of AWS is proven: pages under docs/simulator/ that must be true.

#[cfg(test)]
#[path = "coverage/api.rs"]
mod api;

#[cfg(test)]
#[path = "coverage/modelled.rs"]
mod modelled;

#[cfg(test)]
#[path = "coverage/page.rs"]
mod page;

#[cfg(test)]
#[path = "coverage/server.rs"]
mod server;

#[cfg(test)]
#[path = "coverage/answers.rs"]
mod answers;

#[cfg(test)]
#[path = "coverage/bounds.rs"]
mod bounds;

#[cfg(test)]
#[path = "coverage/facts.rs"]
mod facts;

#[cfg(test)]
#[path = "coverage/world.rs"]
mod world;
