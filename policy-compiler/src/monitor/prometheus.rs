//! Alerting rules for Prometheus. Each says what happened, what it means, and what to do.

use super::Watched;
use std::fmt::Write as _;

/// Days before a review is due on which somebody is told.
const REVIEW_DAYS: i64 = 30;

/// One alert.
struct Alert {
    name: &'static str,
    expr: String,
    /// For how long it must hold.
    lasting: &'static str,
    severity: &'static str,
    /// What it is about, where two of one name are about different things.
    about: Option<String>,
    summary: String,
    description: &'static str,
}

/// The rules, as one file of Prometheus.
#[must_use]
pub fn rules(watched: &Watched) -> String {
    let mut out = format!(
        "# Written by `cofferdam monitor`: alerts over what the filter counts, for the policy\n# {} \
         ({}). Write it anew when the policy changes: it knows its digest and its dates.\n\
         groups:\n",
        watched.policy, watched.digest
    );
    group(&mut out, "cofferdam-filter", &filter());
    group(&mut out, "cofferdam-trust", &trust());
    group(&mut out, "cofferdam-crossings", &crossings());
    group(&mut out, "cofferdam-policy", &policy(watched));
    out
}

fn group(out: &mut String, name: &str, alerts: &[Alert]) {
    let _ = writeln!(out, "  - name: {name}\n    rules:");
    for alert in alerts {
        let Alert { name, expr, lasting, severity, about, summary, description } = alert;
        let _ = writeln!(out, "      - alert: {name}");
        let _ = writeln!(out, "        expr: {}", quoted(expr));
        let _ = writeln!(out, "        for: {lasting}");
        let about = about.as_ref().map(|about| format!(", about: {}", quoted(about)));
        let about = about.unwrap_or_default();
        let _ = writeln!(out, "        labels: {{ severity: {severity}{about} }}");
        let _ = writeln!(out, "        annotations:");
        let _ = writeln!(out, "          summary: {}", quoted(summary));
        let _ = writeln!(out, "          description: {}", quoted(description));
    }
}

/// A text of JSON is a double-quoted scalar of YAML.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Whether the filter is there, sees everything, and lets anything through.
fn filter() -> Vec<Alert> {
    vec![
        Alert {
            name: "CofferdamHeartbeatMissing",
            // What beat an hour ago and does not now, and all of them at once.
            expr: "(count by (instance) (cofferdam_heartbeat_total offset 1h) unless count by \
                   (instance) (rate(cofferdam_heartbeat_total[2m]) > 0)) or \
                   absent(cofferdam_heartbeat_total)"
                .to_owned(),
            lasting: "2m",
            severity: "critical",
            about: None,
            summary: "no heartbeat of the filter on {{ $labels.instance }}".to_owned(),
            description: "The filter beats once a second in every VM. Where it does not, the proxy \
                          is gone, or runs without the filter: the guard then refuses every \
                          request. Look at the proxy's log for `wasm`, and at what was rolled out \
                          last.",
        },
        Alert {
            name: "CofferdamBlind",
            expr: "sum by (instance) (increase(cofferdam_blind_total[10m])) > 0".to_owned(),
            lasting: "0m",
            severity: "critical",
            about: None,
            summary: "something passed the filter unseen on {{ $labels.instance }}".to_owned(),
            description: "A message ended whose body the filter was never shown. That VM denies \
                          everything from then on. The capability list of the configuration is not \
                          that of the module, or another filter answers before it: compare with \
                          what `cofferdam deploy` writes.",
        },
        Alert {
            name: "CofferdamDeniesAll",
            expr: "max by (instance) (cofferdam_deny_all) > 0".to_owned(),
            lasting: "1m",
            severity: "critical",
            about: None,
            summary: "the filter lets nothing through on {{ $labels.instance }}".to_owned(),
            description: "A VM has no policy that it can run, or saw that something passed it. \
                          Nothing leaks, and nobody is served. The proxy's log says why, behind \
                          `cofferdam:`.",
        },
    ]
}

