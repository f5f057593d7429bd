use std::time::Duration;

use sqlx::postgres::PgRow;

use crate::simple_query::column;
use crate::{Act, Version};

/// One entry of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// When, as the server writes it, in UTC: `2026-01-31 12:00:00.123456`.
    pub at: String,
    /// What happened; `None`: something that a newer program has written.
    pub act: Option<Act>,
    /// To which migration.
    pub version: Option<Version>,
    /// Its description.
    pub description: String,
    /// The number of the statement in the file, from 1.
    pub statement: Option<u32>,
    /// How long it took.
    pub elapsed: Option<Duration>,
    /// Of a failure.
    pub sqlstate: Option<String>,
    /// What the server said of a failure, or what was done.
    pub message: Option<String>,
    /// Why somebody did it by hand.
    pub reason: Option<String>,
    /// The login.
    pub role: String,
    /// `application_name` of the session.
    pub application: Option<String>,
    /// The program's version, as [`Actor`](crate::Actor) has it.
    pub application_version: Option<String>,
    /// The machine, as [`Actor`](crate::Actor) has it.
    pub host: Option<String>,
    /// The person, as [`Actor`](crate::Actor) has it.
    pub person: Option<String>,
}

impl Entry {
    pub(crate) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        let act: String = column(row, "act")?;
        let version: Option<i64> = column(row, "version")?;
        let statement: Option<i32> = column(row, "statement")?;
        let elapsed: Option<i64> = column(row, "elapsed")?;
        Ok(Self {
            at: column(row, "at")?,
            act: Act::of(&act),
            version: version.and_then(Version::new),
            description: column(row, "description")?,
            statement: statement.and_then(|number| u32::try_from(number).ok()),
            elapsed: elapsed
                .and_then(|nanoseconds| u64::try_from(nanoseconds).ok())
                .map(Duration::from_nanos),
            sqlstate: column(row, "sqlstate")?,
            message: column(row, "message")?,
            reason: column(row, "reason")?,
            role: column(row, "role")?,
            application: column(row, "application")?,
            application_version: column(row, "application_version")?,
            host: column(row, "host")?,
            person: column(row, "person")?,
        })
    }
}
