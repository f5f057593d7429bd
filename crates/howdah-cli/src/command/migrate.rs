use std::fmt;
use std::path::Path;

use howdah_config::Loaded;
use howdah_ident::SchemaName;
use howdah_migrate::{Migrations, Migrator, Options, Plan, Report, Step};
use howdah_pool::{Login, connect};
use serde_json::{Value, json};

use crate::args::{Common, MigrateArgs, MigrateCommand};
use crate::settings::Sources;
use crate::{Error, Exit, Output, migration_events, settings};

const STEP: &str = "migrating";

/// Runs `howdah migrate`.
pub(crate) async fn run(
    args: MigrateArgs,
    common: Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    let sources = Sources {
        file: common.config,
        ..Sources::default()
    };
    let loaded = settings::load(Path::new("."), sources, output)?;
    let schema = schema(&args, &loaded)?;
    let migrator = migrator(&args, &loaded, &schema)?;
    let login = login(&loaded, schema, output)?;
    match args.command {
        MigrateCommand::Status | MigrateCommand::Plan => {
            let all = matches!(args.command, MigrateCommand::Status);
            plan(&migrator, &login, all, output).await
        }
        MigrateCommand::Up => up(&migrator, &login, output).await,
    }
}

fn schema(args: &MigrateArgs, loaded: &Loaded) -> Result<SchemaName, Error> {
    args.schema.as_ref().map_or_else(
        || Ok(loaded.database.schema.clone()),
        |name| {
            name.parse()
                .map_err(|error| Error::Usage(format!("--schema {name:?}: {error}")))
        },
    )
}

fn migrator(args: &MigrateArgs, loaded: &Loaded, schema: &SchemaName) -> Result<Migrator, Error> {
    let path = args
        .path
        .clone()
        .unwrap_or_else(|| loaded.resolve_path(&loaded.database.migrations.path));
    let migrations = Migrations::read(path).map_err(Error::step("reading the migrations"))?;
    let mut options = Options::new(schema.clone());
    options.role = Some(loaded.database.roles.owner.clone());
    options.lock_timeout = loaded.database.session.lock_timeout;
    Ok(Migrator::new(migrations, options))
}

fn login(loaded: &Loaded, schema: SchemaName, output: &mut Output) -> Result<Login, Error> {
    let password = settings::resolve(loaded, &loaded.database.secrets.migrator, output)
        .map_err(Error::step("resolving database.secrets.migrator"))?;
    let user = loaded.database.roles.migrator.clone();
    let mut login = Login::new(&loaded.database, user, password);
    login.schema = Some(schema);
    Ok(login)
}

async fn plan(
    migrator: &Migrator,
    login: &Login,
    all: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    let mut connection = connect(login).await.map_err(Error::step(STEP))?;
    let plan = migrator
        .plan(&mut connection)
        .await
        .map_err(Error::step(STEP))?;
    let applied = plan.applied().iter().filter(|_| all);
    let steps: Vec<&Step> = applied.chain(plan.pending()).collect();
    output
        .result(Lines(&steps), &plan_json(&plan))
        .map_err(Error::step("printing the result"))?;
    Ok(if plan.is_up_to_date() {
        Exit::Ok
    } else {
        Exit::Pending
    })
}

async fn up(migrator: &Migrator, login: &Login, output: &mut Output) -> Result<Exit, Error> {
    let connection = connect(login).await.map_err(Error::step(STEP))?;
    output.begin("migrating");
    let report = migrator
        .apply(connection, |event| migration_events::show(&event, output))
        .await
        .map_err(Error::step(STEP))?;
    output.done(format_args!(
        "{} migration(s) applied",
        report.applied.len()
    ));
    output
        .result(format_args!("{report}\n"), &report_json(&report))
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn plan_json(plan: &Plan) -> Value {
    let steps = |steps: &[Step]| -> Vec<Value> {
        let step = |step: &Step| json!({ "version": step.version.as_i64(), "description": step.description, "file": step.file });
        steps.iter().map(step).collect()
    };
    json!({
        "schema": plan.schema().as_str(),
        "applied": steps(plan.applied()),
        "pending": steps(plan.pending()),
    })
}

fn report_json(report: &Report) -> Value {
    let done: Vec<Value> = report
        .applied
        .iter()
        .map(|done| {
            json!({
                "version": done.version.as_i64(),
                "description": done.description,
                "elapsed_ms": u64::try_from(done.elapsed.as_millis()).unwrap_or(u64::MAX),
            })
        })
        .collect();
    json!({ "applied": done })
}

/// One step a line.
struct Lines<'a>(&'a [&'a Step]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing is pending\n");
        }
        self.0.iter().try_for_each(|step| writeln!(f, "{step}"))
    }
}
