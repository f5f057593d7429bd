use std::path::Path;
use std::process::{Command, Stdio};

use super::finding::Finding;
use super::program::which;
use super::site::{Site, is_open, mode};

/// `.howdah/env` and `.env`: both may hold passwords.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let mut findings = Vec::new();
    let env_file = site.project.env_file();
    findings.extend(of_mode("env file", site, &env_file, true));
    let dotenv = site.project.root().join(".env");
    findings.extend(of_mode(".env", site, &dotenv, false));
    if dotenv.exists() && is_tracked(site, ".env") {
        findings.push(
            Finding::problem(
                ".env",
                "git tracks .env, and whatever secret is written to it",
            )
            .mend("git rm --cached .env && echo .env >> .gitignore"),
        );
    }
    if site.project.state().exists() && is_tracked(site, ".howdah") {
        findings.push(
            Finding::problem("env file", "git tracks .howdah, with the passwords in it")
                .mend("git rm -r --cached .howdah && echo .howdah/ >> .gitignore"),
        );
    }
    findings
}

fn of_mode(check: &'static str, site: &Site, path: &Path, always_secret: bool) -> Option<Finding> {
    let mode = mode(path)?;
    let shown = site.shown(path);
    if !is_open(mode) {
        return Some(Finding::ok(
            check,
            format!("{shown} is private (mode {mode:04o})"),
        ));
    }
    let detail = format!("{shown} is open to others (mode {mode:04o})");
    let finding = if always_secret {
        Finding::problem(check, detail)
    } else {
        Finding::warning(check, detail)
    };
    Some(finding.mend(format!("chmod 600 {shown}")))
}

/// Without git, or outside of a repository: no.
fn is_tracked(site: &Site, path: &str) -> bool {
    let Some(git) = which("git", &site.environment) else {
        return false;
    };
    #[expect(
        clippy::disallowed_methods,
        reason = "with a given environment; the check has the deadline"
    )]
    let listed = Command::new(git)
        .args(["ls-files", "--", path])
        .current_dir(site.project.root())
        .env_clear()
        .envs(&site.environment)
        .stdin(Stdio::null())
        .output();
    listed.is_ok_and(|output| output.status.success() && !output.stdout.is_empty())
}
