use std::fmt;

use howdah_ident::DatabaseName;
use howdah_roles::Plan;
use serde_json::{Value, json};

/// The plans of a run: the server, each database, and sometimes the server again.
#[derive(Default)]
pub(super) struct Parts {
    all: Vec<Part>,
    /// What the server's last plan leaves alone.
    left: Vec<String>,
}

/// One of them.
pub(super) struct Part {
    /// None: the whole server.
    database: Option<DatabaseName>,
    /// None: the database is not there yet.
    plan: Option<Plan>,
}

impl Part {
    pub(super) fn server(plan: Plan) -> Self {
        Self {
            database: None,
            plan: Some(plan),
        }
    }

    pub(super) fn database(name: DatabaseName, plan: Option<Plan>) -> Self {
        Self {
            database: Some(name),
            plan,
        }
    }
}

impl Parts {
    pub(super) fn add(&mut self, part: Part) {
        self.all.push(part);
    }

    /// How many changes there are.
    pub(super) fn len(&self) -> usize {
        self.plans().map(Plan::len).sum()
    }

    /// Nothing to do, and nothing that is not declared.
    pub(super) fn is_clean(&self) -> bool {
        self.plans()
            .all(|plan| plan.is_empty() && plan.drift().is_empty() && plan.lacking().is_empty())
    }

    pub(super) fn taken_away(&self) -> Vec<String> {
        let changes = self.plans().flat_map(Plan::changes);
        changes.filter(|change| change.starts_with('-')).collect()
    }

    /// What stands in the way. What a database lacks counts only when the server is done: it can be what comes then.
    pub(super) fn lacking(&self) -> Vec<String> {
        let mut lacking = Vec::new();
        for plan in self.plans() {
            lacking.extend(plan.lacking().iter().cloned());
            if !plan.is_empty() {
                break;
            }
        }
        lacking
    }

    /// The server once more, when every database is done.
    pub(super) fn finish(&mut self, plan: Plan) {
        self.left = plan.drift().to_vec();
        if !plan.is_empty() {
            self.add(Part::server(plan));
        }
    }

    /// What is still there at the end and is not declared.
    pub(super) fn left(&self) -> &[String] {
        &self.left
    }

    /// The statements, for psql.
    pub(super) fn sql(&self) -> String {
        let mut lines = Vec::new();
        for part in &self.all {
            lines.push(match (&part.database, &part.plan) {
                (Some(name), None) => format!("-- {}", not_there(name)),
                (Some(name), Some(_)) => format!("\\connect {name}"),
                (None, _) => "\\connect postgres".to_owned(),
            });
            let statements = part.plan.iter().flat_map(Plan::statements);
            lines.extend(statements.map(runnable));
        }
        lines.join("\n") + "\n"
    }

    pub(super) fn json(&self) -> Value {
        let parts: Vec<Value> = self.all.iter().map(Part::json).collect();
        json!({ "changes": self.len(), "parts": parts })
    }

    fn plans(&self) -> impl Iterator<Item = &Plan> {
        self.all.iter().filter_map(|part| part.plan.as_ref())
    }
}

impl Part {
    fn json(&self) -> Value {
        json!({
            "database": self.database.as_ref().map(DatabaseName::as_str),
            "plan": self.plan,
        })
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.all.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.database, &self.plan) {
            (Some(name), None) => writeln!(f, "{}", not_there(name)),
            (Some(name), Some(plan)) => write!(f, "database {}:\n{plan}", name.as_str()),
            (None, Some(plan)) => write!(f, "server:\n{plan}"),
            (None, None) => Ok(()),
        }
    }
}

/// What a plan shows in place of a password, the server would take for one.
fn runnable(statement: String) -> String {
    if statement.ends_with("***'") {
        return format!("-- `howdah roles apply` knows the password: {statement}");
    }
    statement + ";"
}

fn not_there(name: &DatabaseName) -> String {
    format!(
        "database {}: it is not there yet; what belongs into it is planned when it is",
        name.as_str()
    )
}
