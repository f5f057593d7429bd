use super::finding::Finding;
use super::site::{Site, in_full};
use crate::db::replica;
use crate::db::wishes::Wishes;

const CHECK: &str = "standby";
const UP: &str = "cargo xtask db-up";

/// The standby, if there is one or there should be.
pub(crate) async fn check(site: &Site) -> Vec<Finding> {
    let wished = Wishes::remembered(&site.project).is_ok_and(|wishes| wishes.replica);
    let found = howdah_server::status(&replica::directory(&site.project), &site.environment).await;
    match found {
        Ok(None) if !wished => Vec::new(),
        Ok(None) => vec![Finding::warning(CHECK, "is not there").mend(UP)],
        Ok(Some(status)) => vec![match status.port.filter(|_| status.running) {
            Some(port) => Finding::ok(CHECK, format!("runs on port {port}")),
            None if site.server_runs().await => {
                Finding::warning(CHECK, "does not run, and the server does").mend(UP)
            }
            None => Finding::ok(CHECK, "is stopped").mend(UP),
        }],
        Err(error) => {
            vec![Finding::problem(CHECK, in_full(&error)).mend("cargo xtask db-up --plain")]
        }
    }
}
