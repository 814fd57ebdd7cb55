//! The shape of a policy as JSON Schema, draft-07, for editors.
//! Keys and words come from the tables that policies are read by: what is unknown there is unknown
//! here. What one value alone does not tell (references, ranks, contradictions) it cannot say.

use super::read::Vocabulary;
use super::{
    MODES, POLICY, ZONE, asserts, boundary, case, category, grants, include, limits, member, proto,
    require,
};
use cofferdam_engine::limits::UNWRAP_MAX;
use cofferdam_engine::verdict::Reason;
use serde_json::{Map, Value, json};

const NAME: &str = "^[a-z][a-z0-9_-]{0,63}$";
const CATEGORY_NAME: &str = "^(by_field\\.)?[a-z][a-z0-9_-]{0,63}$";
const DATE: &str = "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$";
const TIME: &str = "^[1-9][0-9]*[mhd]$";
const SIZE: &str = "^[0-9]+(KiB|MiB|B)?$";
const MEDIA: &str = "^[A-Za-z0-9!#$&^_.+-]+/(\\*|[A-Za-z0-9!#$&^_.+-]+)$";
const PATH: &str = "^/[!-~]*$";
const PLACE: &str = "^(path|query|body|trailer|header|cookie|(header|cookie) .+)$";
const FIELD: &str = "^\\$[.\\[]";
const SPIFFE: &str = "^spiffe://[a-z0-9._-]+/[A-Za-z0-9._/*-]+$";
const GLOB: &str = "^[!-~]*[!-)+-~][!-~]*$";
const FILE: &str = "^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$";
const HEADER: &str = "^(:path|[A-Za-z0-9!#$%&'*+.^_`|~-]+)$";

/// The schema of a whole policy.
pub(crate) fn schema() -> Value {
    let mut schema = object(POLICY, &["format", "policy", "zones", "boundaries"], policy);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("cofferdam policy");
    schema
}

/// The schema of a file that a policy includes.
pub(crate) fn included_schema() -> Value {
    let mut schema = object(include::INCLUDED, &[], policy);
    schema["$schema"] = json!("http://json-schema.org/draft-07/schema#");
    schema["title"] = json!("part of a cofferdam policy");
    schema
}

