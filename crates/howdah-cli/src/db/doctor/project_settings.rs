use howdah_config::{Environment, Loaded, Problem};

use super::finding::Finding;
use super::site::Site;
use crate::db::project::Project;
use crate::settings::Sources;
use crate::{Error, Output, clock, process_environment, settings};

const CHECK: &str = "settings";

/// The settings, with everything that is wrong with them.
pub(crate) fn load(project: &Project) -> (Site, Vec<Finding>) {
    let (loaded, findings) =
        match settings::load(project.root(), Sources::default(), &mut Output::silent()) {
            Ok(loaded) => {
                let findings = of_loaded(&loaded);
                (Some(loaded), findings)
            }
            Err(Error::Settings(howdah_config::Error::Invalid { problems })) => {
                (None, problems.iter().map(of_problem).collect())
            }
            Err(error) => (None, vec![Finding::problem(CHECK, error.to_string())]),
        };
    let site = Site {
        project: project.clone(),
        loaded,
        environment: process_environment(),
        now: clock::now(),
    };
    (site, findings)
}

fn of_loaded(loaded: &Loaded) -> Vec<Finding> {
    let mut findings = vec![match loaded.file() {
        Some(file) => Finding::ok(CHECK, format!("{} is valid", file.display())),
        None => Finding::ok(CHECK, "there is no settings file; all defaults hold"),
    }];
    let notices = loaded.notices().iter();
    findings.extend(notices.map(|notice| Finding::warning(CHECK, notice.as_str())));
    if loaded.database.environment == Environment::Production {
        let origin = loaded.origin("database.environment");
        let detail =
            format!("database.environment is production ({origin}), where db-up refuses to run");
        findings.push(Finding::problem(CHECK, detail).mend("set it to development, or unset it"));
    }
    findings
}

fn of_problem(problem: &Problem) -> Finding {
    let mend = match &problem.expected {
        Some(expected) => format!("change it at {} to {expected}", problem.origin),
        None => format!("change it at {}", problem.origin),
    };
    Finding::problem(CHECK, problem.to_string()).mend(mend)
}
