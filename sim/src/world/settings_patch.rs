//! `PATCH /_sim/settings`: a part of the settings, merged into the whole.
//!
//! `null` switches off: a leaf, or a structure with all that is in it. A patch that goes below a structure which is off
//! brings it back with every leaf off but those it names. So `{"quotas": {"certificates": 1}}` after
//! `{"quotas": null}` means that one quota and no other, and it is the same at every level.

use serde_json::{Map, Value};

use super::settings::Settings;

impl Settings {
    /// These settings with `patch` merged in deeply.
    ///
    /// # Errors
    /// Names every unknown key, or says which value does not fit; then nothing is changed.
    pub fn patched(&self, patch: &Value) -> Result<Settings, String> {
        let template = serde_json::to_value(Settings::default()).map_err(|error| error.to_string())?;
        if !patch.is_object() {
            return Err("settings must be an object".to_owned());
        }
        let mut unknown = Vec::new();
        unknown_keys(patch, &template, "", &mut unknown);
        unknown.sort();
        if !unknown.is_empty() {
            return Err(format!("unknown settings: {}", unknown.join(", ")));
        }
        check(patch, &template, "")?;
        let mut merged = serde_json::to_value(self).map_err(|error| error.to_string())?;
        merge(&mut merged, patch, &template);
        if merged["accounts"].is_null() {
            merged["accounts"] = Value::Object(Map::new());
        }
        let mut settings: Settings = serde_json::from_value(merged).map_err(|error| error.to_string())?;
        settings.accounts.retain(|_, account| account.is_some());
        if settings.jitter.is_some_and(|jitter| jitter > 1.0) {
            return Err("jitter is a fraction from 0 to 1".to_owned());
        }
        Ok(settings)
    }
}

/// Any access key id may be mapped to an account.
const FREE: &str = "accounts";

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn unknown_keys(patch: &Value, template: &Value, path: &str, unknown: &mut Vec<String>) {
    let (Value::Object(patch), Value::Object(template)) = (patch, template) else { return };
    for (key, value) in patch {
        let here = below(path, key);
        match template.get(key) {
            None => unknown.push(here),
            Some(_) if here == FREE => {}
            Some(known) => unknown_keys(value, known, &here, unknown),
        }
    }
}

/// Every value of a patch is of the kind that the defaults have in its place, or null.
fn check(patch: &Value, template: &Value, path: &str) -> Result<(), String> {
    match (patch, template) {
        (Value::Null, _) => Ok(()),
        (Value::Object(accounts), Value::Object(_)) if path == FREE => {
            match accounts.iter().find(|(_, account)| !account.is_string() && !account.is_null()) {
                None => Ok(()),
                Some((key, _)) => Err(format!("{path}.{key} must be an account id as a string, or null")),
            }
        }
        (Value::Object(patch), Value::Object(template)) => patch
            .iter()
            .try_for_each(|(key, value)| check(value, template.get(key).unwrap_or(&Value::Null), &below(path, key))),
        (_, Value::Object(_)) => Err(format!("{path} must be an object, or null for off")),
        (Value::Number(number), _) if number.as_f64().is_some_and(|number| number < 0.0) => {
            Err(format!("{path} must not be negative"))
        }
        (Value::Number(number), known) if known.is_u64() && !number.is_u64() => {
            Err(format!("{path} must be a whole number, or null for off"))
        }
        (Value::Number(_), _) => Ok(()),
        _ => Err(format!("{path} must be a number, or null for off")),
    }
}

fn merge(target: &mut Value, patch: &Value, template: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = all_off(template);
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        merge(target.entry(key.clone()).or_insert(Value::Null), value, template.get(key).unwrap_or(&Value::Null));
    }
}

/// The structure of the defaults, with nothing switched on.
fn all_off(template: &Value) -> Value {
    match template {
        Value::Object(fields) => fields.iter().map(|(key, value)| (key.clone(), all_off(value))).collect(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn quotas_after(patches: &[Value]) -> Value {
        let mut settings = Settings::default();
        for patch in patches {
            settings = settings.patched(patch).unwrap();
        }
        serde_json::to_value(settings.quotas).unwrap()
    }

    #[test]
    fn a_patch_merges_deeply_and_null_switches_off() {
        let settings = Settings::default();
        let patch = json!({"quotas": {"rates": {"RequestCertificate": null}}, "validationSeconds": 1});
        let settings = settings.patched(&patch).unwrap();
        assert_eq!(settings.validation_seconds, Some(1.0));
        let rates = settings.quotas.unwrap().rates.unwrap();
        assert_eq!(rates["RequestCertificate"], None);
        assert_eq!(rates["ListCertificates"], Some(8.0));
    }

    #[test]
    fn a_patch_with_unknown_keys_names_them_all() {
        let patch = json!({"speed": 1, "quotas": {"rates": {"Fly": 1}}});
        let error = Settings::default().patched(&patch).unwrap_err();
        assert_eq!(error, "unknown settings: quotas.rates.Fly, speed");
    }

    #[test]
    fn a_patch_below_a_null_leaves_everything_else_off_at_every_level() {
        let rate = json!({"quotas": {"rates": {"DescribeCertificate": 1}}});
        let whole = quotas_after(&[json!({"quotas": null}), rate.clone()]);
        let rates = &whole["rates"];
        assert_eq!(rates["DescribeCertificate"], json!(1.0));
        assert_eq!(rates["ListCertificates"], Value::Null);
        assert_eq!(whole["certificates"], Value::Null);
        assert_eq!(whole["route53"]["account"], json!({"rate": null, "burst": null}));
        let part = quotas_after(&[json!({"quotas": {"rates": null}}), rate]);
        assert_eq!(&part["rates"], rates);
        assert_eq!(part["certificates"], json!(2500));
        let burst = json!({"quotas": {"route53": {"account": {"rate": 3}}}});
        let below = |null: Value| quotas_after(&[null, burst.clone()])["route53"].clone();
        let expected = json!({"account": {"rate": 3.0, "burst": null}, "operation": {"rate": null, "burst": null}});
        assert_eq!(below(json!({"quotas": null})), expected);
        assert_eq!(below(json!({"quotas": {"route53": null}})), expected);
        let kept = json!({"account": {"rate": 3.0, "burst": null}, "operation": {"rate": 10.0, "burst": 50.0}});
        assert_eq!(below(json!({"quotas": {"route53": {"account": null}}})), kept);
    }

    #[test]
    fn a_value_of_the_wrong_kind_is_named_with_its_place() {
        for (patch, message) in [
            (json!([]), "settings must be an object"),
            (json!({"validationSeconds": "1"}), "validationSeconds must be a number, or null for off"),
            (json!({"listLagSeconds": -1}), "listLagSeconds must not be negative"),
            (json!({"quotas": false}), "quotas must be an object, or null for off"),
            (json!({"quotas": {"certificates": 1.5}}), "quotas.certificates must be a whole number, or null for off"),
            (
                json!({"quotas": {"route53": {"account": 5}}}),
                "quotas.route53.account must be an object, or null for off",
            ),
            (json!({"accounts": {"AKIA": 1}}), "accounts.AKIA must be an account id as a string, or null"),
            (json!({"jitter": 2}), "jitter is a fraction from 0 to 1"),
        ] {
            assert_eq!(Settings::default().patched(&patch).unwrap_err(), message);
        }
    }
}
