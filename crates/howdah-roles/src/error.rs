use std::time::Duration;

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
    /// The role that makes the changes may not make them.
    #[error(
        "{user:?} is not a superuser, and laying out roles needs one: connect as the server's administrator"
    )]
    NotPrivileged {
        /// The role that is connected.
        user: String,
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
    #[error("failed: {statement}")]
    Statement {
        /// The statement, with the password hidden.
        statement: String,
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

pub(crate) fn sqlstate(error: &sqlx::Error) -> Option<String> {
    error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code)
        .map(std::borrow::Cow::into_owned)
}
