//! No command shows a password, whatever state the project is in.

use crate::xtask::{Project, Result, words};

mod on_local_binaries {
    use crate::xtask::Result;

    #[test]
    fn no_command_shows_a_password() -> Result {
        super::scenario()
    }
}

fn scenario() -> Result {
    let project = Project::new("local")?;
    std::fs::create_dir(project.path().join("migrations/seeds"))?;
    project.write("migrations/seeds/bad.sql", "select nothing_there;\n")?;
    let mut said = words(&project.run(&project.up_args())?);
    let passwords: Vec<_> = [
        "postgres_superuser_pw",
        "postgres_migrator_pw",
        "postgres_app_user_pw",
        "postgres_app_ro_pw",
    ]
    .into_iter()
    .map(|name| project.secret(name))
    .collect::<Result<_>>()?;
    let superuser = passwords.first().ok_or("no password")?;
    project.write(
        "migrations/seeds/bad.sql",
        &format!("select 1 as \"{}\", nothing_there;\n", superuser.expose()),
    )?;
    for args in [
        project.up_args(),
        vec!["db-logs"],
        vec!["db-status"],
        vec!["db-status", "--json"],
        vec!["doctor"],
        vec!["doctor", "--json"],
        vec!["db-up", "--no-seed"],
        vec!["db-up", "--no-seed", "--json", "--set", "work_mem=much"],
        vec!["db-reset", "--confirm", "other"],
        vec!["db-down"],
        vec!["doctor"],
    ] {
        said += &words(&project.run(&args)?);
    }
    assert!(said.contains("nothing_there"), "{said}");
    for password in passwords {
        assert!(!said.contains(password.expose()), "a password is shown");
    }
    Ok(())
}
