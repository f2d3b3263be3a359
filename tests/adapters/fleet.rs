//! The shared observation, as long as somebody wants it and no longer.

use super::Sky;
use acmcert::{
    aws::SdkCertificates,
    clock::Clock,
    fleet::{Fleet, ObjectKey, Periods},
};
use std::{sync::Arc, time::Duration};

const PERIODS: Periods = Periods { pending: Duration::from_secs(5), settled: Duration::from_secs(60) };

fn calls(sky: &Sky) -> u64 {
    sky.world().call_counts().iter().map(|call| call.count).sum()
}

#[tokio::test(start_paused = true)]
async fn sweepers_end_with_their_fleet_however_many_regions_it_has() {
    let sky = Sky::new().await;
    let now = Arc::clone(&sky.now);
    let clock = Clock::new(move || *now.lock().unwrap());
    let (fleet, _woken) = Fleet::new(Arc::new(SdkCertificates::new(sky.session.clone())), clock, PERIODS);
    for (name, region) in [("a", "eu-west-1"), ("b", "us-east-1")] {
        let key = ObjectKey { namespace: "shop".into(), name: name.into() };
        fleet.watch(key, &region.parse().unwrap(), [].into(), false);
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    let swept = calls(&sky);
    assert!(swept >= 2 * 2 * 9, "each region is listed and searched once a minute: {swept}");
    drop(fleet);
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert_eq!(calls(&sky), swept);
}
