//! The CustomResourceDefinition, generated from the types of this module.

use super::AcmCertificate;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::{
    CustomResourceDefinition, JSON, JSONSchemaProps, JSONSchemaPropsOrArray, JSONSchemaPropsOrBool,
};
use kube::CustomResourceExt;
use serde_json::json;

/// The CustomResourceDefinition of [`AcmCertificate`].
///
/// The derived one, with what the derives cannot say: the default of `status`, the bounds of a condition, and that no
/// property takes a `null`, so that to be absent is the only way to be unset.
pub fn crd() -> CustomResourceDefinition {
    let mut crd = AcmCertificate::crd();
    for version in &mut crd.spec.versions {
        if let Some(schema) = version.schema.as_mut().and_then(|schema| schema.open_api_v3_schema.as_mut()) {
            tidy(schema);
            amend_status(schema);
        }
    }
    crd
}

/// The CustomResourceDefinition as YAML.
///
/// # Errors
///
/// When it cannot be written as YAML, which would be a mistake in the types.
pub fn to_yaml() -> Result<String, serde_yaml::Error> {
    serde_yaml::to_string(&crd())
}

/// Takes `nullable` and the line breaks of doc comments out of a schema and all in it.
fn tidy(schema: &mut JSONSchemaProps) {
    schema.nullable = None;
    schema.description = schema.description.take().map(|text| text.replace('\n', " "));
    for property in schema.properties.iter_mut().flat_map(|properties| properties.values_mut()) {
        tidy(property);
    }
    if let Some(JSONSchemaPropsOrArray::Schema(items)) = &mut schema.items {
        tidy(items);
    }
    if let Some(JSONSchemaPropsOrBool::Schema(values)) = &mut schema.additional_properties {
        tidy(values);
    }
}

/// Gives `status` its default, which makes kstatus call a new object InProgress, and conditions their full schema.
fn amend_status(root: &mut JSONSchemaProps) {
    let Some(status) = property(root, "status") else { return };
    status.default = Some(JSON(json!({ "observedGeneration": -1 })));
    if let Some(JSONSchemaPropsOrArray::Schema(condition)) =
        property(status, "conditions").and_then(|conditions| conditions.items.as_mut())
    {
        amend_condition(condition);
    }
}

/// The bounds that `metav1.Condition` has in Kubernetes and that `k8s-openapi` leaves out.
fn amend_condition(condition: &mut JSONSchemaProps) {
    if let Some(message) = property(condition, "message") {
        message.max_length = Some(32768);
    }
    if let Some(generation) = property(condition, "observedGeneration") {
        generation.minimum = Some(0.0);
    }
    if let Some(reason) = property(condition, "reason") {
        reason.min_length = Some(1);
        reason.max_length = Some(1024);
        reason.pattern = Some("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$".to_owned());
    }
    if let Some(status) = property(condition, "status") {
        status.enum_ = Some(["True", "False", "Unknown"].map(|word| JSON(word.into())).to_vec());
    }
    if let Some(type_) = property(condition, "type") {
        type_.max_length = Some(316);
        type_.pattern = Some(
            r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
                .to_owned(),
        );
    }
}

fn property<'a>(schema: &'a mut JSONSchemaProps, name: &str) -> Option<&'a mut JSONSchemaProps> {
    schema.properties.as_mut()?.get_mut(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> JSONSchemaProps {
        crd().spec.versions[0].schema.clone().unwrap().open_api_v3_schema.unwrap()
    }

    /// Calls `look` with the path and schema of everything below `schema`.
    fn each(path: &str, schema: &JSONSchemaProps, look: &mut dyn FnMut(&str, &JSONSchemaProps)) {
        for (name, property) in schema.properties.iter().flatten() {
            let path = format!("{path}.{name}");
            look(&path, property);
            each(&path, property, look);
        }
        if let Some(JSONSchemaPropsOrArray::Schema(items)) = &schema.items {
            look(&format!("{path}[]"), items);
            each(&format!("{path}[]"), items, look);
        }
        if let Some(JSONSchemaPropsOrBool::Schema(values)) = &schema.additional_properties {
            look(&format!("{path}{{}}"), values);
            each(&format!("{path}{{}}"), values, look);
        }
    }

    #[test]
    fn no_property_takes_a_null() {
        each("", &schema(), &mut |path, property| assert_eq!(property.nullable, None, "{path} takes a null"));
    }

    #[test]
    fn the_only_defaults_are_those_of_validation_and_of_status() {
        let mut defaults = Vec::new();
        each("", &schema(), &mut |path, property| {
            if let Some(JSON(value)) = &property.default {
                defaults.push(format!("{path}: {value}"));
            }
        });
        assert_eq!(
            defaults,
            [
                r#".spec.validation.dns.records: "Route53""#,
                ".spec.validation.dns.ttlSeconds: 300",
                r#".spec.validation.method: "DNS""#,
                r#".status: {"observedGeneration":-1}"#,
            ]
        );
    }

    #[test]
    fn conditions_have_the_full_schema_of_kubernetes() {
        let mut schema = schema();
        let status = property(&mut schema, "status").unwrap();
        let conditions = property(status, "conditions").unwrap();
        assert_eq!(conditions.x_kubernetes_list_type.as_deref(), Some("map"));
        assert_eq!(conditions.x_kubernetes_list_map_keys, Some(vec!["type".to_owned()]));
        let Some(JSONSchemaPropsOrArray::Schema(condition)) = &mut conditions.items else { panic!("no items") };
        assert_eq!(condition.required.clone().unwrap(), ["lastTransitionTime", "message", "reason", "status", "type"]);
        assert_eq!(property(condition, "lastTransitionTime").unwrap().format.as_deref(), Some("date-time"));
        assert_eq!(property(condition, "message").unwrap().max_length, Some(32768));
        assert_eq!(property(condition, "observedGeneration").unwrap().minimum, Some(0.0));
        assert_eq!(property(condition, "reason").unwrap().max_length, Some(1024));
        assert_eq!(property(condition, "status").unwrap().enum_.as_ref().map(Vec::len), Some(3));
        assert_eq!(property(condition, "type").unwrap().max_length, Some(316));
    }
}
