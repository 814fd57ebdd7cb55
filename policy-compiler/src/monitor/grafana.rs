//! A dashboard for Grafana (its JSON model, schema 39), over the same metrics as the alerts.
//! The data source is chosen when it is imported.

use super::Watched;
use serde_json::{Value, json};

/// Columns of a dashboard's grid.
const WIDTH: u32 = 24;

/// Where a panel stands, in columns and rows of the grid.
#[derive(Clone, Copy)]
struct Place {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

/// What a panel shows: expression and legend of each line.
type Lines<'l> = &'l [(&'l str, &'l str)];

/// The dashboard.
#[must_use]
pub fn dashboard(watched: &Watched) -> String {
    let mut panels = filter();
    panels.extend(crossings());
    panels.extend(findings());
    panels.push(candidate());
    panels.push(reviews(watched));
    for (panel, id) in panels.iter_mut().zip(1..) {
        panel["id"] = Value::from(id);
    }
    let dashboard = json!({
        "title": format!("cofferdam: {}", watched.policy),
        "uid": format!("cofferdam-{}", watched.digest),
        "tags": ["cofferdam"],
        "schemaVersion": 39,
        "editable": true,
        "refresh": "30s",
        "time": { "from": "now-6h", "to": "now" },
        "templating": { "list": [
            {
                "name": "source",
                "label": "Data source",
                "type": "datasource",
                "query": "prometheus",
            },
            {
                "name": "instance",
                "label": "Proxy",
                "type": "query",
                "datasource": source(),
                "query": "label_values(cofferdam_heartbeat_total, instance)",
                "refresh": 2,
                "includeAll": true,
                "multi": true,
                "allValue": ".*",
                "current": { "text": "All", "value": "$__all" },
            },
        ] },
        "panels": panels,
    });
    format!("{dashboard:#}\n")
}

fn source() -> Value {
    json!({ "type": "prometheus", "uid": "${source}" })
}

fn filter() -> Vec<Value> {
    let at = |n: u32| Place { x: n * 6, y: 0, w: 6, h: 4 };
    vec![
        stat(
            "Proxies with a heartbeat",
            "Where one is missing, its filter is gone and its guard refuses everything.",
            at(0),
            &[(
                "count(sum by (instance) (rate(cofferdam_heartbeat_total{instance=~\"$instance\"}[2m])) > 0)",
                "",
            )],
            &[("red", None), ("green", Some(1.0))],
        ),
        stat(
            "Proxies that deny everything",
            "They have no policy that they can run, or saw something pass them.",
            at(1),
            &[(
                "sum(max by (instance) (cofferdam_deny_all{instance=~\"$instance\"})) or vector(0)",
                "",
            )],
            &[("green", None), ("red", Some(1.0))],
        ),
        stat(
            "Passed unseen",
            "Messages whose bodies the filter was never shown, in the time that is shown.",
            at(2),
            &[(
                "sum(increase(cofferdam_blind_total{instance=~\"$instance\"}[$__range])) or vector(0)",
                "",
            )],
            &[("green", None), ("red", Some(1.0))],
        ),
        stat(
            "Policies in force",
            "More than one: a roll-out is not through, or a proxy refused the new policy.",
            at(3),
            &[(
                "count(count by (policy) (cofferdam_policy_active{instance=~\"$instance\"} == 1))",
                "",
            )],
            &[("green", None), ("orange", Some(2.0))],
        ),
    ]
}

fn crossings() -> Vec<Value> {
    let half = WIDTH / 2;
    vec![
        series(
            "Crossings by boundary",
            "Messages a second that went over, requests and replies.",
            Place { x: 0, y: 4, w: half, h: 8 },
            "reqps",
            &[(
                "sum by (boundary, message) (rate(cofferdam_crossings_total{instance=~\"$instance\",boundary!=\"none\",verdict!=\"block\"}[$__rate_interval]))",
                "{{boundary}} {{message}}",
            )],
        ),
        series(
            "Blocked, by boundary and reason",
            "Messages a second that were stopped at a boundary.",
            Place { x: half, y: 4, w: half, h: 8 },
            "reqps",
            &[(
                "sum by (boundary, reason) (rate(cofferdam_crossings_total{instance=~\"$instance\",boundary!=\"none\",verdict=\"block\"}[$__rate_interval]))",
                "{{boundary}} {{reason}}",
            )],
        ),
        series(
            "Denied: no boundary there",
            "Requests a second between zones that no boundary joins, or that cannot be placed.",
            Place { x: 0, y: 12, w: half, h: 8 },
            "reqps",
            &[(
                "sum by (reason) (rate(cofferdam_crossings_total{instance=~\"$instance\",boundary=\"none\",verdict=\"block\",message=\"request\"}[$__rate_interval]))",
                "{{reason}}",
            )],
        ),
        series(
            "Rewritten",
            "Share of crossings in which something was replaced.",
            Place { x: half, y: 12, w: half, h: 8 },
            "percentunit",
            &[(
                "sum by (boundary) (rate(cofferdam_crossings_total{instance=~\"$instance\",boundary!=\"none\",verdict=\"rewrite\"}[$__rate_interval])) / sum by (boundary) (rate(cofferdam_crossings_total{instance=~\"$instance\",boundary!=\"none\"}[$__rate_interval]))",
                "{{boundary}}",
            )],
        ),
    ]
}

fn findings() -> Vec<Value> {
    let half = WIDTH / 2;
    vec![
        series(
            "Personal data that crosses as it is",
            "Findings a second that a rule lets through, by category.",
            Place { x: 0, y: 20, w: half, h: 8 },
            "short",
            &[(
                "sum by (boundary, category) (rate(cofferdam_findings_total{instance=~\"$instance\",action=~\"keep|observe\"}[$__rate_interval]))",
                "{{boundary}} {{category}}",
            )],
        ),
        series(
            "Personal data that was protected",
            "Findings a second, by category and by what was done.",
            Place { x: half, y: 20, w: half, h: 8 },
            "short",
            &[(
                "sum by (category, action) (rate(cofferdam_findings_total{instance=~\"$instance\",action!~\"keep|observe\"}[$__rate_interval]))",
                "{{category}} {{action}}",
            )],
        ),
    ]
}

/// What a policy that decides beside the one in force would do.
fn candidate() -> Value {
    series(
        "What the candidate decides otherwise",
        "Messages a second that a candidate policy, where there is one, would treat otherwise; \
         `looser` is what to look at, and `dropped` is what it had no room to decide.",
        Place { x: 0, y: 28, w: WIDTH / 2, h: 8 },
        "reqps",
        &[(
            "sum by (boundary, message, difference) (rate(cofferdam_candidate_total{instance=~\"$instance\",difference!=\"same\"}[$__rate_interval]))",
            "{{boundary}} {{message}} {{difference}}",
        )],
    )
}

/// Days that are left until each date of the policy.
fn reviews(watched: &Watched) -> Value {
    let lines: Vec<_> = watched
        .reviews
        .iter()
        .map(|review| {
            let days = format!("(vector({}) - time()) / 86400", review.by.end_unix_seconds());
            (days, format!("{}, by {}", review.what, review.by))
        })
        .collect();
    let lines: Vec<_> = lines.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let mut panel = stat(
        "Days to review",
        "When somebody must look again at what the policy opens.",
        Place { x: WIDTH / 2, y: 28, w: WIDTH / 2, h: 8 },
        &lines,
        &[("red", None), ("orange", Some(0.0)), ("green", Some(30.0))],
    );
    panel["fieldConfig"]["defaults"]["unit"] = Value::from("d");
    panel["fieldConfig"]["defaults"]["decimals"] = Value::from(0);
    panel
}

fn panel(kind: &str, title: &str, description: &str, at: Place, lines: Lines<'_>) -> Value {
    let Place { x, y, w, h } = at;
    let targets: Vec<_> = lines
        .iter()
        .zip('A'..)
        .map(|((expr, legend), id)| {
            json!({
                "refId": id.to_string(),
                "datasource": source(),
                "expr": expr,
                "legendFormat": legend,
            })
        })
        .collect();
    json!({
        "type": kind,
        "title": title,
        "description": description,
        "datasource": source(),
        "gridPos": { "x": x, "y": y, "w": w, "h": h },
        "targets": targets,
    })
}

/// One number. Thresholds begin with the color of what is below all of them.
fn stat(
    title: &str,
    description: &str,
    at: Place,
    lines: Lines<'_>,
    thresholds: &[(&str, Option<f64>)],
) -> Value {
    let mut panel = panel("stat", title, description, at, lines);
    let steps: Vec<_> =
        thresholds.iter().map(|(color, value)| json!({ "color": color, "value": value })).collect();
    panel["fieldConfig"] = json!({
        "defaults": { "thresholds": { "mode": "absolute", "steps": steps } },
        "overrides": [],
    });
    panel["options"] = json!({
        "reduceOptions": { "calcs": ["lastNotNull"], "fields": "", "values": false },
        "colorMode": "background",
        "textMode": "auto",
    });
    panel
}

fn series(title: &str, description: &str, at: Place, unit: &str, lines: Lines<'_>) -> Value {
    let mut panel = panel("timeseries", title, description, at, lines);
    panel["fieldConfig"] = json!({
        "defaults": { "unit": unit, "min": 0, "custom": { "fillOpacity": 10 } },
        "overrides": [],
    });
    panel["options"] = json!({
        "legend": { "displayMode": "list", "placement": "bottom" },
        "tooltip": { "mode": "multi" },
    });
    panel
}
