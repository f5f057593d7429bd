mod mark;

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::Value;
use sqlx::PgConnection;

pub(crate) use mark::{MARK, Mark};

/// Why the code of a migration failed: any error, also one of sqlx by `?`.
pub type CodeError = Box<dyn StdError + Send + Sync>;

/// A migration that is Rust code.
///
/// Its place in the order is that of a file in the directory, its stub, which has the mark `-- howdah: code NAME` in
/// front of everything else. The ledger's row has the checksum of that file, so that sqlx takes it for one of its own.
/// Whoever applies the directory without the code is told so, and nothing runs. sqlx knows no marks and would run the
/// stub: let it raise an exception, in a `do` that stands alone behind the mark.
///
/// The code runs in the transaction of the migration, as the role of the options, with only the schema on the search
/// path. A transaction that it begins with `conn.begin()` is a savepoint. After a lock conflict it runs again. What it
/// sets in the session is reset before the next migration. If it commits or rolls back, that is an error: the ledger
/// could not be kept in step.
///
/// What is too long for one transaction is a [`BatchMigration`].
///
/// ```no_run
/// use howdah_migrate::{CodeError, CodeMigration, Migrations};
/// use sqlx::{PgConnection, Row as _};
///
/// /// `migrations/20260101000002_slugs.sql`: `-- howdah: code slugs`
/// struct Slugs;
///
/// impl CodeMigration for Slugs {
///     async fn run(&self, conn: &mut PgConnection) -> Result<(), CodeError> {
///         let rows = sqlx::query("select id, title from articles").fetch_all(&mut *conn).await?;
///         for row in rows {
///             let title: String = row.try_get("title")?;
///             sqlx::query("update articles set slug = $1 where id = $2")
///                 .bind(title.to_lowercase().replace(' ', "-"))
///                 .bind(row.try_get::<i64, _>("id")?)
///                 .execute(&mut *conn)
///                 .await?;
///         }
///         Ok(())
///     }
/// }
///
/// # fn example() -> Result<(), howdah_migrate::Error> {
/// let migrations = Migrations::read("migrations")?.with_code("slugs", Slugs)?;
/// # Ok(())
/// # }
/// ```
pub trait CodeMigration: Send + Sync + 'static {
    /// Does it. An implementation is an `async fn`.
    fn run(&self, conn: &mut PgConnection) -> impl Future<Output = Result<(), CodeError>> + Send;
}

/// A migration that is Rust code and too long for one transaction.
///
/// Its stub starts with `-- no-transaction`, and the mark follows. Each batch is a transaction together with the
/// checkpoint that it returns. A run that was killed goes on behind the last checkpoint, so that each batch has its
/// effect once. All else is as in [`CodeMigration`].
///
/// ```no_run
/// use howdah_migrate::{BatchMigration, CodeError, Migrations};
/// use serde_json::{Value, json};
/// use sqlx::PgConnection;
///
/// /// `migrations/20260101000003_totals.sql`: `-- no-transaction`, and `-- howdah: code totals` below it
/// struct Totals;
///
/// impl BatchMigration for Totals {
///     async fn batch(
///         &self,
///         conn: &mut PgConnection,
///         last: Option<Value>,
///     ) -> Result<Option<Value>, CodeError> {
///         let last = last.and_then(|last| last.as_i64()).unwrap_or(0);
///         let sql = "with batch as (select id from orders where id > $1 order by id limit 1000), \
///                    done as (update orders set total = net + tax where id in (select id from batch)) \
///                    select max(id) from batch";
///         let newest: Option<i64> = sqlx::query_scalar(sql).bind(last).fetch_one(conn).await?;
///         Ok(newest.map(|newest| json!(newest)))
///     }
/// }
///
/// # fn example() -> Result<(), howdah_migrate::Error> {
/// let migrations = Migrations::read("migrations")?.with_batches("totals", Totals)?;
/// # Ok(())
/// # }
/// ```
pub trait BatchMigration: Send + Sync + 'static {
    /// Does the next batch, behind the checkpoint that the one before it returned; the first one has none. `None`:
    /// nothing is left. An implementation is an `async fn`.
    fn batch(
        &self,
        conn: &mut PgConnection,
        last: Option<Value>,
    ) -> impl Future<Output = Result<Option<Value>, CodeError>> + Send;
}

/// What runs in place of a stub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Code {
    pub(crate) name: String,
    /// `None`: this program does not have it.
    pub(crate) body: Option<Body>,
}

impl Code {
    /// What the file is a stub of.
    pub(crate) fn of(sql: &str) -> Option<Self> {
        match Mark::of(sql) {
            Mark::Code(name) => Some(Self {
                name: name.to_owned(),
                body: None,
            }),
            Mark::None | Mark::Wrong(..) => None,
        }
    }
}

/// Either kind of code: the whole is one batch, the last one.
#[derive(Clone)]
pub(crate) struct Body(Arc<dyn Erased>);

type Ran<'c> = Pin<Box<dyn Future<Output = Result<Option<Value>, CodeError>> + Send + 'c>>;

trait Erased: Send + Sync {
    fn run<'c>(&'c self, conn: &'c mut PgConnection, last: Option<Value>) -> Ran<'c>;
}

struct Whole<C>(C);

impl<C: CodeMigration> Erased for Whole<C> {
    fn run<'c>(&'c self, conn: &'c mut PgConnection, _last: Option<Value>) -> Ran<'c> {
        Box::pin(async { self.0.run(conn).await.map(|()| None) })
    }
}

struct Batches<C>(C);

impl<C: BatchMigration> Erased for Batches<C> {
    fn run<'c>(&'c self, conn: &'c mut PgConnection, last: Option<Value>) -> Ran<'c> {
        Box::pin(self.0.batch(conn, last))
    }
}

impl Body {
    pub(crate) fn whole(code: impl CodeMigration) -> Self {
        Self(Arc::new(Whole(code)))
    }

    pub(crate) fn batches(code: impl BatchMigration) -> Self {
        Self(Arc::new(Batches(code)))
    }

    /// Returns where the next batch goes on, if there is one.
    pub(crate) async fn run(
        &self,
        conn: &mut PgConnection,
        last: Option<Value>,
    ) -> Result<Option<Value>, CodeError> {
        self.0.run(conn, last).await
    }
}

impl PartialEq for Body {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Body {}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Body")
    }
}
