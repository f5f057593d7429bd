//! What the commands refuse, with which exit code and which words.

use crate::xtask::{Project, Result, words};

#[test]
fn every_problem_of_the_settings_is_reported_with_its_place_and_exit_code_2() -> Result {
    let project = Project::new("local")?;
    project.write(
        "howdah.yaml",
        "database:\n  pool:\n    size: 0\n    acquire_timeout: 30x\n  schemaa: app\n",
    )?;
    let output = project.run(&["db-up"])?;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for expected in [
        "howdah.yaml:3:",
        "howdah.yaml:4:",
        "howdah.yaml:5:",
        "schema",
    ] {
        assert!(said.contains(expected), "{expected} is missing in {said}");
    }
    project.write("howdah.yaml", "database: {}\n")
}

#[test]
fn neither_up_nor_reset_runs_in_production() -> Result {
    let project = Project::new("local")?;
    project.write(
        "howdah.yaml",
        "database:\n  environment: production\n  tls: { mode: require }\n",
    )?;
    for args in [&["db-up"][..], &["db-reset", "--confirm", "appdb"]] {
        let output = project.run(args)?;
        let said = words(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains("production") && said.contains("howdah.yaml:2:"),
            "{said}"
        );
    }
    assert!(
        !project.state("server.json").exists(),
        "nothing was started"
    );
    project.write("howdah.yaml", "database: {}\n")
}

#[test]
fn a_reset_without_a_terminal_asks_for_the_name_as_an_option() -> Result {
    let project = Project::new("local")?;
    let output = project.run(&["db-reset"])?;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("--confirm appdb"), "{said}");
    Ok(())
}

#[test]
fn psql_without_a_server_says_how_to_start_one() -> Result {
    let project = Project::new("local")?;
    let output = project.run(&["db-psql"])?;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cargo xtask db-up"), "{said}");
    Ok(())
}

#[test]
fn an_unknown_option_is_a_usage_error() -> Result {
    let project = Project::new("local")?;
    let output = project.run(&["db-up", "--bakend", "local"])?;
    let said = words(&output);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("--backend"), "{said}");
    Ok(())
}

#[test]
fn the_servers_own_names_are_refused_before_anything_is_started() -> Result {
    let project = Project::new("local")?;
    for (yaml, key) in [
        (
            "database:\n  roles: { app: postgres }\n",
            "database.roles.app",
        ),
        ("database:\n  name: postgres\n", "database.name"),
    ] {
        project.write("howdah.yaml", yaml)?;
        let output = project.run(&["db-up"])?;
        let said = words(&output);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(
            said.contains(key) && said.contains("howdah.yaml:2:"),
            "{said}"
        );
    }
    assert!(
        !project.state("server.json").exists(),
        "nothing was started"
    );
    Ok(())
}
