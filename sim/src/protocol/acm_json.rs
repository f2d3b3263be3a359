//! ACM's requests: JSON 1.1, the operation in the `X-Amz-Target` header.

use crate::world::answer::ApiError;
use crate::world::call::{
    Call, DomainValidationOption, ListCertificates, RequestCertificate, SearchCertificates, Service, Tag,
};
use serde_json::{Map, Value};

use super::acm_search;

/// The call that a target header and a body mean.
pub(crate) fn read(target: &str, body: &[u8]) -> Result<Call, ApiError> {
    let unknown = || ApiError::new("UnknownOperationException", format!("{target} is not a known operation"));
    let operation = target.strip_prefix("CertificateManager.").ok_or_else(unknown)?;
    if !Service::Acm.operations().contains(&operation) {
        return Err(unknown());
    }
    let value: Value = serde_json::from_slice(body)
        .map_err(|error| ApiError::new("SerializationException", format!("The body is no JSON: {error}")))?;
    let Value::Object(object) = value else {
        return Err(ApiError::new("SerializationException", "The body must be a JSON object"));
    };
    let fields = Fields(object);
    match operation {
        "RequestCertificate" => request_certificate(&fields),
        "ListCertificates" => list_certificates(&fields),
        "SearchCertificates" => search_certificates(&fields),
        "DescribeCertificate" => Ok(Call::DescribeCertificate { certificate_arn: arn(&fields)? }),
        "DeleteCertificate" => Ok(Call::DeleteCertificate { certificate_arn: arn(&fields)? }),
        "GetCertificate" => Ok(Call::GetCertificate { certificate_arn: arn(&fields)? }),
        "ResendValidationEmail" => Ok(Call::ResendValidationEmail {
            certificate_arn: arn(&fields)?,
            domain: fields.required("Domain")?,
            validation_domain: fields.required("ValidationDomain")?,
        }),
        "ListTagsForCertificate" => Ok(Call::ListTagsForCertificate { certificate_arn: arn(&fields)? }),
        "AddTagsToCertificate" => Ok(Call::AddTagsToCertificate {
            certificate_arn: arn(&fields)?,
            tags: fields.tags()?.ok_or_else(|| missing("Tags"))?,
        }),
        "RemoveTagsFromCertificate" => Ok(Call::RemoveTagsFromCertificate {
            certificate_arn: arn(&fields)?,
            tags: fields.tags()?.ok_or_else(|| missing("Tags"))?,
        }),
        _ => Err(unknown()),
    }
}

fn arn(fields: &Fields) -> Result<String, ApiError> {
    fields.required("CertificateArn")
}

fn request_certificate(fields: &Fields) -> Result<Call, ApiError> {
    Ok(Call::RequestCertificate(RequestCertificate {
        domain_name: fields.required("DomainName")?,
        subject_alternative_names: fields.texts("SubjectAlternativeNames")?,
        validation_method: fields.text("ValidationMethod")?,
        key_algorithm: fields.text("KeyAlgorithm")?,
        idempotency_token: fields.text("IdempotencyToken")?,
        certificate_authority_arn: fields.text("CertificateAuthorityArn")?,
        managed_by: fields.text("ManagedBy")?,
        domain_validation_options: domain_validation_options(fields)?,
        export: fields.object("Options")?.text("Export")?,
        tags: fields.tags()?,
    }))
}

fn domain_validation_options(fields: &Fields) -> Result<Option<Vec<DomainValidationOption>>, ApiError> {
    let Some(objects) = fields.objects("DomainValidationOptions")? else { return Ok(None) };
    let mut options = Vec::with_capacity(objects.len());
    for object in objects {
        options.push(DomainValidationOption {
            domain_name: object.required("DomainName")?,
            validation_domain: object.required("ValidationDomain")?,
        });
    }
    Ok(Some(options))
}

