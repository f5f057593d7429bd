use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::binaries::Binaries;

/// The directory of the newest server binaries of this computer and their major version; `None` if there are none.
pub async fn local_binaries(environment: &BTreeMap<String, String>) -> Option<(PathBuf, u16)> {
    let found = Binaries::find(environment).await;
    found
        .into_iter()
        .max_by_key(|binaries| binaries.major)
        .map(|binaries| (binaries.directory, binaries.major))
}
