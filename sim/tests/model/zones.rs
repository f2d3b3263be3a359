//! Hosted zones and their record sets.

use acmcert_sim::world::answer::Answer;
use acmcert_sim::world::call::{Call, RecordChange};

use crate::fixture::{Sky, change, sky};

fn names(sky: &mut Sky, zone: &str, start: Option<(String, String)>, max_items: i64) -> Vec<(String, String)> {
    let (name, record_type) = start.unzip();
    let call = Call::ListResourceRecordSets { zone_id: zone.to_owned(), name, record_type, max_items: Some(max_items) };
    match sky.call(&call).unwrap() {
        Answer::Records(page) => {
            let mut names: Vec<(String, String)> =
                page.records.into_iter().map(|set| (set.name, set.record_type)).collect();
            names.extend(page.next);
            names
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_batch_with_one_bad_change_changes_nothing_and_says_why() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    sky.change(&zone, vec![change("CREATE", "a.example.com", "x.example.net")]).unwrap();
    let batch = vec![
        change("CREATE", "b.example.com.", "x.example.net"),
        change("CREATE", "a.example.com.", "x.example.net"),
        change("DELETE", "*.example.com", "x.example.net"),
        change("DELETE", "a.example.com", "y.example.net"),
        change("CREATE", "a.example.net", "x.example.net"),
    ];
    let error = sky.change(&zone, batch).unwrap_err();
    assert_eq!(error.code, "InvalidChangeBatch");
    assert_eq!(
        error.message,
        "[Tried to create resource record set [name='a.example.com.', type='CNAME'] but it already exists, \
         Tried to delete resource record set [name='\\052.example.com.', type='CNAME'] but it was not found, \
         Tried to delete resource record set [name='a.example.com.', type='CNAME'] but the values provided do not \
         match the current values, \
         RRSet with DNS name a.example.net. is not permitted in zone example.com.]"
    );
    assert_eq!(names(&mut sky, &zone, None, 300).len(), 3);
}

#[test]
fn a_cname_stands_alone_at_its_name() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let mut text = change("CREATE", "a.example.com", "\"text\"");
    text.record_type = "TXT".to_owned();
    sky.change(&zone, vec![text]).unwrap();
    let error = sky.change(&zone, vec![change("CREATE", "a.example.com", "x.example.net")]).unwrap_err();
    assert!(error.message.contains("conflicts with other records"), "{error}");
}

#[test]
fn an_upsert_counts_twice_towards_the_limit_of_a_batch() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let batch = |action: &str, count: usize| -> Vec<RecordChange> {
        (0..count).map(|number| change(action, &format!("n{number}.example.com"), "x.example.net")).collect()
    };
    let error = sky.change(&zone, batch("UPSERT", 501)).unwrap_err();
    assert_eq!(error.message, "[Number of records limit of 1000 exceeded.]");
    assert!(sky.change(&zone, batch("UPSERT", 500)).is_ok());
    let long = "v".repeat(65);
    let long_batch = |count: usize| -> Vec<RecordChange> {
        (0..count).map(|number| change("CREATE", &format!("m{number}.example.com"), &long)).collect()
    };
    assert!(sky.change(&zone, long_batch(493)).is_err());
    assert!(sky.change(&zone, long_batch(492)).is_ok());
}

#[test]
fn record_sets_come_in_dns_order_and_page_without_gaps() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let batch = ["z", "a.b", "b", "*"].map(|name| change("CREATE", &format!("{name}.example.com"), "x.example.net"));
    sky.change(&zone, batch.to_vec()).unwrap();
    let all = names(&mut sky, &zone, None, 300);
    let order: Vec<&str> = all.iter().map(|(name, _)| name.as_str()).collect();
    let expected = ["example.com", "example.com", "*.example.com", "b.example.com", "a.b.example.com", "z.example.com"];
    assert_eq!(order, expected);
    let mut paged = Vec::new();
    let mut start = None;
    loop {
        let mut page = names(&mut sky, &zone, start.take(), 2);
        if page.len() > 2 {
            start = page.pop();
        }
        paged.extend(page);
        if start.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
}

#[test]
fn a_change_is_in_sync_after_propagation() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    let answer = sky.change(&zone, vec![change("CREATE", "a.example.com", "x.example.net")]).unwrap();
    let Answer::RecordsChanged(detail) = answer else { panic!("{answer:?}") };
    assert!(!detail.in_sync);
    let call = Call::GetChange { change_id: detail.id };
    for (seconds, in_sync) in [(29, false), (1, true)] {
        sky.wait(seconds);
        let answer = sky.call(&call).unwrap();
        let Answer::Change(detail) = answer else { panic!("{answer:?}") };
        assert_eq!(detail.in_sync, in_sync);
    }
}

#[test]
fn a_busy_zone_refuses_the_next_batch() {
    let mut sky = sky();
    let settings = sky.world.settings().patched(&serde_json::json!({"changeProcessingSeconds": 5})).unwrap();
    sky.world.set_settings(settings);
    let zone = sky.zone("example.com");
    sky.change(&zone, vec![change("CREATE", "a.example.com", "x.example.net")]).unwrap();
    let next = || vec![change("CREATE", "b.example.com", "x.example.net")];
    assert_eq!(sky.change(&zone, next()).unwrap_err().code, "PriorRequestNotComplete");
    sky.wait(5);
    assert!(sky.change(&zone, next()).is_ok());
}

#[test]
fn a_zone_with_records_cannot_be_deleted() {
    let mut sky = sky();
    let zone = sky.zone("example.com");
    sky.change(&zone, vec![change("CREATE", "a.example.com", "x.example.net")]).unwrap();
    let delete = Call::DeleteHostedZone { zone_id: zone.clone() };
    assert_eq!(sky.call(&delete).unwrap_err().code, "HostedZoneNotEmpty");
    sky.change(&zone, vec![change("DELETE", "a.example.com", "x.example.net.")]).unwrap();
    sky.call(&delete).unwrap();
    assert_eq!(sky.call(&delete).unwrap_err().code, "NoSuchHostedZone");
}

#[test]
fn zones_by_name_come_in_dns_order_from_where_the_caller_says() {
    let mut sky = sky();
    for name in ["b.org", "example.com", "a.example.com", "a.org"] {
        sky.zone(name);
    }
    let call =
        Call::ListHostedZonesByName { dns_name: Some("example.com".to_owned()), zone_id: None, max_items: Some(3) };
    let answer = sky.call(&call).unwrap();
    let Answer::ZonesByName(page) = answer else { panic!("{answer:?}") };
    let names: Vec<String> = page.zones.into_iter().map(|zone| zone.name).collect();
    assert_eq!(names, ["example.com", "a.example.com", "a.org"]);
    assert_eq!(page.next.unwrap().0, "b.org");
}