/// Whether those who sign have signed, and for how long.
fn trust() -> Vec<Alert> {
    vec![
        Alert {
            name: "CofferdamEmergency",
            expr: "max by (instance) (cofferdam_trust_alert{reason=\"break_glass\"}) > 0"
                .to_owned(),
            lasting: "0m",
            severity: "critical",
            about: None,
            summary: "an emergency grant is open on {{ $labels.instance }}".to_owned(),
            description: "Two people have opened something for up to 30 minutes. Somebody who was \
                          not one of them reviews it within a day: `cofferdam grant review`, or \
                          both lose their roles at the next root. `cofferdam grant list` says who \
                          and why.",
        },
        Alert {
            name: "CofferdamTrustInDoubt",
            expr: "max by (instance, reason) (cofferdam_trust_alert{reason!=\"break_glass\"}) > 0"
                .to_owned(),
            lasting: "5m",
            severity: "critical",
            about: None,
            summary: "the policy on {{ $labels.instance }} is in doubt: {{ $labels.reason }}"
                .to_owned(),
            description: "It goes on deciding for a while, and no grant holds; then nothing \
                          crosses. Where freshness has ended: `cofferdam freshness issue`, and a \
                          new bundle. Where the release has: propose it anew. Where the clock went \
                          back: mend the host's clock.",
        },
        Alert {
            name: "CofferdamBundleRefused",
            // A reason that is new has had no value to grow from.
            expr:
                "(sum by (instance, reason) (increase(cofferdam_trust_refused_total[15m])) > 0) or \
                   (sum by (instance, reason) (cofferdam_trust_refused_total) unless sum by \
                   (instance, reason) (cofferdam_trust_refused_total offset 15m))"
                    .to_owned(),
            lasting: "0m",
            severity: "warning",
            about: None,
            summary: "{{ $labels.instance }} has refused a bundle: {{ $labels.reason }}".to_owned(),
            description: "What was in force goes on. A mistake in what was rolled out, or somebody \
                          who tries: `cofferdam release verify --bundle` says the same of the file, \
                          and `git log` of the folder who changed what.",
        },
        Alert {
            name: "CofferdamReleaseEnds",
            expr:
                "min by (instance) (cofferdam_trust_number{of=\"release_until\"} - time()) < 259200"
                    .to_owned(),
            lasting: "1h",
            severity: "warning",
            about: None,
            summary: "the release on {{ $labels.instance }} ends within three days".to_owned(),
            description: "When it ends, grants stop, and 14 days later nothing crosses. Propose it \
                          anew: `cofferdam release propose`; one that only tightens is confirmed \
                          by those who let one open.",
        },
    ]
}

