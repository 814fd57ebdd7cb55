//! Descriptors of protobuf that a policy names: read, refused, and never trusted.

use crate::process::{Folder, run};
use cofferdam_engine::model::{FieldKind, NumberKind};
use cofferdam_policy_compiler::diagnostic::{Code, Severity, Source};
use cofferdam_policy_compiler::{Compiled, compile_source, named_files};
use std::fs;
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/policies")
}

fn compiled(text: &str, file: Option<(&str, Vec<u8>)>) -> Result<Compiled, Vec<(Code, String)>> {
    let mut source = Source::new("described.yaml", text);
    if let Some((name, bytes)) = file {
        source.attach(name, bytes);
    }
    compile_source(&source).map_err(|diagnostics| {
        let errors = diagnostics.iter().filter(|one| one.code.severity() == Severity::Error);
        errors.map(|one| (one.code, one.message.clone())).collect()
    })
}

fn policy() -> String {
    fs::read_to_string(folder().join("described.yaml")).expect("a policy")
}

fn descriptors() -> Vec<u8> {
    fs::read(folder().join("described.pb")).expect("descriptors")
}

#[test]
fn what_methods_reach_is_in_the_blob() {
    assert_eq!(named_files(&Source::new("described.yaml", &policy())), ["described.pb"]);
    let compiled = compiled(&policy(), Some(("described.pb", descriptors()))).expect("a blob");
    let schema = compiled.tables.schema;
    let [method] = schema.methods.as_slice() else { panic!("{:?}", schema.methods) };
    assert_eq!(method.path, "/shop.Orders/Get");
    // Customer, its group, GetOrder, the entries of its map, Line and Order; not what nobody uses.
    assert_eq!(schema.types.len(), 6);
    let order = &schema.types[usize::from(method.response)];
    let FieldKind::Message(customer) = order.fields[0].kind else { panic!("{order:?}") };
    let customer = &schema.types[usize::from(customer)];
    let kind = |name: &str| customer.fields.iter().find(|field| field.name == name).unwrap().kind;
    assert_eq!(kind("name"), FieldKind::Text);
    assert_eq!(kind("ssn"), FieldKind::Number(NumberKind::Signed));
    assert_eq!(kind("card"), FieldKind::Number(NumberKind::Fixed64));
    assert_eq!(kind("delta"), FieldKind::Number(NumberKind::Zigzag));
    assert!(matches!(kind("home"), FieldKind::Message(_)));
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let errors = compiled(&policy(), None).expect_err("no file");
    assert_eq!(errors, [(Code::Reference, "the file `described.pb` is not at hand".to_owned())]);
}

#[test]
fn a_file_outside_of_the_folder_is_refused() {
    for name in ["../described.pb", "/etc/passwd", "a/../b.pb", ".hidden", "a//b", "a\\\\b", "é.pb"]
    {
        let text =
            policy().replace("descriptors: described.pb", &format!("descriptors: \"{name}\""));
        assert!(named_files(&Source::new("described.yaml", &text)).is_empty(), "{name}");
        let errors = compiled(&text, None).expect_err(name);
        assert_eq!(errors[0].0, Code::Value, "{name} {errors:?}");
    }
}

#[test]
fn damaged_descriptors_are_refused_or_read_and_never_trusted() {
    let whole = descriptors();
    // Only what is cut or changed in the file is asked about: the small policy compiles fast.
    let policy = "format: cofferdam/v1\npolicy: p\nowner: team:p\nreview_by: 2036-12-31\nproto: { \
        descriptors: d.pb }\nzones:\n  a: { sensitivity: internal }\n  b: { sensitivity: high }\n\
        members:\n  - { zone: a, listener_port: 8443 }\n  - { zone: b, cluster: b }\nboundaries:\n  \
        - id: in\n    from: a\n    to: b\n    purpose: cases\n    otherwise: keep\n    reply: \
        status_only\n";
    assert!(compiled(policy, Some(("d.pb", whole.clone()))).is_ok());
    for bytes in [&b""[..], b"\xff", b"not descriptors", &whole[..1]] {
        let errors = compiled(policy, Some(("d.pb", bytes.to_vec()))).expect_err("damaged");
        assert_eq!(errors[0].0, Code::Value, "{errors:?}");
    }
    for at in (0..whole.len()).step_by(101) {
        let cut = compiled(policy, Some(("d.pb", whole[..at].to_vec())));
        assert_eq!(cut.expect_err("cut")[0].0, Code::Value);
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        if let Err(errors) = compiled(policy, Some(("d.pb", flipped))) {
            assert_eq!(errors[0].0, Code::Value, "{at} {errors:?}");
        }
    }
}

#[test]
fn the_command_reads_what_stands_beside_the_policy_and_follows_no_link_out() {
    let (inside, outside) = (Folder::new("schema-inside"), Folder::new("schema-outside"));
    let policy = inside.file("policy.yaml", policy().as_bytes());
    let missing = run(&["check", &policy]);
    assert_eq!(missing.status, 2, "{}", missing.stderr);
    assert!(missing.stderr.contains("described.pb"), "{}", missing.stderr);
    let link = inside.file("described.pb", &descriptors());
    let blob = inside.path("policy.blob");
    let ran = run(&["compile", &policy, "-o", &blob]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    #[cfg(unix)]
    {
        let target = outside.file("described.pb", &descriptors());
        fs::remove_file(&link).expect("a file");
        std::os::unix::fs::symlink(target, &link).expect("a link");
        let refused = run(&["check", &policy]);
        assert_eq!(refused.status, 1, "{}", refused.stderr);
        assert!(refused.stderr.contains("link out of the folder"), "{}", refused.stderr);
    }
}
