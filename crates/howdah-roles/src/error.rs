use std::time::Duration;

use crate::Problem;

/// Why the roles cannot be read, changed or verified. No variant holds a password.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A name of the layout cannot be used.
    #[error("the roles cannot be laid out: {why}")]
    Layout {
        /// What is wrong, and what to do.
        why: String,
    },
    /// A password cannot be stored as a SCRAM verifier.
    #[error("the password of role {role:?} cannot be used: {why}")]
    Password {
        /// The role.
        role: String,
        /// What is wrong, without showing it.
        why: &'static str,
    },
    /// A manifest is wrong; all problems are listed.
    #[error("the manifest has {} problem(s):\n{}", .problems.len(), lines(.problems))]
    Manifest {
        /// Each with its place in the manifest.
        problems: Vec<Problem>,
    },
    /// The role that makes the changes may not make them all, or the server cannot. Nothing was changed.
    #[error("nothing was changed, because this is missing:\n{}", .lacking.join("\n"))]
    Lacking {
        /// Each right that is missing, and whom it is missing to.
        lacking: Vec<String>,
    },
    /// Another run holds the lock.
    #[error("another run still changes the roles of this server after {waited:?} ({holder})")]
    Locked {
        /// How long this run waited.
        waited: Duration,
        /// Who holds the lock.
        holder: String,
    },
    /// A catalog query failed.
    #[error("cannot read {what}")]
    Read {
        /// What was to be read.
        what: &'static str,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// A statement of the plan failed; the transaction it stood in is rolled back.
    #[error("failed: {statement}{}", in_the_way(.blockers))]
    Statement {
        /// The statement, with the password hidden.
        statement: String,
        /// When it waited for a lock too long: the sessions that kept it waiting, if they are still there.
        blockers: Vec<String>,
        /// What the driver says.
        #[source]
        source: sqlx::Error,
    },
    /// The server took statements and did not do what they say (a `grant` without grant option only warns).
    #[error("{} difference(s) are left after the change, the first: {}", .left.len(), .left.first().map_or("", String::as_str))]
    NotEffective {
        /// The steps that a new plan would still take.
        left: Vec<String>,
    },
}

impl Error {
    /// The SQLSTATE of the server's answer, if there is one.
    pub fn sqlstate(&self) -> Option<String> {
        match self {
            Self::Read { source, .. } | Self::Statement { source, .. } => sqlstate(source),
            _ => None,
        }
    }

    pub(crate) fn read(what: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self::Read { what, source }
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn in_the_way(blockers: &[String]) -> String {
    if blockers.is_empty() {
        return String::new();
    }
    format!(
        " (in the way: {}; try again when it has ended, or end it with pg_terminate_backend)",
        blockers.join("; ")
    )
}

/// Two sessions changed one row of the catalog at once: the same again can succeed. PostgreSQL has no code of its own
/// for that.
pub(crate) fn is_race(error: &Error) -> bool {
    let Error::Statement { source, .. } = error else {
        return false;
    };
    let Some(answer) = source.as_database_error() else {
        return false;
    };
    match answer.code().as_deref() {
        Some("XX000") => answer.message().contains("tuple concurrently"),
        Some("23505") => answer
            .constraint()
            .is_some_and(|index| index.starts_with("pg_")),
        Some("42704") => answer.message().contains("concurrently"),
        Some("40001" | "40P01") => true,
        _ => false,
    }
}

/// Something was made or dropped since the plan: a new plan knows.
pub(crate) fn is_stale(error: &Error) -> bool {
    let made = ["42710", "42P04", "42P06"];
    let gone = ["42704", "42883", "42P01", "3F000"];
    error
        .sqlstate()
        .is_some_and(|code| made.contains(&code.as_str()) || gone.contains(&code.as_str()))
}

pub(crate) fn sqlstate(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
}
