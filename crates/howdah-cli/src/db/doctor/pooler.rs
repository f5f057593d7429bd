use super::finding::Finding;
use super::site::{Site, in_full};
use crate::db::pooler;
use crate::db::wishes::Wishes;

const CHECK: &str = "pgbouncer";
const UP: &str = "cargo xtask db-up";

/// `PgBouncer`, if there is one or there should be.
pub(crate) async fn check(site: &Site) -> Vec<Finding> {
    let wished = Wishes::remembered(&site.project).is_ok_and(|wishes| wishes.pgbouncer.is_some());
    match pooler::status(&site.project) {
        Ok(None) if !wished => Vec::new(),
        Ok(None) => vec![Finding::warning(CHECK, "is not there").mend(UP)],
        Ok(Some(status)) if status.pid.is_some() => {
            let log = site.shown(&status.log);
            vec![Finding::ok(
                CHECK,
                format!("runs on port {}, and logs to {log}", status.port),
            )]
        }
        Ok(Some(_)) if site.server_runs().await => {
            vec![Finding::warning(CHECK, "does not run, and the server does").mend(UP)]
        }
        Ok(Some(_)) => vec![Finding::ok(CHECK, "is stopped").mend(UP)],
        Err(error) => {
            vec![Finding::problem(CHECK, in_full(&error)).mend("cargo xtask db-up --plain")]
        }
    }
}
