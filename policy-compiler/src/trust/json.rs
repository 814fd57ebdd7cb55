//! The figures for programs. Keys stay as they are; times are text, lengths are seconds.

use super::figures::{Emergency, End, Figures, KeyFigures, Lengths, short};
use cofferdam_engine::trust::Role;
use serde_json::{Map, Value, json};

/// The figures as JSON.
#[must_use]
pub fn json(figures: &Figures) -> String {
    let Figures { releases, grants, emergencies, .. } = figures;
    let roles =
        figures.roles.iter().map(|(role, holders)| (role.name().to_owned(), json!(holders)));
    let omitted = figures.omitted.iter();
    let value = json!({
        "format": "cofferdam/trust-report/v1",
        "at": figures.at.to_string(),
        "releases": {
            "proposed": releases.proposed,
            "approved": releases.approved,
            "waiting": releases.waiting,
            "current": releases.current,
            "latency_seconds": lengths(&releases.latency),
        },
        "grants": {
            "asked": grants.asked,
            "approved": grants.approved,
            "waiting": grants.waiting,
            "open": grants.open,
            "revoked": grants.revoked,
            "latency_seconds": lengths(&grants.latency),
            "life_seconds": lengths(&grants.life),
            "use": figures.used.as_ref().map(|used| json!({
                "used": used.used,
                "never": used.never.iter().map(short).collect::<Vec<_>>(),
                "open": used.open,
                "unknown": used.unknown,
            })),
        },
        "break_glass": {
            "count": emergencies.count,
            "reviewed": emergencies.reviewed,
            "reviewed_late": emergencies.late,
            "unjustified": emergencies.unjustified,
            "due": emergencies.due,
            "overdue": emergencies.overdue,
            "grants": emergencies.list.iter().map(emergency).collect::<Vec<_>>(),
        },
        "self_approvals": figures.self_approvals.iter().map(|attempt| json!({
            "what": attempt.what,
            "name": attempt.name,
            "holder": attempt.holder,
            "signatures": attempt.signatures,
        })).collect::<Vec<_>>(),
        "reciprocal": figures.reciprocal.iter().map(|pair| json!({
            "first": pair.first,
            "second": pair.second,
            "approved_by_first": pair.by_first,
            "approved_by_second": pair.by_second,
        })).collect::<Vec<_>>(),
        "keys": figures.keys.iter().map(key).collect::<Vec<_>>(),
        "holders_by_role": roles.collect::<Map<_, _>>(),
        "ends": figures.ends.iter().map(end).collect::<Vec<_>>(),
        "rules": figures.rules.as_ref().map(|rules| json!({
            "days": rules.days,
            "entries_since": rules.since.map(|since| since.to_string()),
            "covered": rules.is_covered,
            "count": rules.rules,
            "unmet": rules.unmet,
        })),
        "not_counted": omitted.map(|one| json!({ "place": one.place, "why": one.why }))
            .collect::<Vec<_>>(),
    });
    // Nothing of such a tree can fail to be written.
    serde_json::to_string_pretty(&value).map(|text| text + "\n").unwrap_or_default()
}

/// Of none there is no median and no longest.
fn lengths(lengths: &Lengths) -> Value {
    let known = |seconds: u64| (lengths.count > 0).then_some(seconds);
    json!({
        "count": lengths.count,
        "median": known(lengths.median),
        "max": known(lengths.max),
    })
}

fn emergency(one: &Emergency) -> Value {
    json!({
        "id": short(&one.id),
        "requester": one.requester,
        "approvers": one.approvers,
        "review_due": one.due.to_string(),
        "state": one.state.name().replace(' ', "_"),
    })
}

fn key(key: &KeyFigures) -> Value {
    let roles: Vec<_> = key.roles.iter().copied().map(Role::name).collect();
    json!({
        "id": key.id.to_string(),
        "holder": key.holder,
        "roles": roles,
        "state": key.state.name().replace(' ', "_"),
        "age_days": key.age_days,
        "idle_days": key.idle_days,
        "until": key.until.to_string(),
    })
}

fn end(end: &End) -> Value {
    json!({
        "what": end.what,
        "name": end.name,
        "until": end.until.to_string(),
        "days_left": end.days_left,
    })
}
