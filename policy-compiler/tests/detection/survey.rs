//! A survey finds the same in whatever pieces a text comes, and its spans are what was found.

use cofferdam_engine::Bundle;
use cofferdam_engine::survey::{Format, Located, Survey};
use cofferdam_policy_compiler::compile;

const POLICY: &str = "format: cofferdam/v1\n\
    policy: survey\n\
    owner: team:tests\n\
    review_by: 2036-12-31\n\
    zones: { a: { sensitivity: internal }, b: { sensitivity: internal } }\n\
    members: [{ zone: b, cluster: b }]\n\
    categories: { full_name: { fields: [\"$.name\", \"$..holder\"] } }\n\
    boundaries:\n\
    - { id: ab, from: a, to: b, purpose: tests, otherwise: block, reply: status_only }\n";

fn read(survey: &Survey<'_>, format: Format, text: &[u8], cuts: &[usize]) -> Vec<Located> {
    let mut reading = survey.read(format);
    let (mut found, mut start) = (Vec::new(), 0);
    for cut in cuts.iter().copied().chain([text.len()]) {
        reading.push(&text[start..cut], false, &mut found);
        assert!(reading.told_to() <= cut as u64, "nothing is told before it came");
        start = cut;
    }
    reading.push(&[], true, &mut found);
    found
}

/// What is found, in every cut in two and byte by byte.
fn check(format: Format, text: &[u8], expected: &[(&str, &[u8])]) {
    let compiled = compile(POLICY, "survey.yaml").expect("a policy");
    let bundle = Bundle::parse(compiled.blob).expect("a blob");
    let survey = Survey::new(&bundle);
    let shown = String::from_utf8_lossy(text);
    let whole = read(&survey, format, text, &[]);
    let name = |found: &Located| bundle.tables().categories[found.category.index()].name.clone();
    let spans: Vec<_> = whole
        .iter()
        .map(|found| (name(found), text[found.start as usize..found.end as usize].to_vec()))
        .collect();
    let expected: Vec<_> =
        expected.iter().map(|(name, span)| ((*name).to_owned(), span.to_vec())).collect();
    assert_eq!(spans, expected, "{shown}");
    for at in 0..=text.len() {
        assert_eq!(read(&survey, format, text, &[at]), whole, "cut at {at}: {shown}");
    }
    let each: Vec<_> = (1..text.len()).collect();
    assert_eq!(read(&survey, format, text, &each), whole, "byte by byte: {shown}");
}

#[test]
fn text_is_read_to_its_end_whatever_it_is() {
    let mail: (&str, &[u8]) = ("email", b"ann@example.com");
    check(Format::Text, b"", &[]);
    check(Format::Text, b"mail ann@example.com", &[mail]);
    check(Format::Text, b"caf\xe9 ann@example.com \xff\xfe ann@example.com\xc3", &[mail, mail]);
    check(Format::Text, b"\xef\xbb\xbfann@example.com", &[mail]);
    let wide = "ann＠example．com".as_bytes();
    check(Format::Text, &[b"x ", wide].concat(), &[("email", wide)]);
}

#[test]
fn structure_is_read_as_far_as_it_is() {
    let ssn: (&str, &[u8]) = ("us_ssn", b"078051120");
    check(Format::Text, br#"{"ssn": [1, "078051120"], "n": "078051120"}"#, &[ssn]);
    // Where structure turns out to be none, what stands before that is context and part of findings.
    check(Format::Text, b"{\"ssn\": 078051120, ", &[ssn]);
    check(Format::Text, b"{\"a\": \"ssn 078051120", &[ssn]);
    check(Format::Text, b"[4111 1111 1111 1111]", &[("credit_card", b"4111 1111 1111 1111")]);
    let told = br#"{"a": "ann@example.com", "b": 4111111111111111, x ann@example.com"#;
    let mail: (&str, &[u8]) = ("email", b"ann@example.com");
    check(Format::Text, told, &[mail, ("credit_card", b"4111111111111111"), mail]);
    check(Format::Text, br#"{"holder": "A\"B"}"#, &[("full_name", br#"A\"B"#)]);
    check(Format::Text, b"{\"ssn\": \"078051120\", ", &[ssn]);
    check(Format::Text, b"{\"a\": 1}\n{\"ssn\": \"078051120\"}\nssn 078051120", &[ssn, ssn]);
    check(Format::Text, b"{\"a\": \"\xff ssn 078051120", &[ssn]);
    let deep = [&b"[".repeat(200)[..], b"\"ssn 078051120\""].concat();
    check(Format::Text, &deep, &[ssn]);
}

#[test]
fn records_have_columns() {
    let ssn: (&str, &[u8]) = ("us_ssn", b"078051120");
    check(Format::Csv, b"n,ssn\n078051120,078051120\n", &[ssn]);
    check(Format::Csv, b"\r\nn;\"ssn\"\r\n\r\n\"x;\"\"\";\"078051120\"", &[ssn]);
    check(
        Format::Csv,
        b"name|n\n\"A \"\"B\"\"\"|1\nC|2",
        &[("full_name", b"A \"\"B\"\""), ("full_name", b"C")],
    );
    check(Format::Tsv, b"a,b\tssn\n1\t078051120", &[ssn]);
    check(Format::Csv, b"ssn\xe9,ssn\n\xe9,\"\xe9 078051120\"\n", &[ssn]);
    check(Format::Csv, b"a,ssn\n\"x\"y,ssn 078051120", &[ssn]);
    check(Format::Csv, b"a\n\"ssn 078051120", &[ssn]);
    check(Format::Csv, b"\xef\xbb\xbf\"name\",n\nA,B\n", &[("full_name", b"A")]);
    check(Format::Csv, b"[\"name\"\nann@example.com", &[("email", b"ann@example.com")]);
}

#[test]
fn what_is_long_is_told_whole() {
    let body = "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWZnaGlqa2xtbm9wcXJzdHV2\n".repeat(30);
    let key = format!("-----BEGIN PRIVATE KEY-----\n{body}-----END PRIVATE KEY-----");
    let text = format!("one\n{key}\nann@example.com");
    check(
        Format::Text,
        text.as_bytes(),
        &[("private_key", key.as_bytes()), ("email", b"ann@example.com")],
    );
}
