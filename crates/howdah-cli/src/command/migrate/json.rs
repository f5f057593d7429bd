use howdah_migrate::{
    Adoption, Done, Entry, Plan, Removed, Report, Reversal, State, Step, Version,
};
use serde_json::{Value, json};

use crate::describe::problem;

pub(super) fn plan(plan: &Plan) -> Value {
    let warnings: Vec<String> = plan.warnings().iter().map(ToString::to_string).collect();
    json!({
        "schema": plan.schema().as_str(),
        "schema_exists": plan.schema_exists(),
        "applied": planned(plan, plan.applied()),
        "pending": planned(plan, plan.pending()),
        "beyond": planned(plan, plan.beyond()),
        "warnings": warnings,
    })
}

pub(super) fn reversal(reversal: &Reversal) -> Value {
    json!({ "schema": reversal.schema().as_str(), "steps": steps(reversal.steps()) })
}

pub(super) fn report(report: &Report) -> Value {
    json!({
        "applied": all(&report.applied),
        "reverted": all(&report.reverted),
        "stamped": all(&report.stamped),
        "replaced": all(&report.replaced),
        "repaired": all(&report.repaired),
        "abandoned": all(&report.abandoned),
    })
}

pub(super) fn adoption(adoption: &Adoption) -> Value {
    let files = adoption.files.iter().map(|file| {
        json!({
            "version": file.version.as_i64(),
            "description": file.description,
            "file": file.file,
            "entry": file.entry,
            "at": file.at,
            "recorded": file.is_recorded,
        })
    });
    json!({
        "tool": adoption.tool.to_string(),
        "table": adoption.table,
        "files": files.collect::<Vec<_>>(),
    })
}

pub(super) fn entry(entry: &Entry) -> Value {
    json!({
        "at": entry.at,
        "act": entry.act.map(|act| act.to_string()),
        "version": entry.version.map(Version::as_i64),
        "description": entry.description,
        "statement": entry.statement,
        "elapsed_ms": entry.elapsed.map(milliseconds),
        "sqlstate": entry.sqlstate,
        "message": entry.message,
        "reason": entry.reason,
        "role": entry.role,
        "application": entry.application,
        "application_version": entry.application_version,
        "host": entry.host,
        "person": entry.person,
    })
}

pub(super) fn steps(steps: &[Step]) -> Vec<Value> {
    steps.iter().map(step).collect()
}

/// With what is wrong with each of them.
fn planned(plan: &Plan, steps: &[Step]) -> Vec<Value> {
    let planned = |one: &Step| {
        let problems: Vec<Value> = plan.problems_of(one).map(problem).collect();
        let mut value = step(one);
        if let Some(fields) = value.as_object_mut() {
            fields.insert("problems".to_owned(), problems.into());
        }
        value
    };
    steps.iter().map(planned).collect()
}

fn step(step: &Step) -> Value {
    json!({
        "version": step.version.as_i64(),
        "description": step.description,
        "file": step.file,
        "replaces": versions(&step.replaces),
        "state": state(step.state),
        "statements_ended": step.statements_ended,
        "transactional": step.transactional,
        "code": step.code,
        "removed": step.removed.iter().map(removed).collect::<Vec<_>>(),
    })
}

fn state(state: State) -> &'static str {
    match state {
        State::Applied => "applied",
        State::Unfinished => "unfinished",
        State::Reverting => "reverting",
        State::Replacing => "replacing",
        State::Unsettled => "unsettled",
        _ => "pending",
    }
}

pub(super) fn versions(versions: &[Version]) -> Vec<i64> {
    versions.iter().map(|version| version.as_i64()).collect()
}

fn removed(removed: &Removed) -> Value {
    json!({ "line": removed.line, "what": removed.what })
}

pub(super) fn all(done: &[Done]) -> Vec<Value> {
    let one = |done: &Done| {
        json!({
            "version": done.version.as_i64(),
            "description": done.description,
            "elapsed_ms": milliseconds(done.elapsed),
        })
    };
    done.iter().map(one).collect()
}

fn milliseconds(elapsed: std::time::Duration) -> u64 {
    u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX)
}
