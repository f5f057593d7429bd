use std::fmt::Write as _;

use howdah_ident::{DatabaseName, RoleName};
use howdah_roles::Names;

use crate::Error;

const STEP: &str = "naming a test database";

/// A database of the kit, by name.
pub(crate) fn database(name: &str) -> Result<DatabaseName, Error> {
    name.parse().map_err(Error::step(STEP))
}

/// Random: processes that share a server need not know of each other.
pub(crate) fn random() -> Result<String, Error> {
    let mut bytes = [0; 6];
    getrandom::fill(&mut bytes).map_err(Error::step(STEP))?;
    Ok(hexadecimal(&bytes))
}

/// Two digits a byte.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _infallible = write!(text, "{byte:02x}");
        text
    })
}

/// What the roles of all databases of one template are named after.
pub(crate) fn shared_roles(fingerprint: &str) -> String {
    format!("howdah_test_{fingerprint}")
}

/// The roles named after `prefix`, for a layout.
pub(crate) fn of_layout(prefix: &str) -> Result<Names, Error> {
    let role = |suffix| role(prefix, suffix);
    Ok(Names {
        owner: role("owner")?,
        migrator: role("migrator")?,
        app: role("app")?,
        read_only: role("reader")?,
    })
}

/// All of them, members before the roles they are members of.
pub(crate) fn roles(prefix: &str) -> Result<Vec<RoleName>, Error> {
    ["migrator", "app", "reader", "owner_rw", "owner_ro", "owner"]
        .into_iter()
        .map(|suffix| role(prefix, suffix))
        .collect()
}

fn role(prefix: &str, suffix: &str) -> Result<RoleName, Error> {
    RoleName::new(format!("{prefix}_{suffix}")).map_err(Error::step(STEP))
}
