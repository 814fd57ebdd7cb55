//! What `cofferdam monitor` writes: the files in `envoy/monitoring`, and that they speak of metrics
//! that there are. What the alerts do is tested with `promtool`.

use crate::process::{policy, run};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn written(format: &str) -> String {
    let ran = run(&["monitor", &policy("payments.yaml"), "--format", format]);
    assert_eq!(ran.status, 0, "{}", ran.stderr);
    ran.text()
}

#[test]
fn the_files_are_what_is_written_today() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../envoy/monitoring");
    for (file, format) in [("rules.yml", "prometheus"), ("dashboard.json", "grafana")] {
        let (path, text) = (folder.join(file), written(format));
        if std::env::var_os("COFFERDAM_WRITE").is_some() {
            fs::write(&path, &text).expect("a file");
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let why = "is not what is written today; COFFERDAM_WRITE=1 writes it anew";
        assert!(found == text, "envoy/monitoring/{file} {why}");
    }
}

/// The names in a text that may be metrics of the filter.
fn metrics(text: &str) -> BTreeSet<&str> {
    let word = |c: char| !(c.is_ascii_lowercase() || c == '_');
    text.split(word).filter(|word| word.starts_with("cofferdam_")).collect()
}

#[test]
fn alerts_and_panels_speak_of_metrics_that_there_are() {
    let filter = concat!(env!("CARGO_MANIFEST_DIR"), "/../filter/src/metrics.rs");
    let filter = fs::read_to_string(filter).expect("the filter's metrics");
    let counted = metrics(&filter);
    let counted = |name: &str| {
        // Labels follow the name there.
        counted.iter().any(|known| *known == name || known.starts_with(&format!("{name}_cd")))
    };
    for format in ["prometheus", "grafana"] {
        let text = written(format);
        let used = metrics(&text);
        assert!(used.len() >= 5, "{used:?}");
        for name in used {
            assert!(counted(name), "{format}: the filter does not count {name}");
        }
    }
    assert!(!counted("cofferdam_unheard_of_total"));
}

#[test]
fn panels_do_not_lie_over_each_other() {
    let dashboard: Value = serde_json::from_str(&written("grafana")).expect("JSON");
    let panels = dashboard["panels"].as_array().expect("panels");
    let place = |panel: &Value| {
        let at = |key: &str| panel["gridPos"][key].as_u64().expect("a number");
        (at("x"), at("y"), at("x") + at("w"), at("y") + at("h"))
    };
    let mut ids = BTreeSet::new();
    for (n, panel) in panels.iter().enumerate() {
        let (left, top, right, bottom) = place(panel);
        assert!(right <= 24 && left < right && top < bottom, "{panel}");
        for other in &panels[..n] {
            let (l, t, r, b) = place(other);
            assert!(right <= l || r <= left || bottom <= t || b <= top, "{panel} {other}");
        }
        assert!(ids.insert(panel["id"].as_u64().expect("a number")));
        assert!(!panel["targets"].as_array().expect("targets").is_empty());
    }
    let dates = panels.last().expect("a panel")["targets"].as_array().map(Vec::len);
    assert_eq!(dates, Some(2), "the policy's own date, and that of one boundary");
}
