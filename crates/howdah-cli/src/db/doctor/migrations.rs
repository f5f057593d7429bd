use howdah_migrate::{Error, Problem};

use super::finding::Finding;
use super::site::Site;
use crate::db::seeds;
use crate::migration_files::MigrationFiles;

const CHECK: &str = "migrations";

/// Only the files; what is pending is asked of the server.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let Some(loaded) = &site.loaded else {
        return Vec::new();
    };
    let files = match MigrationFiles::of(loaded, None) {
        Ok(files) => files,
        Err(error) => return vec![Finding::problem(CHECK, full(&error))],
    };
    let path = &files.directory;
    let mut findings = match files.read() {
        Ok(migrations) => vec![Finding::ok(
            CHECK,
            format!("{} in {}", migrations.len(), site.shown(path)),
        )],
        Err(Error::Files { problems }) => problems.iter().map(of_problem).collect(),
        Err(Error::Read { path, source }) => vec![
            Finding::problem(
                CHECK,
                format!("cannot read {}: {source}", site.shown(&path)),
            )
            .mend(format!(
                "mkdir -p {0} && chmod u+rwx {0}",
                site.shown(&path)
            )),
        ],
        Err(error) => vec![Finding::problem(CHECK, error.to_string())],
    };
    match seeds::read(loaded) {
        Ok(seeds) if seeds.is_empty() => {}
        Ok(seeds) => findings.push(Finding::ok(
            "seeds",
            format!("{} seed file(s)", seeds.len()),
        )),
        Err(error) => findings.push(Finding::problem("seeds", error.to_string())),
    }
    findings
}

/// With its causes: the place in the file is in one of them.
fn full(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", full(cause)),
        None => error.to_string(),
    }
}

fn of_problem(problem: &Problem) -> Finding {
    let place = match problem.line {
        Some(line) => format!("{}:{line}", problem.place),
        None => problem.place.clone(),
    };
    Finding::problem(CHECK, problem.to_string()).mend(format!("change {place}"))
}
