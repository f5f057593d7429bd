use std::fs;
use std::path::{Path, PathBuf};

use howdah_config::Loaded;
use howdah_secrets::{CheckLimits, Finding as FileFinding, Rules, Severity, check_file};

use super::finding::Finding;
use super::site::{Site, is_open, mode};
use crate::secret_files;

const CHECK: &str = "secrets";

/// The directory of generated secrets, and the files in it.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let directory = site.project.secrets();
    let Some(found) = mode(&directory) else {
        return vec![missing_directory(site)];
    };
    let shown = site.shown(&directory);
    let mut findings = Vec::new();
    if is_open(found) {
        findings.push(
            Finding::problem(
                CHECK,
                format!("{shown} is open to others (mode {found:04o})"),
            )
            .mend(format!("chmod 700 {shown}")),
        );
    }
    match files(&directory) {
        Ok(files) => {
            let rules = site
                .loaded
                .as_ref()
                .map_or(Rules::Development, Loaded::secret_rules);
            findings.extend(of_files(site, &files, &CheckLimits::new(rules)));
        }
        Err(error) => findings.push(
            Finding::problem(CHECK, format!("cannot read {shown}: {error}"))
                .mend(format!("sudo chown -R \"$USER\" {shown}")),
        ),
    }
    let superuser = directory.join(secret_files::SUPERUSER);
    if site.record().exists() && !superuser.exists() {
        findings.push(lost(site, &superuser));
    }
    findings
}

fn missing_directory(site: &Site) -> Finding {
    let superuser = site.project.secrets().join(secret_files::SUPERUSER);
    if site.record().exists() {
        return lost(site, &superuser);
    }
    Finding::ok(CHECK, "none yet; db-up generates them")
}

/// The server's data has a password that nobody knows any more.
fn lost(site: &Site, file: &Path) -> Finding {
    Finding::problem(
        CHECK,
        format!(
            "{} is gone, without which the server's data cannot be used",
            site.shown(file)
        ),
    )
    .mend("restore the file, or cargo xtask db-down --volumes")
}

fn of_files(site: &Site, files: &[PathBuf], limits: &CheckLimits) -> Vec<Finding> {
    let mut findings: Vec<Finding> = files
        .iter()
        .flat_map(|file| of_file(site, file, limits))
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            format!("{} file(s), private and strong", files.len()),
        ));
    }
    findings
}

fn of_file(site: &Site, file: &Path, limits: &CheckLimits) -> Vec<Finding> {
    let shown = site.shown(file);
    let open = mode(file).filter(|mode| is_open(*mode));
    if let Some(mode) = open {
        return vec![
            Finding::problem(
                CHECK,
                format!("{shown} is open to others (mode {mode:04o})"),
            )
            .mend(format!("chmod 600 {shown}")),
        ];
    }
    let finding = |found: FileFinding| {
        let detail = format!("{shown}: {}", found.message);
        let finding = match found.severity {
            Severity::Error => Finding::problem(CHECK, detail),
            Severity::Warning => Finding::warning(CHECK, detail),
        };
        match file.file_name().and_then(|name| name.to_str()) {
            // The server's data keeps the old one.
            Some(secret_files::SUPERUSER) | None => finding,
            Some(name) => finding.mend(format!(
                "howdah secrets generate --force {name} && cargo xtask db-up"
            )),
        }
    };
    check_file(file, limits, site.now)
        .into_iter()
        .map(finding)
        .collect()
}

/// Passwords; certificates and their keys are another matter.
fn files(directory: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let is_hidden = name.is_none_or(|name| name.starts_with('.'));
        let is_certificate = path
            .extension()
            .is_some_and(|end| end == "crt" || end == "key");
        if !is_hidden && !is_certificate && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
