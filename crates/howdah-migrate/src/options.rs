use std::time::Duration;

use howdah_ident::{RoleName, SchemaName};

use crate::{Actor, OutOfOrder, Target};

/// Where migrations run, as whom, and how long they may wait.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Options {
    /// The one schema on the search path, which also holds the ledger.
    pub schema: SchemaName,
    /// The role that will own what the migrations make; `None`: the one that is logged in.
    pub role: Option<RoleName>,
    /// The longest wait for the migration lock, and for the table locks of one migration over all its retries.
    pub lock_deadline: Duration,
    /// The longest wait for one table lock: everybody else queues behind that wait. Zero: no limit.
    pub lock_timeout: Duration,
    /// The longest run of one statement. Zero: no limit.
    pub statement_timeout: Duration,
    /// Whether a schema that is not there is created; it needs the right to create one in the database. If not, that is
    /// an error: the name may be a slip.
    pub create_schema: bool,
    /// Who runs them, for the log.
    pub actor: Actor,
    /// What becomes of a migration that is older than the newest one applied.
    pub out_of_order: OutOfOrder,
    /// How far an `apply` goes.
    pub target: Target,
}

impl Options {
    /// For `schema`, created if it is not there: no role, 5 minutes for the lock, 5 seconds for a table lock, no limit for a statement,
    /// strict order, all the way.
    pub fn new(schema: SchemaName) -> Self {
        Self {
            schema,
            role: None,
            lock_deadline: Duration::from_mins(5),
            lock_timeout: Duration::from_secs(5),
            statement_timeout: Duration::ZERO,
            create_schema: true,
            actor: Actor::default(),
            out_of_order: OutOfOrder::Refuse,
            target: Target::Newest,
        }
    }
}
