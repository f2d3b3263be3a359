use super::*;
use crate::plan::Effect;

fn key() -> ObjectKey {
    ObjectKey { namespace: "n".into(), name: "o".into() }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(seconds)
}

#[test]
fn copies_older_than_our_own_write_are_stale() {
    let memory = Memory::default();
    let is_stale = |uid, version| memory.stale_for(uid, Some(version), at(0)).is_some();
    assert!(!is_stale("u", "5"));
    memory.wrote("u", Some("10"));
    assert!(is_stale("u", "9"));
    assert!(!is_stale("u", "10") && !is_stale("u", "11") && !is_stale("v", "1"));
    memory.wrote("u", Some("8"));
    assert!(is_stale("u", "9"), "of two writes the later counts, in whatever order they are told");
}

#[test]
fn what_is_read_live_is_the_newest_there_is_even_after_a_restored_backup() {
    let memory = Memory::default();
    memory.wrote("u", Some("1000"));
    assert_eq!(memory.stale_for("u", Some("7"), at(0)), Some(SignedDuration::ZERO));
    assert_eq!(memory.stale_for("u", Some("8"), at(40)), Some(SignedDuration::from_secs(40)));
    memory.read_live("u", Some("8"));
    assert_eq!(memory.stale_for("u", Some("8"), at(41)), None);
    assert_eq!(memory.stale_for("u", Some("7"), at(42)), Some(SignedDuration::ZERO));
}

#[test]
fn an_object_has_twenty_events_an_hour() {
    let memory = Memory::default();
    assert_eq!((0..30).filter(|_| memory.may_publish(&key(), false, at(0))).count(), 15);
    assert_eq!((0..30).filter(|_| memory.may_publish(&key(), true, at(0))).count(), 5);
    assert!(memory.may_publish(&key(), false, at(3600)));
}

#[test]
fn a_refusal_ends_with_its_time_or_its_generation() {
    let memory = Memory::default();
    let (add, remove) = (Effect::AddFinalizer.which(), Effect::RemoveFinalizer.which());
    memory.refuse(&key(), 1, add.clone(), Meaning::Denied, |_| at(60));
    let refused =
        |which: &Which, generation, at| memory.refused(&key(), generation, at).iter().any(|(of, _)| of == which);
    assert!(refused(&add, 1, at(0)));
    assert!(!refused(&remove, 1, at(0)));
    assert!(!refused(&add, 2, at(0)));
    assert!(!refused(&add, 1, at(60)));
}

#[test]
fn each_effect_has_its_own_refusal() {
    let memory = Memory::default();
    let (add, remove) = (Effect::AddFinalizer.which(), Effect::RemoveFinalizer.which());
    memory.refuse(&key(), 1, add.clone(), Meaning::Denied, |_| at(60));
    memory.refuse(&key(), 1, remove.clone(), Meaning::Denied, |_| at(90));
    assert_eq!(memory.refused(&key(), 1, at(0)).len(), 2);
    memory.carried_out(&key(), &remove);
    assert_eq!(memory.refused(&key(), 1, at(0)), [(add.clone(), SignedDuration::from_secs(60))]);
    memory.clear_refusals(&key(), "now".into());
    assert_eq!(memory.refused(&key(), 1, at(0)), []);
    memory.refuse(&key(), 1, add, Meaning::Denied, |_| at(60));
    memory.clear_refusals(&key(), "now".into());
    assert_eq!(memory.refused(&key(), 1, at(0)).len(), 1, "a wish is granted once");
}

