//! What can end a pass early. Waiting is not among it.

use super::ClusterError;
use crate::aws::AwsError;

/// Why a pass ended early. All of them are tried again, later and later.
#[derive(Debug, thiserror::Error)]
pub enum PassError {
    /// The API server.
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    /// AWS, while a plan was carried out.
    #[error("{0}")]
    Aws(AwsError),
    /// The object has no UID, name or namespace: not from an API server.
    #[error("the object has no {0}")]
    Incomplete(&'static str),
}

impl PassError {
    /// The word in metrics.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Cluster(error) if error.is_conflict() => "conflict",
            Self::Cluster(_) => "cluster_error",
            Self::Aws(_) => "aws_error",
            Self::Incomplete(_) => "bad_object",
        }
    }
}
