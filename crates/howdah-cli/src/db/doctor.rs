//! What stands in the way of a development database, and the command that takes it away.

mod binaries;
mod choice;
mod database;
mod disk;
mod engine;
mod env_files;
mod finding;
mod leftovers;
mod migrations;
mod options;
mod pooler;
mod port;
mod program;
mod project_settings;
mod psql;
mod secret_files;
mod server;
mod site;
mod standby;
mod support;

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use self::finding::{Finding, State};
pub(crate) use self::program::which;
use self::site::Site;
use super::project::Project;
use crate::{Error, Exit, Output};

/// How long one check may take; all of them run at the same time.
const PATIENCE: Duration = Duration::from_secs(2);

/// `doctor`: changes nothing.
pub(crate) async fn doctor(project: &Project, output: &mut Output) -> Result<Exit, Error> {
    let (site, settings) = project_settings::load(project);
    let report = Report {
        findings: examine(&Arc::new(site), settings).await,
        colour: output.has_colour(),
    };
    output
        .result(&report, &report)
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}

async fn examine(site: &Arc<Site>, mut findings: Vec<Finding>) -> Vec<Finding> {
    let (engines, binaries, psql, port, server, standby, pooler, files) = tokio::join!(
        Box::pin(engine::check(site)),
        binaries::check(site),
        within("psql", psql::check(site)),
        within("port", port::check(site)),
        Box::pin(server::check(site)),
        Box::pin(within("standby", standby::check(site))),
        Box::pin(within("pgbouncer", pooler::check(site))),
        of_files(site),
    );
    findings.extend(engines.findings);
    findings.extend(binaries.findings);
    findings.push(choice::check(engines.answering.as_ref(), &binaries.found));
    findings.extend(psql);
    findings.extend(port);
    findings.extend(server);
    findings.extend(standby);
    findings.extend(pooler);
    findings.extend(files);
    findings
}

/// The checks that only look at files: each on a thread of its own, because a file system can hang.
async fn of_files(site: &Arc<Site>) -> Vec<Finding> {
    type Check = fn(&Site) -> Vec<Finding>;
    let blocking = |name: &'static str, check: Check| {
        let site = Arc::clone(site);
        within(name, async move {
            let checked = tokio::task::spawn_blocking(move || check(&site)).await;
            checked.unwrap_or_else(|error| vec![Finding::problem(name, error.to_string())])
        })
    };
    let (migrations, options, secrets, env_files, disk, leftovers) = tokio::join!(
        blocking("migrations", migrations::check),
        blocking("options", options::check),
        blocking("secrets", secret_files::check),
        blocking("env file", env_files::check),
        blocking("disk", disk::check),
        blocking("leftovers", leftovers::check),
    );
    [migrations, options, secrets, env_files, disk, leftovers].concat()
}

/// A check that hangs is a finding, too.
async fn within(name: &'static str, check: impl Future<Output = Vec<Finding>>) -> Vec<Finding> {
    tokio::time::timeout(PATIENCE, check)
        .await
        .unwrap_or_else(|_elapsed| {
            vec![Finding::warning(
                name,
                format!("no answer within {} s", PATIENCE.as_secs()),
            )]
        })
}

/// All findings, one line each.
#[derive(Serialize)]
#[serde(transparent)]
struct Report {
    findings: Vec<Finding>,
    #[serde(skip)]
    colour: bool,
}

impl Report {
    fn exit(&self) -> Exit {
        let problem = |finding: &Finding| finding.state == State::Problem;
        if self.findings.iter().any(problem) {
            Exit::No
        } else {
            Exit::Ok
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.findings.iter().try_for_each(|finding| {
            if self.colour {
                let colour = finding.state.colour();
                return writeln!(f, "\x1b[{colour}m{finding}\x1b[0m");
            }
            writeln!(f, "{finding}")
        })
    }
}
