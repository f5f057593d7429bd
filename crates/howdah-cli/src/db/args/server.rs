use std::path::PathBuf;

use clap::{Args, ValueEnum};
use serde::{Deserialize, Serialize};

/// What the server of `db-up` has besides a version and a port. It is remembered: a later plain `db-up` keeps it.
#[derive(Debug, Clone, Default, Args)]
#[non_exhaustive]
pub struct ServerArgs {
    /// Offer TLS, with a certificate of an authority of this project; the URLs then say sslmode=verify-full.
    /// This and the next five are remembered: a later plain db-up keeps them
    #[arg(long)]
    pub tls: bool,
    /// A standby that follows the server, for reading; its URL is `DATABASE_REPLICA_URL`
    #[arg(long)]
    pub replica: bool,
    /// A `PgBouncer` in front of the server, in mode transaction unless another is named; its URL is
    /// `DATABASE_POOLED_URL`
    #[arg(long, value_name = "MODE", value_enum, num_args = 0..=1, default_missing_value = "transaction")]
    pub pgbouncer: Option<PoolMode>,
    /// A setting of the server, as in `--set work_mem=64MB`; may be given more than once
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub settings: Vec<(String, String)>,
    /// A `postgresql.conf` on top of the server's own
    #[arg(long, value_name = "FILE")]
    pub config_file: Option<PathBuf>,
    /// A `pg_hba.conf` in place of the server's own
    #[arg(long, value_name = "FILE")]
    pub hba_file: Option<PathBuf>,
    /// Forget what earlier runs asked for: only the options of this run hold
    #[arg(long)]
    pub plain: bool,
}

/// When a client of `PgBouncer` gives its connection to the server back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PoolMode {
    /// After each transaction
    Transaction,
    /// When the client goes
    Session,
    /// After each statement
    Statement,
}

impl PoolMode {
    /// As on the command line, and in `pgbouncer.ini`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Transaction => "transaction",
            Self::Session => "session",
            Self::Statement => "statement",
        }
    }
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("write a name and a value, as in work_mem=64MB")?;
    let name = name.trim();
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    if name.is_empty() || !name.chars().all(is_name) {
        return Err(format!("{name:?} is not the name of a setting"));
    }
    if name.eq_ignore_ascii_case("port") {
        return Err("the port is chosen with --port".to_owned());
    }
    Ok((name.to_ascii_lowercase(), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_has_a_name_and_a_value() {
        let parsed = setting("Work_Mem=64MB").unwrap();
        assert_eq!(parsed, ("work_mem".to_owned(), "64MB".to_owned()));
        assert_eq!(setting("my.app=a=b").unwrap().1, "a=b");
        for wrong in ["work_mem", "=1", "a b=1", "port=5432"] {
            assert!(setting(wrong).is_err(), "{wrong}");
        }
    }
}
