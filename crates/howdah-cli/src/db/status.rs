use std::fmt;

use howdah_pool::Login;
use howdah_server::Status;
use serde::Serialize;

use super::migrate;
use super::project::Project;
use super::secrets::{Missing, Secrets};
use super::{pooler, replica};
use crate::settings::Sources;
use crate::{Error, Exit, Output, process_environment, settings};

/// What `db-status` says.
#[derive(Debug, Serialize)]
struct StatusReport {
    running: bool,
    backend: Option<String>,
    version: Option<String>,
    host: Option<String>,
    port: Option<u16>,
    database: String,
    schema: String,
    migrations: Option<MigrationCounts>,
    replica: Option<Beside>,
    pgbouncer: Option<Beside>,
}

/// What stands beside the server.
#[derive(Debug, Serialize)]
struct Beside {
    running: bool,
    port: Option<u16>,
}

#[derive(Debug, Serialize)]
struct MigrationCounts {
    applied: usize,
    pending: usize,
}

/// `db-status`: reads only.
pub(crate) async fn status(project: &Project, output: &mut Output) -> Result<Exit, Error> {
    let loaded = settings::load(project.root(), Sources::default(), output)?;
    let layout = settings::layout(&loaded)?;
    let status = howdah_server::status(&project.state(), &process_environment())
        .await
        .map_err(Error::step("looking for the server"))?;
    let mut report = StatusReport::new(status.as_ref(), &layout);
    report.replica = replica::status(project).await?.map(|status| Beside {
        running: status.running,
        port: status.port,
    });
    report.pgbouncer = pooler::status(project)?.map(|status| Beside {
        running: status.pid.is_some(),
        port: Some(status.port),
    });
    if let Some(port) = status
        .filter(|status| status.running)
        .and_then(|status| status.port)
    {
        let secrets = Secrets::resolve(project, &loaded, Missing::Refuse, output)?;
        let user = layout.migrator().clone();
        let login = Login::local(port, layout.database().clone(), user, secrets.migrator);
        let counts = migrate::plan(&login, &loaded, &layout).await?;
        report.migrations = Some(MigrationCounts {
            applied: counts.total,
            pending: counts.pending,
        });
    }
    output
        .result(&report, &report)
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}

impl StatusReport {
    fn new(status: Option<&Status>, layout: &howdah_roles::Layout) -> Self {
        Self {
            running: status.is_some_and(|status| status.running),
            backend: status.map(|status| status.backend.to_string()),
            version: status
                .and_then(|status| status.version)
                .map(|version| version.to_string()),
            host: status.map(|_| "127.0.0.1".to_owned()),
            port: status.and_then(|status| status.port),
            database: layout.database().as_str().to_owned(),
            schema: layout.schema().as_str().to_owned(),
            migrations: None,
            replica: None,
            pgbouncer: None,
        }
    }

    fn exit(&self) -> Exit {
        match &self.migrations {
            None => Exit::No,
            Some(counts) if counts.pending > 0 => Exit::Pending,
            Some(_) => Exit::Ok,
        }
    }
}

impl fmt::Display for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Some(backend), Some(version), Some(port)) = (&self.backend, &self.version, self.port)
        else {
            return writeln!(f, "There is no server yet. Next: cargo xtask db-up");
        };
        let state = if self.running { "runs" } else { "is stopped" };
        writeln!(
            f,
            "PostgreSQL {version} ({backend}) {state} on 127.0.0.1:{port}."
        )?;
        for (name, beside) in [("A standby", &self.replica), ("PgBouncer", &self.pgbouncer)] {
            if let Some(Beside { running, port }) = beside {
                let state = if *running { "runs" } else { "is stopped" };
                writeln!(
                    f,
                    "{name} {state} on 127.0.0.1:{}.",
                    port.unwrap_or_default()
                )?;
            }
        }
        match &self.migrations {
            None => writeln!(f, "Next: cargo xtask db-up"),
            Some(counts) => writeln!(
                f,
                "{}, schema {}: {} migration(s) applied, {} pending.",
                self.database, self.schema, counts.applied, counts.pending
            ),
        }
    }
}
