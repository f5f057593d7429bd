use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::binaries::{Binaries, OLDEST};

/// The directory of this computer's newest server binaries and their major version; `None` if there are none that are
/// supported.
pub async fn local_binaries(environment: &BTreeMap<String, String>) -> Option<(PathBuf, u16)> {
    let found = Binaries::find(environment).await;
    found
        .into_iter()
        .filter(|binaries| binaries.major >= OLDEST)
        .max_by_key(|binaries| binaries.major)
        .map(|binaries| (binaries.directory, binaries.major))
}
