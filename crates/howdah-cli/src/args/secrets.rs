use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Subcommand};

use super::not_a_url;

#[derive(Debug, Clone, Subcommand)]
pub(crate) enum SecretsCommand {
    /// Make the secret files that are missing; what is there stays
    Generate(GenerateArgs),
    /// Strength, age and permissions of secret files, and how long certificates are valid;
    /// exit code 1 when one cannot be used, 3 when one should be changed
    Check(CheckArgs),
}

#[derive(Debug, Clone, Args)]
pub(crate) struct GenerateArgs {
    /// app, migrator, `read_only` (the files that `db-up` reads), or any other file name; default: those three
    #[arg(value_parser = not_a_url::name())]
    pub(crate) names: Vec<String>,
    /// The directory; default: .howdah/secrets beside the settings file
    #[arg(long, value_name = "DIR", value_parser = not_a_url::path())]
    pub(crate) dir: Option<PathBuf>,
    /// Replace the files that are there, after a backup
    #[arg(long)]
    pub(crate) force: bool,
    /// Make a development certificate authority and a server certificate too
    #[cfg(feature = "certificates")]
    #[arg(long)]
    pub(crate) certificates: bool,
    /// A name or an address of the server besides localhost; may be given more than once
    #[cfg(feature = "certificates")]
    #[arg(long, value_name = "NAME", requires = "certificates", value_parser = not_a_url::name())]
    pub(crate) host: Vec<String>,
}

#[derive(Debug, Clone, Args)]
pub(crate) struct CheckArgs {
    /// The files; default: those that the settings name, and those of the directory
    #[arg(value_parser = not_a_url::path())]
    pub(crate) paths: Vec<PathBuf>,
    /// The directory; default: .howdah/secrets beside the settings file, if it is there
    #[arg(long, value_name = "DIR", conflicts_with = "paths", value_parser = not_a_url::path())]
    pub(crate) dir: Option<PathBuf>,
    /// How long ago a secret may have been changed, as in 90d; default: no limit
    #[arg(long, value_name = "TIME", value_parser = age)]
    pub(crate) max_age: Option<Duration>,
    /// How many characters a secret must have
    #[arg(long, value_name = "N", default_value_t = 24)]
    pub(crate) min_length: usize,
    /// How long before its end a certificate is reported
    #[cfg(feature = "certificates")]
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = age)]
    pub(crate) warn_before: Duration,
}

/// A whole number of days, hours, minutes or seconds.
fn age(text: &str) -> Result<Duration, String> {
    let unit = match text.chars().next_back() {
        Some('d') => 86_400,
        Some('h') => 3_600,
        Some('m') => 60,
        Some('s') => 1,
        _ => return Err("write a number with d, h, m or s, as in 90d".to_owned()),
    };
    let number = text.get(..text.len().saturating_sub(1)).unwrap_or_default();
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("write a number with d, h, m or s, as in 90d".to_owned());
    }
    let seconds = number.parse().ok().and_then(|n: u64| n.checked_mul(unit));
    seconds
        .map(Duration::from_secs)
        .ok_or_else(|| "is no number, or too long".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_is_a_number_with_its_unit() {
        assert_eq!(age("90d"), Ok(Duration::from_hours(2_160)));
        assert_eq!(age("12h"), Ok(Duration::from_hours(12)));
        for text in ["", "90", "d", "-1d", "1.5d", "1é", "99999999999999999999d"] {
            assert!(age(text).is_err(), "{text}");
        }
    }
}
