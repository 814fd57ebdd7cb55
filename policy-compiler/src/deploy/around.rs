//! What stands around the filter in every host: as YAML mappings, one for each HTTP filter.

/// Before it: all URIs of the peer's certificate, as one word.
pub(super) const PEER_URIS: &str = r#"name: envoy.filters.http.set_filter_state
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.set_filter_state.v3.Config
  on_request_headers:
    - object_key: cofferdam.peer_uris
      factory_key: envoy.string
      skip_if_empty: true
      format_string:
        omit_empty_values: true
        text_format_source: { inline_string: "%DOWNSTREAM_PEER_URI_SAN%" }"#;

/// Behind it: lets a request on when the filter has left its word.
pub(super) const GUARD: &str = r#"name: envoy.filters.http.rbac
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.rbac.v3.RBAC
  rules:
    action: ALLOW
    policies:
      cofferdam_ran:
        permissions: [{ any: true }]
        principals:
          - filter_state: { key: wasm.cofferdam.guard, string_match: { exact: ok } }"#;

/// Behind the guard: takes all trailers off a request.
pub(super) const NO_REQUEST_TRAILERS: &str = r#"name: envoy.filters.http.header_mutation
typed_config:
  "@type": type.googleapis.com/envoy.extensions.filters.http.header_mutation.v3.HeaderMutation
  mutations:
    request_trailers_mutations:
      - remove_on_match: { key_matcher: { safe_regex: { regex: ".*" } } }"#;
