//! S4, S5: which records are made, and which are deleted.

use super::{Judge, is_alive};
use crate::explore::{
    api_server::ApiServer,
    ground::{ACCOUNT, REGION},
};
use acmcert::api::ClaimState;
use acmcert_sim::world::{
    certificate::{Certificate, Status},
    journal::Entry,
};

/// `--shared-record-regions`, as processes are set up.
const READ_ALWAYS: [&str; 2] = [REGION, "us-east-1"];

/// Does the certificate need the record, now or at its next renewal?
pub(super) fn needs(certificate: &Certificate, record: &str) -> bool {
    let stands = matches!(certificate.status, Status::PendingValidation | Status::Issued | Status::Inactive);
    let uses = certificate.validations.iter().any(|validation| validation.record_name.as_deref() == Some(record));
    is_alive(certificate) && stands && uses && certificate.certificate_type == "AMAZON_ISSUED"
}

/// Is there an object whose certificate is in that region?
fn is_used(api: &ApiServer, region: &str) -> bool {
    api.objects().iter().any(|object| object["status"]["region"] == region)
}

impl Judge {
    /// S4, S5
    pub(super) fn judge_record(&mut self, entry: &Entry, certificates: &[Certificate], api: &ApiServer) {
        let detail = &entry.detail;
        let name = detail["name"].as_str().unwrap_or_default().to_owned();
        let key = (entry.target.clone(), name.clone());
        match detail["action"].as_str() {
            Some("CREATE") => {
                let is_validation = certificates.iter().any(|certificate| {
                    certificate.validations.iter().any(|validation| validation.record_name.as_deref() == Some(&name))
                });
                if !is_validation || detail["type"] != "CNAME" {
                    self.accuse("S4", &format!("{name} is no validation record"));
                }
                self.made.insert(key, detail["values"].clone());
            }
            Some("DELETE") => {
                if self.made.get(&key) != Some(&detail["values"]) {
                    self.accuse("S4", &format!("{name} was deleted, and the operator had not made it so"));
                }
                // Nobody can know of certificates where none of ours is, nor any that the administrator has told of.
                let is_read = |certificate: &Certificate| {
                    READ_ALWAYS.contains(&certificate.region.as_str()) || is_used(api, &certificate.region)
                };
                let needed = certificates
                    .iter()
                    .find(|other| other.account_id == ACCOUNT && needs(other, &name) && is_read(other));
                if let Some(needed) = needed {
                    self.accuse("S5", &format!("{name} was deleted, and {} needs it", needed.certificate_arn));
                }
                for object in api.certificates() {
                    let relies = object.metadata.deletion_timestamp.is_none()
                        && object.status.iter().flat_map(|status| &status.records).any(|claim| {
                            claim.name == name && claim.zone_id == entry.target && claim.state != ClaimState::Deleting
                        });
                    if relies {
                        let namesake = object.metadata.name.unwrap_or_default();
                        self.accuse("S5", &format!("{name} was deleted, and the object {namesake} relies on it"));
                    }
                }
            }
            other => self.accuse("S4", &format!("{other:?} of {name}")),
        }
    }
}
