//! What has happened: accepted writes, and the changes that a watch would tell.

use jiff::Timestamp;
use serde_json::Value;
use std::sync::Arc;

/// A write that was accepted.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Write {
    /// Its place in the log, from 0.
    pub(crate) seq: usize,
    pub(crate) at: Timestamp,
    /// As given to `ApiServer::service`; `user` for what is done by hand.
    pub(crate) caller: String,
    /// `create`, `update`, `patch` or `delete`.
    pub(crate) verb: &'static str,
    /// `acmcertificates` or `events`.
    pub(crate) resource: &'static str,
    pub(crate) subresource: Option<&'static str>,
    pub(crate) namespace: String,
    pub(crate) name: String,
    /// Of the object after it, or of its end.
    pub(crate) resource_version: u64,
    /// Did it change anything?
    pub(crate) changed: bool,
}

/// What a watch tells of an `AcmCertificate`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    /// The resourceVersion of the change.
    pub(crate) revision: u64,
    pub(crate) kind: ChangeKind,
    /// The object after it. One that is deleted is as it was last stored, so with its last finalizer.
    pub(crate) object: Arc<Value>,
}

/// See [`Change`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Added,
    Modified,
    Deleted,
}

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub(super) struct By<'a> {
    pub(super) caller: &'a str,
    pub(super) verb: &'static str,
    pub(super) subresource: Option<&'static str>,
}
