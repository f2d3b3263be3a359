//! Route 53 through the AWS SDK: translates, decides nothing.

use super::{
    AwsError, ChangeAction, HostedZone, Operation, Page, Permit, RecordChange, RecordSet, RecordStore,
    session::{Session, translate},
};
use crate::names::{HostedZoneId, RecordName};
use aws_sdk_route53::{
    Client,
    types::{self, RrType},
};
use futures::future::BoxFuture;

/// Route 53 behind the SDK. It is a global service: one client for all.
#[derive(Debug)]
pub struct SdkRecords {
    client: Client,
}

impl SdkRecords {
    /// Route 53 with the session's credentials.
    pub fn new(session: &Session) -> Self {
        Self { client: Client::new(session.config()) }
    }
}

impl RecordStore for SdkRecords {
    fn list_hosted_zones_page(&self, marker: Option<String>) -> BoxFuture<'_, Result<Page<HostedZone>, AwsError>> {
        Box::pin(async move {
            let call = self.client.list_hosted_zones().set_marker(marker);
            let output = call.send().await.map_err(|error| translate(Operation::ListHostedZones, &error))?;
            let zone = |zone: types::HostedZone| HostedZone {
                id: HostedZoneId::new(&zone.id),
                name: RecordName::new(&zone.name),
                private: zone.config.is_some_and(|config| config.private_zone),
            };
            let next = output.next_marker.filter(|_| output.is_truncated);
            Ok(Page { items: output.hosted_zones.into_iter().map(zone).collect(), next })
        })
    }

    fn find_record_set(
        &self,
        zone: HostedZoneId,
        name: RecordName,
    ) -> BoxFuture<'_, Result<Option<RecordSet>, AwsError>> {
        Box::pin(async move {
            let call = self.client.list_resource_record_sets().hosted_zone_id(zone.as_str()).max_items(1);
            let call = call.start_record_name(name.as_str());
            let output = call.send().await.map_err(|error| translate(Operation::ListResourceRecordSets, &error))?;
            let sets = output.resource_record_sets.into_iter().map(record_set);
            Ok(sets.into_iter().find(|set| set.name == name))
        })
    }

    fn change_record_sets(
        &self,
        _permit: Permit,
        zone: HostedZoneId,
        changes: Vec<RecordChange>,
    ) -> BoxFuture<'_, Result<(), AwsError>> {
        Box::pin(async move {
            let operation = Operation::ChangeResourceRecordSets;
            let malformed =
                |error: aws_sdk_route53::error::BuildError| AwsError::unreadable(operation, &error.to_string());
            let changes = changes.iter().map(sdk_change).collect::<Result<_, _>>().map_err(malformed)?;
            let batch = types::ChangeBatch::builder().set_changes(Some(changes)).build().map_err(malformed)?;
            let call = self.client.change_resource_record_sets().hosted_zone_id(zone.as_str()).change_batch(batch);
            call.send().await.map_err(|error| translate(operation, &error))?;
            Ok(())
        })
    }
}

fn record_set(set: types::ResourceRecordSet) -> RecordSet {
    RecordSet {
        name: RecordName::new(&set.name),
        type_: set.r#type.as_str().to_owned(),
        ttl_seconds: set.ttl,
        values: set.resource_records.unwrap_or_default().into_iter().map(|record| record.value).collect(),
    }
}

fn sdk_change(change: &RecordChange) -> Result<types::Change, aws_sdk_route53::error::BuildError> {
    let record = |value: &String| types::ResourceRecord::builder().value(value).build();
    let set = types::ResourceRecordSet::builder()
        .name(change.set.name.as_str())
        .r#type(RrType::from(change.set.type_.as_str()))
        .set_ttl(change.set.ttl_seconds)
        .set_resource_records(Some(change.set.values.iter().map(record).collect::<Result<_, _>>()?))
        .build()?;
    let action = match change.action {
        ChangeAction::Create => types::ChangeAction::Create,
        ChangeAction::Delete => types::ChangeAction::Delete,
    };
    types::Change::builder().action(action).resource_record_set(set).build()
}
