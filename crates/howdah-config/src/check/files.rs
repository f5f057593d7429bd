//! The files that settings name: better missed now than at the first connection.

use std::path::Path;

use super::Check;
use crate::Problem;
use crate::file::why_unreadable;

const FILES: [&str; 3] = [
    "database.tls.root_cert",
    "database.tls.cert",
    "database.tls.key",
];

impl Check<'_> {
    pub(super) fn files(&self) -> Vec<Problem> {
        let missing = FILES.iter().filter_map(|path| {
            let text = self.merged.text(path).filter(|text| !text.is_empty())?;
            let message = why_unusable(&self.sources.resolve(Path::new(text)))?;
            Some(self.problem(path, message))
        });
        missing.collect()
    }
}

fn why_unusable(path: &Path) -> Option<String> {
    match path.metadata() {
        Ok(metadata) if metadata.is_file() => None,
        Ok(_) => Some("is not a file".to_owned()),
        Err(error) => Some(why_unreadable(&error)),
    }
}
