use std::fs;
use std::path::Path;

use crate::{Choice, Error, Request};

/// The major version of a seed that the request can be served with, by a server of the wanted version.
pub(crate) fn check(request: &Request, seed: &Path, wanted: Option<u16>) -> Result<u16, Error> {
    let refused = |problem: String, mend: &str| Error::Record {
        path: seed.to_owned(),
        problem,
        mend: mend.to_owned(),
        source: None,
    };
    let Some(found) = major(seed) else {
        return Err(refused(
            "is no data directory (there is no PG_VERSION in it)".to_owned(),
            "name one that `initdb` or an earlier server made",
        ));
    };
    if seed.join("postmaster.pid").exists() {
        return Err(refused(
            "belongs to a server that runs, or that was killed (there is a postmaster.pid in it)"
                .to_owned(),
            "stop that server first",
        ));
    }
    if request.choice == Choice::Container {
        return Err(refused(
            "is to be copied, and a container is asked for, which makes its own data".to_owned(),
            "ask for the local backend",
        ));
    }
    if let Some(wanted) = wanted.filter(|wanted| *wanted != found) {
        return Err(refused(
            format!("was made by PostgreSQL {found}, and version {wanted} is asked for"),
            "name a seed of that version",
        ));
    }
    Ok(found)
}

fn major(seed: &Path) -> Option<u16> {
    let text = fs::read_to_string(seed.join("PG_VERSION")).ok()?;
    text.trim().parse().ok()
}
