use super::finding::Finding;
use super::site::Site;
use crate::db::wishes::Wishes;

const CHECK: &str = "options";

/// What earlier runs of db-up asked for, and what that needs.
pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let wishes = match Wishes::remembered(&site.project) {
        Ok(wishes) if wishes == Wishes::default() => return Vec::new(),
        Ok(wishes) => wishes,
        Err(error) => {
            let file = site.project.state().join("options.json");
            let mend = format!("rm {}", site.shown(&file));
            return vec![Finding::problem(CHECK, error.to_string()).mend(mend)];
        }
    };
    let mut files: Vec<_> = wishes
        .config_file
        .iter()
        .chain(&wishes.hba_file)
        .cloned()
        .collect();
    if wishes.tls {
        let secrets = site.project.secrets();
        files.extend(["ca.crt", "server.crt", "server.key"].map(|name| secrets.join(name)));
    }
    let mut findings: Vec<Finding> = files
        .iter()
        .filter(|file| !file.exists())
        .map(|file| {
            let mend = if file.starts_with(site.project.secrets()) {
                "cargo xtask db-up --tls"
            } else {
                "cargo xtask db-up --plain"
            };
            Finding::problem(CHECK, format!("{} is gone", site.shown(file))).mend(mend)
        })
        .collect();
    if findings.is_empty() {
        findings.push(Finding::ok(CHECK, wishes.to_string()));
    }
    findings
}
