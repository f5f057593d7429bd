mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use howdah_ident::SchemaName;

use crate::advisory_lock::{FACTOR, Key};
use crate::fill::fill;
use crate::ledger::{Contents, Row, literal};
use crate::log::Log;
use crate::verify::{Unfinished, verify};
use crate::{Actor, Error, Migration, Migrator, Options, Plan, Problem, Step, Version, session};

/// Psql goes on behind an error unless it is told otherwise, and whoever runs the script may forget to.
const STOP_AT_ERRORS: &str = "\\set ON_ERROR_STOP on\n";

/// What an `apply` would do, as SQL for psql: `psql -X -f FILE`. `Display` is the SQL.
///
/// It sets psql's `ON_ERROR_STOP` itself: psql that went on behind an error would record what failed as applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    steps: Vec<Step>,
    sql: String,
}

impl Script {
    /// The migrations in it, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sql)
    }
}

impl Migrator {
    /// Renders what an `apply` would run on an empty database, or behind `after` on one whose newest migration that is,
    /// up to [`Options::target`](crate::Options::target). It needs no database.
    ///
    /// The script takes the locks, the role and the settings of an `apply`, writes the ledger and the log, and stops
    /// where the database is not what it was written for. It does not wait for locks and tries nothing again. Where it
    /// fails, psql ends with 3 and an `apply` goes on; run twice, it changes nothing and says so.
    ///
    /// # Errors
    /// [`Error::Refused`] with all that is wrong: no migration has the version of `after` or of the target, or a file
    /// cannot run, or holds a command that psql would obey.
    pub fn script(&self, after: Option<Version>) -> Result<Script, Error> {
        let contents = imagined(self, after);
        let verified = verify(
            &self.migrations,
            &contents,
            &self.options,
            Unfinished::MustLeadForward,
        );
        let (plan, mut problems) = match verified {
            Ok(plan) => {
                let squashed = squashed(self, &plan);
                (Some(plan), squashed)
            }
            Err(problems) => (None, problems),
        };
        if let Some(after) = after.filter(|after| self.migrations.get(*after).is_none()) {
            let message = "there is no migration of that version to begin behind";
            problems.push(Problem::new(format!("version {after}"), message));
        }
        let pending = plan.iter().flat_map(Plan::pending);
        problems.extend(pending.filter_map(code));
        match plan.filter(|_| problems.is_empty()) {
            Some(plan) => Ok(Script {
                sql: render(self, &plan, after),
                steps: plan.pending().to_vec(),
            }),
            None => Err(Error::Refused { problems }),
        }
    }
}

/// Where a squash stands beside what it replaces, rows of the ledger come without a run, or in place of others.
fn squashed(migrator: &Migrator, plan: &Plan) -> Vec<Problem> {
    let message = "files that it replaces are still there, so what it does depends on the database: \
                   apply it, or remove them first";
    let squashes = plan.to_do().into_iter().filter(|step| {
        let squash = migrator.migrations.get(step.version);
        squash.is_some_and(|squash| {
            let mut replaces = squash.replaces();
            replaces.any(|version| migrator.migrations.get(version).is_some())
        })
    });
    squashes
        .map(|step| Problem::new(&step.file, message))
        .collect()
}

/// A database as the script expects it.
fn imagined(migrator: &Migrator, after: Option<Version>) -> Contents {
    let applied = migrator
        .migrations
        .iter()
        .filter(|migration| Some(migration.version()) <= after);
    let row = |migration: &Migration| Row {
        version: migration.version().as_i64(),
        description: migration.description().to_owned(),
        success: true,
        checksum: migration.checksum().to_string(),
    };
    Contents {
        schema_exists: false,
        ledger_exists: false,
        log_exists: false,
        rows: applied.map(row).collect(),
        journals: BTreeMap::new(),
    }
}

/// Its file is only a stub.
fn code(step: &Step) -> Option<Problem> {
    let name = step.code.as_ref()?;
    let message =
        format!("it is Rust code, {name}, and no SQL: write the script up to it, and behind it");
    Some(Problem::new(&step.file, message))
}

fn render(migrator: &Migrator, plan: &Plan, after: Option<Version>) -> String {
    let schema = migrator.options.schema.as_str().escape_debug();
    let (Some(first), Some(last)) = (plan.pending().first(), plan.pending().last()) else {
        return format!("-- Nothing is pending for the schema {schema}.\n");
    };
    // Whoever runs the script is not who wrote it: the server knows the role and the address.
    let actor = Actor {
        version: migrator.options.actor.version.clone(),
        ..Actor::default()
    };
    let options = Options {
        actor,
        ..migrator.options.clone()
    };
    let log = Log::new(&options);
    let mut sql = format!(
        "-- The migrations {} to {} of the schema {schema}.\n-- psql -X -f FILE\n\n{STOP_AT_ERRORS}{}{}{}",
        first.version,
        last.version,
        lock(migrator),
        session::prepare(&migrator.options, None, false).render(),
        create(migrator, &log),
    );
    let mut previous = after;
    for step in plan.pending() {
        if let Some(migration) = migrator.migrations.get(step.version) {
            let file = file::File {
                migrator,
                log: &log,
                migration,
                previous,
            };
            sql.push_str(&file.render());
            previous = Some(step.version);
        }
    }
    sql.push_str("\nselect pg_catalog.pg_advisory_unlock_all();\n");
    sql
}

/// As `advisory_lock` takes them, and until psql ends. It does not wait: see there for why nobody should.
fn lock(migrator: &Migrator) -> String {
    let key = Key::of_ledger(&migrator.ledger()).as_i64();
    block(
        &include_str!("../sql/script/lock.sql")
            .replace("{factor}", &FACTOR.to_string())
            .replace("{ledger_key}", &key.to_string()),
    )
}

fn create(migrator: &Migrator, log: &Log<'_>) -> String {
    let options = &migrator.options;
    let others = options.create_schemas.iter().chain(options.ledger.schema());
    let others: BTreeSet<&SchemaName> = others.filter(|it| **it != options.schema).collect();
    let schemas: String = std::iter::once(&options.schema)
        .chain(others)
        .map(create_schema)
        .collect();
    format!(
        "begin;\n{schemas}{};\n{};\ncommit;\n",
        migrator.ledger().create_table().trim_end(),
        log.create().trim_end().trim_end_matches(';'),
    )
}

fn create_schema(schema: &SchemaName) -> String {
    let (name, quoted) = (literal(schema.as_str()), format!("{schema}"));
    let values = [("name", &*name), ("schema", &*quoted)];
    block(&fill(
        include_str!("../sql/script/create_schema.sql"),
        &values,
    ))
}

/// In dollar quotes that do not end in it.
fn block(body: &str) -> String {
    let mut tag = "howdah".to_owned();
    while body.contains(&format!("${tag}$")) {
        tag.push('_');
    }
    format!("do ${tag}$\n{}\n${tag}$;\n", body.trim_end())
}
