use super::binaries::major;
use super::finding::Finding;
use super::program::{ask, which};
use super::site::Site;

const CHECK: &str = "psql";
const INSTALL: &str = if cfg!(target_os = "macos") {
    "brew install libpq"
} else {
    "sudo apt-get install postgresql-client"
};

pub(crate) async fn check(site: &Site) -> Vec<Finding> {
    let Some(program) = which("psql", &site.environment) else {
        return vec![
            Finding::warning(
                CHECK,
                "there is no psql on the PATH; db-psql uses the server's own",
            )
            .mend(INSTALL),
        ];
    };
    let answer = ask(&program, &["--version"], &site.environment).await;
    let path = program.display();
    vec![match answer {
        Ok(answer) => match major(&answer.replace("psql", "")) {
            Some(major) => Finding::ok(CHECK, format!("{major}, {path}")),
            None => Finding::ok(CHECK, format!("{path}: {}", answer.trim())),
        },
        Err(why) => Finding::problem(CHECK, format!("{path} cannot be run: {why}")).mend(INSTALL),
    }]
}
