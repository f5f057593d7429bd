use howdah_pool::Login;

use super::finding::Finding;
use super::site::{Site, in_full};
use crate::db::migrate;
use crate::db::secrets::{Missing, Secrets};
use crate::{Output, settings};

const CHECK: &str = "database";
const UP: &str = "cargo xtask db-up";

/// Logs in as the migrator, and looks which migrations are pending.
pub(crate) async fn check(site: &Site, port: u16) -> Vec<Finding> {
    let Some(loaded) = &site.loaded else {
        return Vec::new();
    };
    let planned = async {
        let layout = settings::layout(loaded)?;
        let output = &mut Output::silent();
        let secrets = Secrets::resolve(&site.project, loaded, Missing::Refuse, output)?;
        let user = layout.migrator().clone();
        let login = Login::local(port, layout.database().clone(), user, secrets.migrator);
        migrate::plan(&login, loaded, &layout).await
    };
    vec![match planned.await {
        Err(error) => Finding::problem(CHECK, in_full(&error)).mend(UP),
        Ok(outcome) if outcome.pending > 0 => {
            let detail = format!("{} migration(s) are pending", outcome.pending);
            Finding::warning(CHECK, detail).mend(UP)
        }
        Ok(outcome) => {
            let name = loaded.database.name.as_str();
            Finding::ok(
                CHECK,
                format!(
                    "{name} answers; all {} migration(s) are applied",
                    outcome.total
                ),
            )
        }
    }]
}
