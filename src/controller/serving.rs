//! The certificate that serves while its replacement is on its way: its users, its renewal and its end go on meanwhile.

use super::Context;
use crate::{
    api::AcmCertificateStatus,
    aws::CertificateDetail,
    names::CertificateArn,
    plan::{Desired, serving_differs},
};

/// Its description, where the listing shows something that the status does not say. A look that fails tells nothing, and is
/// taken again in the next pass.
pub(super) async fn look(
    ctx: &Context,
    desired: &Desired,
    status: &AcmCertificateStatus,
) -> Option<Box<CertificateDetail>> {
    status.request.as_ref()?.certificate_arn.as_ref()?;
    let arn: CertificateArn = status.certificate_arn.as_ref()?.parse().ok()?;
    let rows = ctx.fleet.rows(&desired.region)?;
    rows.get(&arn).filter(|row| serving_differs(status, row))?;
    match ctx.certificates.describe_certificate(arn.clone()).await {
        Ok(detail) => Some(Box::new(detail)),
        Err(error) => {
            tracing::debug!(%arn, "the certificate that serves cannot be described: {error}");
            None
        }
    }
}
