//! The simulator through the bare clients of the AWS SDK for Rust: every operation, whether the operator calls it or not.

mod certificates;
mod identity;
mod zones;

use super::Sky;
use acmcert_sim::world::call::Service;
use aws_sdk_acm::error::{ProvideErrorMetadata, SdkError};
use jiff::SignedDuration;
use std::{collections::BTreeSet, fmt::Debug, sync::Arc, time::Duration};
use tokio::task::JoinHandle;

impl Sky {
    fn acm(&self) -> aws_sdk_acm::Client {
        aws_sdk_acm::Client::new(&self.config)
    }

    fn route53(&self) -> aws_sdk_route53::Client {
        aws_sdk_route53::Client::new(&self.config)
    }

    fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config)
    }

    /// Lets simulated time pass with that of tokio, which stands still in these tests but for who sleeps.
    fn keep_time(&self) -> JoinHandle<()> {
        let (world, now) = (Arc::clone(&self.world), Arc::clone(&self.now));
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(1)).await;
                let moment = {
                    let mut now = now.lock().unwrap();
                    *now += SignedDuration::from_secs(1);
                    *now
                };
                world.lock().unwrap().advance(moment);
            }
        })
    }
}

/// AWS's code and sentence, where it refused.
fn refusal<T, E: ProvideErrorMetadata, R>(answer: Result<T, SdkError<E, R>>) -> Option<(String, String)>
where
    SdkError<E, R>: Debug,
{
    let error = answer.err()?;
    let code = error.code().map_or_else(|| format!("no code: {error:?}"), str::to_owned);
    Some((code, error.message().unwrap_or_default().to_owned()))
}

/// AWS's code, or `ok`.
fn code<T, E: ProvideErrorMetadata, R>(answer: Result<T, SdkError<E, R>>) -> String
where
    SdkError<E, R>: Debug,
{
    refusal(answer).map_or_else(|| "ok".to_owned(), |(code, _)| code)
}

#[tokio::test]
async fn every_operation_that_the_simulator_models_is_answered_to_the_sdk() {
    let sky = Sky::new().await;
    certificates::story(&sky).await;
    zones::story(&sky).await;
    identity::story(&sky).await;
    let counts = sky.world().call_counts();
    let answered: BTreeSet<(&str, &str)> =
        counts.iter().filter(|call| call.outcome == "ok").map(|call| (call.service, call.operation)).collect();
    let modelled: BTreeSet<(&str, &str)> = [Service::Acm, Service::Route53, Service::Sts]
        .into_iter()
        .flat_map(|service| service.operations().iter().map(move |operation| (service.name(), *operation)))
        .collect();
    assert_eq!(answered, modelled);
}
