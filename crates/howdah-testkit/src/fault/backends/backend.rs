use sqlx::Row;
use sqlx::postgres::PgRow;

/// One session, as the server saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Backend {
    /// Its process, in the server's own numbers.
    pub pid: i32,
    /// Its role.
    pub user: String,
    /// What it calls itself.
    pub application_name: String,
    /// What it does.
    pub doing: Doing,
    /// The sessions it waits for, if it is blocked.
    pub blocked_by: Vec<i32>,
}

/// What a session does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doing {
    /// It waits for its client, outside of a transaction.
    Idle,
    /// It waits for its client with a transaction open: its locks are held, and its snapshot keeps vacuum from working.
    IdleInTransaction,
    /// It runs a statement.
    Running,
    /// Its statement waits for a lock that another session holds.
    BlockedOnLock,
}

impl Backend {
    pub(crate) fn read(row: &PgRow) -> Result<Self, sqlx::Error> {
        let state: Option<String> = row.try_get("state")?;
        Ok(Self {
            pid: row.try_get("pid")?,
            user: row.try_get("usename")?,
            application_name: row.try_get("application_name")?,
            doing: match state.as_deref() {
                Some("idle") => Doing::Idle,
                Some(state) if state.starts_with("idle in transaction") => Doing::IdleInTransaction,
                _ if row.try_get("waits_for_lock")? => Doing::BlockedOnLock,
                _ => Doing::Running,
            },
            blocked_by: row.try_get("blocked_by")?,
        })
    }
}

/// For an error.
pub(crate) fn describe(backends: &[Backend]) -> String {
    if backends.is_empty() {
        return "no session".to_owned();
    }
    let each: Vec<String> = backends
        .iter()
        .map(|one| {
            let Backend {
                pid,
                user,
                application_name,
                doing,
                ..
            } = one;
            format!("{pid} of {user} ({application_name}): {doing:?}")
        })
        .collect();
    each.join(", ")
}
