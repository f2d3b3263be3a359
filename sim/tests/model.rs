//! The facts of AWS that a client can see, tried in virtual time.

#[cfg(test)]
#[path = "model/fixture.rs"]
mod fixture;

#[cfg(test)]
#[path = "model/certificates.rs"]
mod certificates;

#[cfg(test)]
#[path = "model/validation.rs"]
mod validation;

#[cfg(test)]
#[path = "model/zones.rs"]
mod zones;

#[cfg(test)]
#[path = "model/trouble.rs"]
mod trouble;

#[cfg(test)]
#[path = "model/renewal.rs"]
mod renewal;

#[cfg(test)]
#[path = "model/renewal_ends.rs"]
mod renewal_ends;

#[cfg(test)]
#[path = "model/email.rs"]
mod email;

#[cfg(test)]
#[path = "model/search.rs"]
mod search;

#[cfg(test)]
#[path = "model/quotas.rs"]
mod quotas;

#[cfg(test)]
#[path = "model/faults.rs"]
mod faults;

#[cfg(test)]
#[path = "model/protocol.rs"]
mod protocol;
