use std::fmt;

use clap::Args;

/// Where the scratch database is made.
#[derive(Clone, Args)]
pub(crate) struct ShadowArgs {
    /// Who makes the scratch database, and on which server; default: `HOWDAH_SHADOW_URL`, or the login of the migrations
    #[arg(long, value_name = "URL", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub(crate) shadow_url: Option<String>,
}

impl fmt::Debug for ShadowArgs {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ShadowArgs").finish_non_exhaustive()
    }
}
