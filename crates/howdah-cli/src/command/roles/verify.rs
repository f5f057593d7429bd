use std::fmt;

use howdah_config::Loaded;
use howdah_ident::RoleName;
use howdah_pool::{Login, connect};
use howdah_roles::{Check, Layout, Outcome, verify_checklist};
use howdah_secrets::{Secret, SecretRef};
use serde_json::{Value, json};

use super::parts::Parts;
use super::work::Work;
use crate::output::causes;
use crate::{Error, Exit, Output, settings};

/// The checklist as each of the settings' logins, then, by the administrator if there is one, what differs.
pub(super) async fn run(
    loaded: &Loaded,
    work: Option<&Work>,
    output: &mut Output,
) -> Result<Exit, Error> {
    let layout = settings::shared_layout(loaded)?;
    let checks = check(&logins(loaded, output)?, &layout).await?;
    let parts = match work {
        Some(work) => Some(work.plan().await?),
        None => None,
    };
    let report = Report {
        checks,
        parts: parts.filter(|parts| !parts.is_clean()),
    };
    output
        .result(&report, &report.json())
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}

async fn check(logins: &[Login], layout: &Layout) -> Result<Vec<Check>, Error> {
    const STEP: &str = "verifying the roles";
    let mut checks = Vec::new();
    for login in logins {
        let mut connection = connect(login).await.map_err(Error::step(STEP))?;
        let own = verify_checklist(&mut connection, layout).await;
        checks.extend(own.map_err(Error::step(STEP))?);
    }
    Ok(checks)
}

/// All that is missing is said at once.
fn logins(loaded: &Loaded, output: &mut Output) -> Result<Vec<Login>, Error> {
    let database = &loaded.database;
    let (roles, secrets) = (&database.roles, &database.secrets);
    let own = [
        (&roles.app, &secrets.app, "app"),
        (&roles.read_only, &secrets.read_only, "read_only"),
        (&roles.migrator, &secrets.migrator, "migrator"),
    ];
    let mut logins = Vec::new();
    let mut missing = Vec::new();
    for (role, reference, key) in own {
        match password(loaded, reference, key, output) {
            Ok(password) => logins.push(login(loaded, role, password)),
            Err(why) => missing.push(why),
        }
    }
    if missing.is_empty() {
        return Ok(logins);
    }
    Err(Error::Usage(format!(
        "each login is tried as itself, and these have no password:\n  {}",
        missing.join("\n  ")
    )))
}

fn password(
    loaded: &Loaded,
    reference: &SecretRef,
    key: &str,
    output: &mut Output,
) -> Result<Secret, String> {
    settings::resolve(loaded, reference, output).map_err(|error| {
        let causes = causes(&error).into_iter();
        causes.fold(format!("database.secrets.{key}: {error}"), |list, cause| {
            format!("{list}: {cause}")
        })
    })
}

/// Past a pooler, where the settings know the way; that way is somebody else's otherwise.
fn login(loaded: &Loaded, role: &RoleName, password: Secret) -> Login {
    let database = &loaded.database;
    Login::direct(database, role.clone(), password.clone()).with_user(role.clone(), password)
}

struct Report {
    checks: Vec<Check>,
    /// If anything differs.
    parts: Option<Parts>,
}

impl Report {
    fn failed(&self) -> usize {
        let failed = |check: &&Check| matches!(check.outcome, Outcome::Fail(_));
        self.checks.iter().filter(failed).count()
    }

    fn exit(&self) -> Exit {
        if self.failed() > 0 {
            Exit::No
        } else if self.parts.is_some() {
            Exit::Pending
        } else {
            Exit::Ok
        }
    }

    fn json(&self) -> Value {
        let checks: Vec<Value> = self.checks.iter().map(of_check).collect();
        json!({
            "failed": self.failed(),
            "checks": checks,
            "differences": self.parts.as_ref().map(Parts::json),
        })
    }
}

fn of_check(check: &Check) -> Value {
    let (outcome, why) = words(&check.outcome);
    json!({
        "number": check.number,
        "role": check.role,
        "what": check.what,
        "outcome": outcome.replace(' ', "_"),
        "why": why,
    })
}

fn words(outcome: &Outcome) -> (&'static str, Option<&str>) {
    match outcome {
        Outcome::Pass => ("pass", None),
        Outcome::Fail(why) => ("fail", Some(why)),
        Outcome::NotApplicable(why) => ("not applicable", Some(why)),
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for check in &self.checks {
            let (outcome, why) = words(&check.outcome);
            write!(
                f,
                "{outcome}  {:>2}  {}: {}",
                check.number, check.role, check.what
            )?;
            match why {
                Some(why) => writeln!(f, " ({why})")?,
                None => writeln!(f)?,
            }
        }
        match &self.parts {
            Some(parts) => parts.fmt(f),
            None => Ok(()),
        }
    }
}
