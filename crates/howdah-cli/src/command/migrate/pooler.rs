use howdah_migrate::Error as MigrateError;

/// Why `database.direct_url` does not help.
pub(super) const BY_URL: &str = "the address is that of a connection URL (`--url`, or `DATABASE_URL` where there are no \
     settings), which overrides `database.direct_url`: give the server's own address there";

/// What needs a session of the server, and the URL that was given leads to a pooler.
#[derive(Debug, thiserror::Error)]
#[error("{BY_URL}")]
pub(super) struct UrlOfPooler {
    source: MigrateError,
}

impl UrlOfPooler {
    pub(super) fn new(source: MigrateError) -> Self {
        Self { source }
    }
}
