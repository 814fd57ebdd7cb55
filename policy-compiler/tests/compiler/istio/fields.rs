//! What fields Istio's custom resources have, and of which kinds: those of them that are written,
//! as <https://istio.io/latest/docs/reference/config/> describes them and as the custom resource
//! definitions of Istio 1.29 (`WasmPlugin`, `EnvoyFilter`) and 1.30 (`TrafficExtension`) have them.
//! A field that is not here is not taken: Kubernetes would leave it out without a word.

use saphyr_parser::{Event, Parser, ScalarStyle};
use serde_json::{Map, Value, json};

/// An object with these fields, and the names of those that must be there.
fn object(fields: Value, required: &[&str]) -> Value {
    json!({
        "type": "object",
        "properties": fields,
        "required": required,
        "additionalProperties": false,
    })
}

fn map_of(values: Value) -> Value {
    json!({ "type": "object", "minProperties": 1, "additionalProperties": values })
}

fn list_of(items: Value) -> Value {
    json!({ "type": "array", "minItems": 1, "items": items })
}

fn labels(name: &str) -> Value {
    object(json!({ name: map_of(json!({ "type": "string", "maxLength": 63 })) }), &[name])
}

/// The fields that `WasmPlugin` and the `wasm` of `TrafficExtension` share.
fn plugin() -> Value {
    let variable = object(
        json!({
            "name": { "type": "string", "pattern": "^[A-Z_]{1,256}$" },
            "value": { "type": "string", "maxLength": 2048 },
            "valueFrom": { "enum": ["INLINE", "HOST"] },
        }),
        &["name"],
    );
    // A value is only taken where it does not come from the host.
    let variable =
        json!({ "allOf": [variable, { "not": { "required": ["value", "valueFrom"] } }] });
    json!({
        "url": { "type": "string", "pattern": "^oci://[^@]+@sha256:[a-f0-9]{64}$" },
        "sha256": { "type": "string", "pattern": "^[a-f0-9]{64}$" },
        "imagePullSecret": { "type": "string", "minLength": 1, "maxLength": 253 },
        "pluginName": { "type": "string", "minLength": 1, "maxLength": 256 },
        "type": { "enum": ["HTTP"] },
        "failStrategy": { "enum": ["FAIL_CLOSE"] },
        "vmConfig": object(json!({ "env": list_of(variable) }), &["env"]),
        "pluginConfig": { "type": "object" },
    })
}

/// The fields of a plugin that must be there, or it would run otherwise.
const PLUGIN: [&str; 7] =
    ["url", "sha256", "pluginName", "failStrategy", "vmConfig", "pluginConfig", "type"];

fn place() -> Value {
    json!({
        "selector": labels("matchLabels"),
        "priority": { "type": "integer", "minimum": -2_147_483_648_i64, "maximum": 2_147_483_647 },
        "match": list_of(object(
            json!({ "mode": { "enum": ["CLIENT", "SERVER", "CLIENT_AND_SERVER"] } }),
            &["mode"],
        )),
    })
}

fn together(one: Value, other: Value) -> Value {
    let (Value::Object(mut one), Value::Object(other)) = (one, other) else { panic!("maps") };
    one.extend(other);
    Value::Object(one)
}

fn envoy_filter() -> Value {
    let named = |inner: Value| together(json!({ "name": { "type": "string" } }), inner);
    let sub_filter = object(named(json!({})), &["name"]);
    let filter = object(named(json!({ "subFilter": sub_filter })), &["name"]);
    let listener = object(json!({ "filterChain": object(json!({ "filter": filter }), &[]) }), &[]);
    let patch = object(
        json!({
            "operation": { "enum": ["MERGE", "ADD", "INSERT_BEFORE", "INSERT_FIRST"] },
            "value": { "type": "object", "minProperties": 1 },
        }),
        &["operation", "value"],
    );
    let change = object(
        json!({
            "applyTo": { "enum": [
                "LISTENER", "NETWORK_FILTER", "HTTP_FILTER", "VIRTUAL_HOST", "CLUSTER",
                "EXTENSION_CONFIG",
            ] },
            "match": object(
                json!({
                    "context": { "enum": ["SIDECAR_INBOUND", "SIDECAR_OUTBOUND", "GATEWAY"] },
                    "listener": listener,
                }),
                &["context"],
            ),
            "patch": patch,
        }),
        &["applyTo", "match", "patch"],
    );
    object(
        json!({
            "workloadSelector": labels("labels"),
            "priority": { "type": "integer" },
            "configPatches": list_of(change),
        }),
        &["priority", "configPatches"],
    )
}

/// What a manifest of a kind must be.
pub(super) fn schema(kind: &str) -> Value {
    let spec = match kind {
        "WasmPlugin" => {
            let phase = json!({ "phase": { "enum": ["UNSPECIFIED_PHASE"] } });
            object(together(together(place(), plugin()), phase), &PLUGIN)
        }
        "TrafficExtension" => {
            let wasm = json!({ "wasm": object(plugin(), &PLUGIN) });
            object(together(place(), wasm), &["wasm", "match"])
        }
        "EnvoyFilter" => envoy_filter(),
        other => panic!("nobody writes a {other}"),
    };
    let version = match kind {
        "EnvoyFilter" => "networking.istio.io/v1alpha3",
        _ => "extensions.istio.io/v1alpha1",
    };
    let text = json!({ "type": "string", "pattern": "^[a-z0-9-]{1,63}$" });
    let metadata = object(json!({ "name": text, "namespace": text }), &["name", "namespace"]);
    object(
        json!({
            "apiVersion": { "const": version },
            "kind": { "const": kind },
            "metadata": metadata,
            "spec": spec,
        }),
        &["apiVersion", "kind", "metadata", "spec"],
    )
}

enum Open {
    List(Vec<Value>),
    Map(Map<String, Value>, Option<String>),
}

/// The documents of a file, as the core schema of YAML 1.2 reads them.
pub(super) fn documents(text: &str) -> Vec<Value> {
    let (mut documents, mut open) = (Vec::new(), Vec::new());
    for event in Parser::new_from_str(text) {
        let (event, _) = event.expect("YAML");
        let value = match event {
            Event::Scalar(text, ScalarStyle::Plain, ..) => match serde_json::from_str(&text) {
                Ok(value @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => value,
                Ok(_) | Err(_) => json!(text),
            },
            Event::Scalar(text, ..) => json!(text),
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                continue;
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Map::new(), None));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(Open::List(items)) => Value::Array(items),
                Some(Open::Map(pairs, None)) => Value::Object(pairs),
                Some(Open::Map(..)) | None => panic!("a key without a value"),
            },
            _ => continue,
        };
        match open.last_mut() {
            None => documents.push(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(pairs, key)) => match key.take() {
                None => *key = Some(value.as_str().expect("a key").to_owned()),
                Some(name) => {
                    assert!(!pairs.contains_key(&name), "{name} twice");
                    pairs.insert(name, value);
                }
            },
        }
    }
    documents
}
