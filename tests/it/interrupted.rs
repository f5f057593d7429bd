//! A db-up that is killed at any point is repaired by the next one.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::xtask::{Project, Result};

mod on_local_binaries {
    use crate::xtask::Result;

    #[test]
    fn killed_after_each_step_the_next_run_repairs_it() -> Result {
        super::killed_after_each_step("local")
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[test]
    fn killed_after_each_step_the_next_run_repairs_it() -> Result {
        super::killed_after_each_step("container")
    }
}

/// What db-up says at the end of its first steps.
const STEPS: [&str; 4] = [
    "secrets",
    "PostgreSQL",
    "roles and privileges",
    "migrations",
];

fn killed_after_each_step(backend: &'static str) -> Result {
    for step in STEPS {
        let project = Project::new(backend)?;
        kill_after(&project, step)?;
        let report = project.up()?;
        assert!(
            report["migrations"]["total"].as_u64() >= Some(10),
            "{step}: {report}"
        );
        let again = project.up()?;
        assert_eq!(again["roles"]["changes"], 0, "{step}: {again}");
        assert_eq!(again["migrations"]["applied"], 0, "{step}: {again}");
    }
    Ok(())
}

/// Starts a db-up, and kills it with signal 9 as soon as it says that this step has ended.
fn kill_after(project: &Project, step: &str) -> Result {
    let mut up = project
        .command(&project.up_args())
        .stderr(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let words = up.stderr.take().ok_or("no standard error")?;
    let mut seen = String::new();
    for line in BufReader::new(words).lines() {
        let line = line?;
        if line.starts_with(&format!("ok: {step}")) || line.contains(&format!("{step} generated")) {
            up.kill()?;
            up.wait()?;
            return Ok(());
        }
        seen.push_str(&line);
        seen.push('\n');
    }
    up.wait()?;
    Err(format!("db-up never said {step:?}:\n{seen}").into())
}