/// A mapping with the keys of a vocabulary. `property` says what each means and may hold.
fn object(
    vocabulary: Vocabulary,
    required: &[&str],
    property: fn(&str) -> (&'static str, Value),
) -> Value {
    let mut properties = Map::new();
    for key in vocabulary.keys {
        let (description, mut value) = property(key);
        if !description.is_empty() {
            value["description"] = json!(description);
        }
        properties.insert((*key).to_owned(), value);
    }
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

/// A key without a description of its own: the compiler's vocabulary has grown.
fn unknown(key: &str) -> (&'static str, Value) {
    debug_assert!(false, "the schema does not know `{key}`");
    ("", json!({}))
}

/// What is written without quotes may look like a number, and is a text all the same.
fn text() -> Value {
    json!({ "type": ["string", "number"] })
}

/// As a message carries it: no kind of value is told from text but by quotes.
fn raw_text() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn matching(pattern: &str) -> Value {
    json!({ "type": "string", "pattern": pattern })
}

/// The same for what may look like a number.
fn text_matching(pattern: &str) -> Value {
    json!({ "type": ["string", "number"], "pattern": pattern })
}

fn choice<T>(words: &[(&str, T)]) -> Value {
    json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

fn number(least: u64, most: u64) -> Value {
    json!({
        "anyOf": [
            { "type": "integer", "minimum": least, "maximum": most },
            matching("^(0|[1-9][0-9]*)$"),
        ],
    })
}

/// One, or a list of one at least.
fn some(item: &Value) -> Value {
    json!({ "anyOf": [item, { "type": "array", "items": item, "minItems": 1 }] })
}

fn list(item: &Value) -> Value {
    json!({ "type": "array", "items": item })
}

fn named(name: &str, value: &Value) -> Value {
    json!({
        "type": "object",
        "propertyNames": { "pattern": name },
        "additionalProperties": value,
    })
}

fn policy(key: &str) -> (&'static str, Value) {
    match key {
        "format" => ("The version of the language", json!({ "enum": [super::FORMAT] })),
        "policy" => ("The name of the policy", matching(NAME)),
        "owner" => ("Who answers for it; a boundary may name another one", text()),
        "description" => ("What it is for", text()),
        "review_by" => ("The day by which somebody looks at it again", matching(DATE)),
        "include" => {
            ("Files below the folder of the policy that are part of it", some(&matching(FILE)))
        }
        "mode" => ("`observe` decides everything and alters nothing", choice(&MODES)),
        "limits" => ("What becomes of what cannot be read", object(limits::LIMITS, &[], limit)),
        "zones" => {
            ("Places with one trust level each", named(NAME, &object(ZONE, &["sensitivity"], zone)))
        }
        "members" => (
            "Who is in which zone: the first line that fits wins",
            list(&object(member::MEMBER, &["zone"], condition)),
        ),
        "detect" => ("Categories and @groups that count besides those that are on", some(&text())),
        "categories" => (
            "The policy's own kinds of personal data, and what it adds to others",
            named(CATEGORY_NAME, &own_category()),
        ),
        "actions" => ("Actions with names of the policy's own", named(NAME, &own_action())),
        "credential_headers" => {
            ("Headers in which credentials are at home", some(&text_matching(HEADER)))
        }
        "proto" => {
            ("Types of protobuf messages", object(proto::PROTO, &["descriptors"], descriptors))
        }
        "boundaries" => {
            let needed = ["id", "from", "to", "purpose", "reply"];
            ("What may cross from one zone to another", {
                list(&object(boundary::BOUNDARY, &needed, boundary))
            })
        }
        "asserts" => {
            let one = object(asserts::ASSERT, &["never"], assert);
            ("What must never be, whatever the rules come to", list(&one))
        }
        "tests" => {
            let one = object(case::CASE, &["name", "message", "expect"], test);
            ("What `cofferdam test` runs", list(&one))
        }
        _ => unknown(key),
    }
}

fn zone(key: &str) -> (&'static str, Value) {
    match key {
        "sensitivity" => ("How sensitive what is in it may be, in a word", matching(NAME)),
        "description" => ("What is in it", text()),
        "third_party" => ("Whether another company runs it", json!({ "type": "boolean" })),
        _ => unknown(key),
    }
}

fn limit(key: &str) -> (&'static str, Value) {
    match key {
        "inspect" => (
            "How much of a message may be held: `1MiB`",
            json!({ "anyOf": [matching(SIZE), { "type": "integer", "minimum": 1 }] }),
        ),
        "on_oversize" => ("What is longer than `inspect`", choice(&limits::ON_OVERSIZE)),
        "on_unparsable" => ("What is not what it says it is", choice(&limits::ON_UNPARSABLE)),
        "on_unknown_encoding" => ("A coding that cannot be undone", choice(&limits::BLOCK_ONLY)),
        "on_unknown_media" => ("A media type that nothing reads", choice(&limits::BLOCK_ONLY)),
        "on_upgrade" => ("Another protocol on the same connection", choice(&limits::BLOCK_ONLY)),
        "opaque_media" => {
            ("Media that pass unread", object(limits::OPAQUE, &["pass"], |_| ("", media_list())))
        }
        "unwrap" => {
            ("Layers of encoding that are looked through", number(0, u64::from(UNWRAP_MAX)))
        }
        "recompress" => ("Whether what came coded goes on coded", choice(&limits::RECOMPRESS)),
        _ => unknown(key),
    }
}

fn media_list() -> Value {
    json!({ "anyOf": [matching(MEDIA), { "type": "array", "items": matching(MEDIA) }] })
}

fn condition(key: &str) -> (&'static str, Value) {
    match key {
        "zone" => ("The zone that this line places in", matching(NAME)),
        "spiffe" => ("The id in the peer's certificate", matching(SPIFFE)),
        "cluster" => ("The upstream cluster; `*` is any run", text_matching(GLOB)),
        "route" => ("The name of the route", text_matching(GLOB)),
        "virtual_host" => ("The name of the virtual host", text_matching(GLOB)),
        "host" => ("The authority; only together with `cluster`", text_matching(GLOB)),
        "listener_port" => ("The port that a caller came in by", number(0, u64::from(u16::MAX))),
        "source" => ("The address block of a caller", matching("^[0-9a-fA-F.:]+(/[0-9]{1,3})?$")),
        "node_id" => ("The id of the proxy itself", text_matching(GLOB)),
        "node_cluster" => ("The cluster of the proxy itself", text_matching(GLOB)),
        _ => unknown(key),
    }
}

fn descriptors(key: &str) -> (&'static str, Value) {
    match key {
        "descriptors" => ("A file that `protoc --descriptor_set_out` wrote", text_matching(FILE)),
        _ => unknown(key),
    }
}

fn own_category() -> Value {
    let mut schema = object(category::CATEGORY, &[], |key| match key {
        "pattern" => ("A regular expression, bounded", text()),
        "words" => ("Whole words, whatever their case", some(&text())),
        "near" => ("Words of which one must stand near", some(&text())),
        "validate" => ("The check that a candidate must pass", text()),
        "group" => ("The group that it belongs to", matching(NAME)),
        "fields" => ("Where it is found by place", some(&matching(FIELD))),
        "min_strength" => ("How sure a candidate must be", choice(&category::STRENGTHS)),
        "description" => ("What it is", text()),
        _ => unknown(key),
    });
    let found_by = ["pattern", "words", "fields", "min_strength"];
    schema["anyOf"] = found_by.iter().map(|key| json!({ "required": [key] })).collect();
    schema
}

/// `mask` or `tokenize`, and only one of them.
fn own_action() -> Value {
    let mut schema = object(boundary::ACTION, &[], |key| match key {
        "mask" => ("A fixed shape", object(boundary::MASK, &[], mask)),
        "tokenize" => ("The same token for the same value", {
            object(boundary::TOKENIZE, &["key"], tokenize)
        }),
        _ => unknown(key),
    });
    schema["minProperties"] = json!(1);
    schema["maxProperties"] = json!(1);
    schema
}

fn mask(key: &str) -> (&'static str, Value) {
    match key {
        "keep_last" => ("How many characters stay", number(0, boundary::KEEP_LAST_MAX)),
        "keep_separators" => ("Whether what parts groups stays", json!({ "type": "boolean" })),
        _ => unknown(key),
    }
}

fn tokenize(key: &str) -> (&'static str, Value) {
    match key {
        "key" => ("The name of a key that the host has", matching(NAME)),
        "prefix" => (
            "What a token begins with",
            json!({ "anyOf": [
            matching("^[a-z0-9_]{1,16}$"), { "type": "integer", "minimum": 0 },
        ] }),
        ),
        "shared_with" => ("Boundaries whose tokens are the same", some(&text())),
        _ => unknown(key),
    }
}

fn action() -> Value {
    json!({ "anyOf": [matching(NAME), own_action()] })
}

fn boundary(key: &str) -> (&'static str, Value) {
    match key {
        "id" => ("Its name in entries and tests", matching(NAME)),
        "from" => ("The zone that asks", matching(NAME)),
        "to" => ("The zone that is asked", matching(NAME)),
        "owner" => ("Who answers for it, if not the policy's owner", text()),
        "purpose" => ("What it is for", text()),
        "description" => ("What crosses it", text()),
        "review_by" => ("The day by which somebody looks at it again", matching(DATE)),
        "controls" => ("The controls that it serves", some(&text())),
        "when" => ("The requests that it is for", object(boundary::WHEN, &[], when)),
        "grants" => ("What may be lowered for a time, by signed grants", allowed_grants()),
        "require" => ("What its connections must prove", {
            let mut schema = object(require::REQUIRE, &[], requirement);
            schema["minProperties"] = json!(1);
            schema
        }),
        "reply" => ("What may come back", {
            let inspect = object(boundary::REPLY, &[], rules);
            json!({ "anyOf": [choice(&boundary::STATUS_ONLY), inspect] })
        }),
        _ => rules(key),
    }
}

fn rules(key: &str) -> (&'static str, Value) {
    match key {
        "mode" => ("`observe` decides everything and alters nothing", choice(&MODES)),
        "fields_only" => ("No other field crosses", some(&matching(FIELD))),
        "delivery" => {
            ("Whether a message is held until it is decided", { choice(&boundary::DELIVERY) })
        }
        "entries" => ("Which crossings are told of", choice(&boundary::ENTRIES)),
        "credentials_in_place" => ("Whether credentials where they belong are looked at", {
            choice(&boundary::CREDENTIALS_IN_PLACE)
        }),
        "rules" => ("What is done to what is found; the more specific wins", {
            list(&object(boundary::RULE, &["category", "action"], rule))
        }),
        "ignore" => ("Openings: what is no finding", {
            let one = json!({ "anyOf": [choice(&boundary::PUBLISHED), opening()] });
            json!({ "anyOf": [choice(&boundary::PUBLISHED), list(&one)] })
        }),
        "otherwise" => ("What is done to what counts and no rule names", action()),
        _ => unknown(key),
    }
}

fn when(key: &str) -> (&'static str, Value) {
    match key {
        "methods" => ("Such as `GET`", some(&matching("^[A-Z]+$"))),
        "paths" => ("Globs: `*` within a segment, `**` across", some(&matching(PATH))),
        "media" => ("Media types: `application/json`, `image/*`", some(&matching(MEDIA))),
        _ => unknown(key),
    }
}

/// Where grants are allowed, their bounds are said.
fn allowed_grants() -> Value {
    let mut schema = object(grants::GRANTS, &["allowed"], |key| match key {
        "allowed" => ("Whether there may be any", json!({ "type": "boolean" })),
        "floor" => ("The least that a finding may come to", choice(&grants::FLOORS)),
        "max_ttl" => ("How long one may hold: `30m`, `4h`, `2d`", matching(TIME)),
        "categories" => ("What one may be for", some(&text())),
        _ => unknown(key),
    });
    schema["if"] = json!({ "properties": { "allowed": { "enum": [true] } } });
    schema["then"] = json!({ "required": grants::BOUNDS });
    schema
}

fn requirement(key: &str) -> (&'static str, Value) {
    match key {
        "mtls" => ("Both ends show a certificate", json!({ "enum": [true] })),
        "tls_min" => ("The oldest version of TLS that will do", versions(&require::TLS_MIN)),
        _ => unknown(key),
    }
}

/// Versions, which without quotes look like numbers.
fn versions<T>(words: &[(&str, T)]) -> Value {
    let numbers = words.iter().filter_map(|(word, _)| word.parse::<f64>().ok());
    let numbers = numbers.map(|number| json!(number));
    json!({ "enum": words.iter().map(|(word, _)| json!(word)).chain(numbers).collect::<Vec<_>>() })
}

fn rule(key: &str) -> (&'static str, Value) {
    match key {
        "category" => ("Categories and @groups", some(&text())),
        "action" => ("`keep`, `observe`, `mask`, `redact`, `block`, or one of `actions`", action()),
        "places" => ("Where it holds", some(&matching(PLACE))),
        "fields" => ("Fields where it holds", some(&matching(FIELD))),
        _ => unknown(key),
    }
}

fn opening() -> Value {
    let filled = json!({ "type": ["string", "number"], "minLength": 1 });
    let range = object(boundary::RANGE, &["from", "to"], |_| ("", text()));
    let range = json!({ "anyOf": [text(), range] });
    let mut schema = object(boundary::IGNORE, &["category", "why"], |key| match key {
        "category" => ("Categories and @groups", some(&text())),
        "fields" => ("Fields whose values cross", some(&matching(FIELD))),
        "why" => ("Why this is right", text()),
        _ => ("", json!({})),
    });
    schema["properties"]["values"] = some(&filled);
    schema["properties"]["prefixes"] = some(&filled);
    schema["properties"]["ranges"] = json!({ "anyOf": [range, list(&range)] });
    let said = ["fields", "values", "prefixes", "ranges"];
    schema["anyOf"] = said.iter().map(|key| json!({ "required": [key] })).collect();
    schema
}

fn assert(key: &str) -> (&'static str, Value) {
    match key {
        "never" => {
            ("What must not be", { object(asserts::NEVER, &["category", "outcome"], never) })
        }
        "why" => ("Why not", text()),
        _ => unknown(key),
    }
}

fn never(key: &str) -> (&'static str, Value) {
    match key {
        "from" => ("Zones that send; all unless said", some(&zones())),
        "to" => ("Zones that get it; all unless said", some(&zones())),
        "category" => ("Categories and @groups; `*` is all that the policy names", some(&text())),
        "outcome" => ("What must never become of a finding", {
            let words: Vec<_> = asserts::OUTCOMES.iter().map(|word| word.name()).collect();
            some(&json!({ "enum": words }))
        }),
        "direction" => ("One direction only", choice(&asserts::DIRECTIONS)),
        "places" => ("These places only", some(&matching(PLACE))),
        "fields" => ("These fields only", some(&matching(FIELD))),
        _ => unknown(key),
    }
}

/// A zone's name, `*`, or what zones are like.
fn zones() -> Value {
    let mut like = object(asserts::ZONES, &[], |key| match key {
        "third_party" => ("Whether another company runs it", json!({ "type": "boolean" })),
        "sensitivity" => ("How sensitive what is in it may be", some(&text())),
        _ => unknown(key),
    });
    like["minProperties"] = json!(1);
    json!({ "anyOf": [text(), like] })
}

fn test(key: &str) -> (&'static str, Value) {
    match key {
        "name" => ("What it shows", text()),
        "message" => {
            ("What is sent", { object(case::MESSAGE, &["from", "to", "request"], message) })
        }
        "headers" => ("Headers of the message", headers()),
        "body" => ("Its body", raw_text()),
        "expect" => {
            let mut schema = object(case::EXPECT, &[], expect);
            schema["minProperties"] = json!(1);
            ("What must become of it", schema)
        }
        _ => unknown(key),
    }
}

fn headers() -> Value {
    named(HEADER, &json!({ "type": ["string", "number", "boolean", "null"] }))
}

fn message(key: &str) -> (&'static str, Value) {
    match key {
        "from" => ("The zone that asks", matching(NAME)),
        "to" => ("The zone that is asked", matching(NAME)),
        "request" => ("Method and path: `POST /orders`", matching("^[^ ]* ")),
        "response" => ("The status, where the reply is what is looked at", number(200, 599)),
        "media" => ("Its content type", text()),
        "mtls" => {
            ("Whether both ends of its connection show a certificate", json!({ "type": "boolean" }))
        }
        "tls" => ("The version of TLS that it comes over", versions(&require::TLS)),
        _ => unknown(key),
    }
}

fn expect(key: &str) -> (&'static str, Value) {
    match key {
        "verdict" => ("What it comes to", choice(&case::VERDICTS)),
        "reason" => ("Why it is blocked", {
            json!({ "enum": Reason::ALL.iter().map(|reason| reason.name()).collect::<Vec<_>>() })
        }),
        "rules" => ("Rules or boundaries that acted", some(&text())),
        "body" => ("What arrives, byte for byte", raw_text()),
        "findings" => {
            ("How many there are of each category", { named(CATEGORY_NAME, &number(0, u64::MAX)) })
        }
        "headers" => ("Headers that arrive; `~` for one that must be gone", headers()),
        "absent" => ("Headers that must be gone", some(&text_matching(HEADER))),
        _ => unknown(key),
    }
}