fn search_certificates(fields: &Fields) -> Result<Call, ApiError> {
    Ok(Call::SearchCertificates(SearchCertificates {
        filter: fields.get("FilterStatement").map(acm_search::statement).transpose()?,
        sort_by: fields.text("SortBy")?,
        sort_order: fields.text("SortOrder")?,
        max_results: fields.integer("MaxResults")?,
        next_token: fields.text("NextToken")?,
    }))
}

fn list_certificates(fields: &Fields) -> Result<Call, ApiError> {
    let includes = fields.object("Includes")?;
    Ok(Call::ListCertificates(ListCertificates {
        statuses: fields.texts("CertificateStatuses")?.unwrap_or_default(),
        key_types: includes.texts("keyTypes")?.unwrap_or_default(),
        key_usage: includes.texts("keyUsage")?.unwrap_or_default(),
        extended_key_usage: includes.texts("extendedKeyUsage")?.unwrap_or_default(),
        key_pair_origins: fields.texts("CertificateKeyPairOrigins")?.unwrap_or_default(),
        export_option: includes.text("exportOption")?,
        managed_by: includes.text("managedBy")?,
        max_items: fields.integer("MaxItems")?,
        next_token: fields.text("NextToken")?,
        sort_by: fields.text("SortBy")?,
        sort_order: fields.text("SortOrder")?,
    }))
}

/// The members of a JSON object. What AWS does not know it ignores, and so does this.
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    pub(super) fn of(name: &str, value: &Value) -> Result<Fields, ApiError> {
        match value {
            Value::Object(object) => Ok(Fields(object.clone())),
            _ => Err(wrong_type(name, "an object")),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    fn text(&self, name: &str) -> Result<Option<String>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(wrong_type(name, "a string")),
        }
    }

    pub(super) fn required(&self, name: &str) -> Result<String, ApiError> {
        self.text(name)?.ok_or_else(|| missing(name))
    }

    fn integer(&self, name: &str) -> Result<Option<i64>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value.as_i64().map(Some).ok_or_else(|| wrong_type(name, "an integer")),
        }
    }

    fn list(&self, name: &str) -> Result<Option<&Vec<Value>>, ApiError> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::Array(values)) => Ok(Some(values)),
            Some(_) => Err(wrong_type(name, "a list")),
        }
    }

    fn texts(&self, name: &str) -> Result<Option<Vec<String>>, ApiError> {
        let Some(values) = self.list(name)? else { return Ok(None) };
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            texts.push(value.as_str().ok_or_else(|| wrong_type(name, "a list of strings"))?.to_owned());
        }
        Ok(Some(texts))
    }

    fn object(&self, name: &str) -> Result<Fields, ApiError> {
        match self.get(name) {
            None => Ok(Fields(Map::new())),
            Some(value) => Fields::of(name, value),
        }
    }

    fn objects(&self, name: &str) -> Result<Option<Vec<Fields>>, ApiError> {
        let Some(values) = self.list(name)? else { return Ok(None) };
        values.iter().map(|value| Fields::of(name, value)).collect::<Result<_, _>>().map(Some)
    }

    fn tags(&self) -> Result<Option<Vec<Tag>>, ApiError> {
        let Some(objects) = self.objects("Tags")? else { return Ok(None) };
        let mut tags = Vec::with_capacity(objects.len());
        for object in objects {
            tags.push(Tag { key: object.required("Key")?, value: object.text("Value")? });
        }
        Ok(Some(tags))
    }
}

pub(super) fn wrong_type(name: &str, expected: &str) -> ApiError {
    ApiError::new("SerializationException", format!("{name} must be {expected}"))
}

pub(super) fn missing(name: &str) -> ApiError {
    let mut member = name.to_owned();
    if let Some(first) = member.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    let message = format!(
        "1 validation error detected: Value null at '{member}' failed to satisfy constraint: Member must not be null"
    );
    ApiError::new("ValidationException", message)
}
