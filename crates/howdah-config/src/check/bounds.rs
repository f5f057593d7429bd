//! The bounds of single values, checked by validator. Its errors carry the rejected value: nothing here is a secret.

use std::time::Duration;

use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use super::Check;
use crate::settings::Limits;
use crate::{Problem, duration, value};

/// Durations are compared in milliseconds.
type Milliseconds = Option<u64>;

#[derive(Validate)]
struct StandardPool {
    #[validate(range(min = 1, max = 100, message = "1..=100"))]
    size: Option<u64>,
    #[validate(range(max = 100, message = "0..=100"))]
    overflow: Option<u64>,
    #[validate(range(min = 1, max = 100, message = "1..=100"))]
    max_idle: Option<u64>,
    #[validate(range(min = 1, max = 10_000, message = "1..=10000"))]
    instances: Option<u64>,
    #[validate(range(min = 1_000, max = 300_000, message = "1s..=300s"))]
    acquire_timeout: Milliseconds,
    #[validate(range(min = 300_000, max = 7_200_000, message = "300s..=7200s"))]
    max_lifetime: Milliseconds,
    #[validate(range(min = 1_000, max = 7_200_000, message = "1s..=7200s"))]
    idle_timeout: Milliseconds,
}

#[derive(Validate)]
struct ExtendedPool {
    #[validate(range(min = 1, max = 1_000, message = "1..=1000"))]
    size: Option<u64>,
    #[validate(range(max = 999, message = "0..=999"))]
    overflow: Option<u64>,
    #[validate(range(min = 1, max = 100, message = "1..=100"))]
    max_idle: Option<u64>,
    #[validate(range(min = 1, max = 10_000, message = "1..=10000"))]
    instances: Option<u64>,
    #[validate(range(min = 1_000, max = 300_000, message = "1s..=300s"))]
    acquire_timeout: Milliseconds,
    #[validate(range(min = 60_000, max = 86_400_000, message = "60s..=86400s"))]
    max_lifetime: Milliseconds,
    #[validate(range(min = 1_000, max = 7_200_000, message = "1s..=7200s"))]
    idle_timeout: Milliseconds,
}

/// The server takes these as a number of milliseconds below 2^31.
/// <https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT>
#[derive(Validate)]
struct Session {
    /// Its length in bytes; the server cuts longer names without a word.
    #[validate(range(max = 63, message = "1 to 63 bytes"))]
    application_name: Option<u64>,
    #[validate(range(max = 2_073_600_000, message = "0s..=24 days"))]
    statement_timeout: Milliseconds,
    #[validate(range(max = 2_073_600_000, message = "0s..=24 days"))]
    lock_timeout: Milliseconds,
    #[validate(range(min = 100, max = 300_000, message = "100ms..=300s"))]
    connect_timeout: Milliseconds,
}

#[derive(Validate)]
struct Secrets {
    #[validate(range(min = 100, max = 300_000, message = "100ms..=300s"))]
    command_timeout: Milliseconds,
}

impl Check<'_> {
    pub(super) fn bounds(&self) -> Vec<Problem> {
        let secrets = Secrets {
            command_timeout: self.milliseconds("database.secrets.command_timeout"),
        };
        let session = Session {
            application_name: self
                .merged
                .text("database.session.application_name")
                .map(byte_length),
            statement_timeout: self.milliseconds("database.session.statement_timeout"),
            lock_timeout: self.milliseconds("database.session.lock_timeout"),
            connect_timeout: self.milliseconds("database.session.connect_timeout"),
        };
        let mut problems = self.problems("database.secrets", &secrets.validate());
        problems.extend(self.problems("database.session", &session.validate()));
        problems.extend(self.pool());
        problems
    }

    /// Without usable `limits` there are no bounds to check.
    pub(super) fn pool(&self) -> Vec<Problem> {
        let limits = self
            .merged
            .text("database.pool.limits")
            .and_then(Limits::from_word);
        let size = self.number("database.pool.size");
        let overflow = self.number("database.pool.overflow");
        let max_idle = self.number("database.pool.max_idle");
        let instances = self.number("database.pool.instances");
        let acquire_timeout = self.milliseconds("database.pool.acquire_timeout");
        let max_lifetime = self.milliseconds("database.pool.max_lifetime");
        let idle_timeout = self.milliseconds("database.pool.idle_timeout");
        let checked = match limits {
            None => Ok(()),
            Some(Limits::Standard) => StandardPool {
                size,
                overflow,
                max_idle,
                instances,
                acquire_timeout,
                max_lifetime,
                idle_timeout,
            }
            .validate(),
            Some(Limits::Extended) => ExtendedPool {
                size,
                overflow,
                max_idle,
                instances,
                acquire_timeout,
                max_lifetime,
                idle_timeout,
            }
            .validate(),
        };
        self.problems("database.pool", &checked)
    }

    fn number(&self, path: &str) -> Option<u64> {
        self.get(path, value::integer)
    }

    fn milliseconds(&self, path: &str) -> Milliseconds {
        let duration: Duration = self.get(path, duration::parse)?;
        Some(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX))
    }

    /// validator keeps its errors in a hash map: they are sorted by the name of the field.
    fn problems(&self, section: &str, checked: &Result<(), ValidationErrors>) -> Vec<Problem> {
        let Err(errors) = checked else {
            return Vec::new();
        };
        let mut fields: Vec<_> = errors.errors().iter().collect();
        fields.sort_by_key(|(field, _)| field.to_string());
        let messages = fields.into_iter().flat_map(|(field, kind)| match kind {
            ValidationErrorsKind::Field(errors) => errors
                .iter()
                .filter_map(|error| Some((field.as_ref(), error.message.as_deref()?)))
                .collect(),
            ValidationErrorsKind::Struct(_) | ValidationErrorsKind::List(_) => Vec::new(),
        });
        messages
            .map(|(field, bound)| {
                let problem = self.problem(&format!("{section}.{field}"), "is out of range");
                problem.expected(bound)
            })
            .collect()
    }
}

fn byte_length(text: &str) -> u64 {
    u64::try_from(text.len()).unwrap_or(u64::MAX)
}