#[test]
fn refusals_are_counted_until_one_is_carried_out() {
    let memory = Memory::default();
    let add = Effect::AddFinalizer.which();
    let refuse_as = |generation, meaning| {
        let mut counted = 0;
        memory.refuse(&key(), generation, add.clone(), meaning, |times| {
            counted = times;
            at(0)
        });
        memory.succeeded(&key());
        counted
    };
    let refuse = || refuse_as(1, Meaning::Invalid);
    assert_eq!([refuse(), refuse(), refuse()], [1, 2, 3]);
    assert_eq!(refuse_as(2, Meaning::Invalid), 1, "of another spec");
    assert_eq!(refuse_as(2, Meaning::QuotaExceeded), 1, "in another sense");
    memory.carried_out(&key(), &add);
    assert_eq!(refuse(), 1);
}

#[test]
fn failures_are_counted_until_a_pass_goes_well() {
    let memory = Memory::default();
    assert_eq!([memory.failed(&key()), memory.failed(&key())], [1, 2]);
    memory.succeeded(&key());
    assert_eq!(memory.failed(&key()), 1);
}

#[test]
fn what_concerns_no_object_any_more_is_forgotten() {
    let memory = Memory::default();
    let arn = |id: &str| -> CertificateArn {
        format!("arn:aws:acm:eu-west-1:123456789012:certificate/{id}").parse().unwrap()
    };
    let kept = ObjectKey { namespace: "n".into(), name: "kept".into() };
    for (uid, key, id) in [("u", key(), "a"), ("v", kept.clone(), "b")] {
        memory.wrote(uid, Some("10"));
        memory.failed(&key);
        memory.let_go(uid, &arn(id));
        memory.absent_since(&arn(id), at(0));
        memory.looked_at_tags(&arn(id), at(0));
        memory.looked_at(&key, (HostedZoneId::new("Z"), RecordName::new(id)), true, at(0));
    }
    let status = AcmCertificateStatus { certificate_arn: Some(arn("b").to_string()), ..Default::default() };
    let adopts = Some(arn("c"));
    memory.absent_since(&arn("c"), at(0));
    memory.keep_only(&[Known { uid: "v".into(), key: kept.clone(), status, adopts }], at(0));
    let inner = memory.inner();
    assert_eq!(inner.written.keys().collect::<Vec<_>>(), ["v"]);
    assert_eq!(inner.failures.keys().collect::<Vec<_>>(), [&kept]);
    assert_eq!(inner.let_go.keys().collect::<Vec<_>>(), [&arn("b")]);
    assert_eq!(inner.absent.keys().collect::<HashSet<_>>(), [&arn("b"), &arn("c")].into());
    assert_eq!(inner.tag_looks.keys().collect::<Vec<_>>(), [&arn("b")]);
    assert!(inner.record_looks.is_empty(), "no status claims a record");
}

#[tokio::test(start_paused = true)]
async fn few_wait_for_a_record_and_none_for_long() {
    let memory = Memory::default();
    let names = || BTreeSet::from([RecordName::new("_a.example.com")]);
    let held = memory.lock_records(names()).await.unwrap();
    let (second, third) = tokio::join!(memory.lock_records(names()), memory.lock_records(names()));
    assert!(second.is_none() && third.is_none(), "the holder takes its time");
    let waiting = memory.lock_records(names());
    let release = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        drop(held);
    };
    assert!(tokio::join!(waiting, release).0.is_some(), "it is free in time");
}

#[test]
fn a_record_that_is_in_place_is_so_for_all_and_what_is_wrong_each_sees_for_itself() {
    let memory = Memory::default();
    let own = key();
    let other = ObjectKey { namespace: "n".into(), name: "other".into() };
    let record = (HostedZoneId::new("Z"), RecordName::new("_a.example.com"));
    let period = Duration::from_secs(600);
    let is_due = |by, seconds| memory.is_record_due(by, &record, period, at(seconds));
    memory.looked_at(&own, record.clone(), true, at(0));
    assert!(!is_due(&own, 599) && !is_due(&other, 599));
    memory.looked_at(&own, record.clone(), false, at(600));
    assert!(!is_due(&own, 601));
    assert!(is_due(&other, 601), "it may be the one that mends it");
    memory.look_again(&own, &record);
    assert!(is_due(&own, 601));
}
