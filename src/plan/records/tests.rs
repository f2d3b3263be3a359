use super::*;

fn zone(id: &str, name: &str, private: bool) -> HostedZone {
    HostedZone { id: HostedZoneId::new(id), name: RecordName::new(name), private }
}

fn found(name: &str, zones: &[HostedZone]) -> Result<String, ZoneProblem> {
    zone_for(&RecordName::new(name), zones, None).map(|id| id.to_string())
}

#[test]
fn the_longest_public_zone_holds_the_record() {
    let zones = [
        zone("Z1", "example.com", false),
        zone("Z2", "shop.example.com", false),
        zone("Z3", "www.shop.example.com", true),
        zone("Z4", "hop.example.com", false),
    ];
    assert_eq!(found("_a.www.shop.example.com", &zones), Ok("Z2".into()));
    assert_eq!(found("_a.other.example.com", &zones), Ok("Z1".into()));
    assert_eq!(found("_a.example.org", &zones), Err(ZoneProblem::NotFound));
}

#[test]
fn two_zones_of_one_name_are_not_guessed_between() {
    let zones = [zone("Z2", "example.com", false), zone("Z1", "example.com", false), zone("Z3", "com", false)];
    let both = vec![HostedZoneId::new("Z1"), HostedZoneId::new("Z2")];
    assert_eq!(found("_a.example.com", &zones), Err(ZoneProblem::Ambiguous(both)));
    let name = RecordName::new("_a.example.com");
    assert_eq!(zone_for(&name, &zones, Some(&HostedZoneId::new("Z2"))), Ok(HostedZoneId::new("Z2")));
}

#[test]
fn a_pinned_zone_must_be_public_and_hold_the_name() {
    let zones = [zone("Z1", "example.com", false), zone("Z2", "example.com", true), zone("Z3", "example.org", false)];
    let name = RecordName::new("_a.example.com");
    let pin = |id| zone_for(&name, &zones, Some(&HostedZoneId::new(id)));
    assert_eq!(pin("Z1"), Ok(HostedZoneId::new("Z1")));
    for id in ["Z2", "Z3", "Z4"] {
        assert!(matches!(pin(id), Err(ZoneProblem::BadPin(_))), "{id}");
    }
}
