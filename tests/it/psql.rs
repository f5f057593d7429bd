//! A session as each of the roles, with and without a psql of this machine.

use std::path::Path;

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[test]
    fn each_role_has_a_session_also_without_a_psql_on_the_path() -> Result {
        super::scenario("local", &[])
    }
}

mod in_a_container {
    use crate::xtask::Result;

    #[test]
    fn each_role_has_a_session_also_without_a_psql_on_the_path() -> Result {
        super::scenario("container", &["docker"])
    }
}

/// `programs` are all that is on the `PATH` in the end.
fn scenario(backend: &'static str, programs: &[&str]) -> Result {
    let project = Project::new(backend)?;
    project.up()?;
    let path = tempfile::tempdir()?;
    for program in programs {
        std::os::unix::fs::symlink(found(program)?, path.path().join(program))?;
    }
    for (role, name) in [
        ("app", "appuser"),
        ("read-only", "backupuser"),
        ("migrator", "appmigrator"),
        ("superuser", "postgres"),
    ] {
        let query = "select current_user || ' in ' || current_database()";
        let args = ["db-psql", "--role", role, "--", "-XAtc", query];
        let here = project.command(&args).output()?;
        let elsewhere = project.command(&args).env("PATH", path.path()).output()?;
        for output in [here, elsewhere] {
            let said = words(&output);
            let answer = String::from_utf8(output.stdout)?;
            assert_eq!(answer.trim(), format!("{name} in appdb"), "{said}");
        }
    }
    let failed = project.run(&["db-psql", "--", "-c", "select 1/0"])?;
    assert_eq!(failed.status.code(), Some(1), "{}", words(&failed));
    Ok(())
}

fn found(program: &str) -> Result<std::path::PathBuf> {
    let directories = ["/usr/local/bin", "/usr/bin", "/opt/homebrew/bin"];
    directories
        .iter()
        .map(|directory| Path::new(directory).join(program))
        .find(|path| path.exists())
        .ok_or_else(|| format!("there is no {program}").into())
}