/// What crosses, and what tries to.
fn crossings() -> Vec<Alert> {
    vec![
        Alert {
            name: "CofferdamDenied",
            expr:
                "sum by (instance, reason) (increase(cofferdam_crossings_total{verdict=\"block\",\
                   boundary=\"none\",message=\"request\"}[15m])) > 0"
                    .to_owned(),
            lasting: "0m",
            severity: "warning",
            about: None,
            summary: "requests where no boundary is, on {{ $labels.instance }}: \
                      {{ $labels.reason }}"
                .to_owned(),
            description: "Somebody asks over zones that no boundary joins. A new service without a \
                          member line, or somebody who tries. The entries with this reason name \
                          both zones.",
        },
        Alert {
            name: "CofferdamBlocks",
            expr:
                "sum by (boundary, reason) (increase(cofferdam_crossings_total{verdict=\"block\",\
                   boundary!=\"none\"}[15m])) > 10 and sum by (boundary, reason) \
                   (rate(cofferdam_crossings_total{verdict=\"block\",boundary!=\"none\"}[15m])) > \
                   ignoring (reason) group_left 0.05 * sum by (boundary) \
                   (rate(cofferdam_crossings_total{boundary!=\"none\"}[15m]))"
                    .to_owned(),
            lasting: "5m",
            severity: "warning",
            about: None,
            summary: "more than one in twenty messages is blocked at {{ $labels.boundary }}: \
                      {{ $labels.reason }}"
                .to_owned(),
            description: "An application sends what may not cross, or cannot be read. The entries \
                          of this boundary name categories and rules; `cofferdam explain` says why.",
        },
        Alert {
            name: "CofferdamUnusuallyManyAllowed",
            expr: unusual(
                "cofferdam_crossings_total{verdict!=\"block\",boundary!=\"none\"}",
                "boundary",
            ),
            lasting: "15m",
            severity: "warning",
            about: None,
            summary: "three times the usual crossings at {{ $labels.boundary }}".to_owned(),
            description: "Far more crosses than in the day before. What is allowed one by one may \
                          still be a copy of everything: see who asks, and for what.",
        },
        Alert {
            name: "CofferdamUnusuallyMuchAsItIs",
            expr: unusual(
                "cofferdam_findings_total{action=~\"keep|observe\"}",
                "boundary, category",
            ),
            lasting: "15m",
            severity: "warning",
            about: None,
            summary: "three times the usual {{ $labels.category }} cross {{ $labels.boundary }} \
                      as they are"
                .to_owned(),
            description: "A rule lets this category through, and far more of it crosses than in \
                          the day before.",
        },
    ]
}

/// Three times what was usual in the day before, and no mere handful.
fn unusual(metric: &str, by: &str) -> String {
    let now = format!("sum by ({by}) (rate({metric}[15m]))");
    let before = format!("sum by ({by}) (rate({metric}[1d] offset 1h))");
    format!("{now} > 3 * {before} and {now} > 0.2")
}

/// Which policy is in force, and when somebody must look at it again.
fn policy(watched: &Watched) -> Vec<Alert> {
    let mut alerts = vec![
        Alert {
            name: "CofferdamPolicySkew",
            expr: "count(count by (policy) (cofferdam_policy_active == 1)) > 1".to_owned(),
            lasting: "15m",
            severity: "warning",
            about: None,
            summary: "proxies run {{ $value }} different policies".to_owned(),
            description: "A roll-out is not through, or one proxy has refused the new policy and \
                          keeps the old one. `cofferdam_policy_active` says which runs where.",
        },
        Alert {
            name: "CofferdamOtherPolicy",
            expr: format!(
                "count by (instance, policy) (cofferdam_policy_active{{policy!=\"{}\"}} == 1)",
                watched.digest
            ),
            lasting: "30m",
            severity: "warning",
            about: None,
            summary: "{{ $labels.instance }} runs the policy {{ $labels.policy }}".to_owned(),
            description: "These rules were written for another policy. Either that proxy was left \
                          behind, or the rules were: write them anew with `cofferdam monitor`.",
        },
    ];
    let due = |severity, days: i64, name, summary: String| {
        watched.reviews.iter().map(move |review| Alert {
            name,
            expr: format!("(vector({}) - time()) / 86400 < {days}", review.by.end_unix_seconds()),
            lasting: "0m",
            severity,
            about: Some(review.what.clone()),
            summary: summary.replace("WHAT", &review.what).replace("DAY", &review.by.to_string()),
            description: "What a policy opens has somebody who looks at it again. Look, and move \
                          the date, or take it out; then write these rules anew.",
        })
    };
    alerts.extend(due(
        "info",
        REVIEW_DAYS,
        "CofferdamReviewDue",
        "WHAT is to be reviewed by DAY: {{ $value | humanize }} days".to_owned(),
    ));
    alerts.extend(due(
        "warning",
        0,
        "CofferdamReviewOverdue",
        "the review of WHAT was due by DAY".to_owned(),
    ));
    alerts
}
