use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use futures_util::future::join_all;
use howdah_ident::SchemaName;
use sqlx::postgres::PgRow;
use sqlx::{Column as _, Connection as _, PgConnection, Postgres, Row as _, Type, TypeInfo as _};

use crate::pooling::pooling;
use crate::run::{Job, Run};
use crate::simple_query::{rows, run};
use crate::{Connector, Error, Event, Migrator, Options, Plan, Problem, Report};

/// The same migrations in many schemas of a database, a tenant in each, side by side.
///
/// One schema's failure is that schema's alone. Each has a ledger and a lock of its own, so a second call does what the
/// first one left, and touches nothing else. Only where no connection can be had, the rest is [`Error::NotTried`].
#[derive(Debug)]
pub struct Tenants<'a> {
    migrator: &'a Migrator,
    connector: Connector,
    schemas: Vec<SchemaName>,
    connections: usize,
}

/// What came out for one schema.
#[derive(Debug)]
#[non_exhaustive]
pub struct Tenant<T> {
    /// The schema.
    pub schema: SchemaName,
    /// Its own result.
    pub result: Result<T, Error>,
}

/// What an `apply` in many schemas tells while it runs.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum TenantEvent<'a> {
    /// What the run in this schema tells.
    Run(Event<'a>),
    /// That run has ended.
    Ended(&'a Result<Report, Error>),
}

impl Migrator {
    /// These migrations in each of these schemas, in place of that of the options.
    pub fn tenants(
        &self,
        connector: impl Into<Connector>,
        schemas: impl IntoIterator<Item = SchemaName>,
    ) -> Tenants<'_> {
        Tenants {
            migrator: self,
            connector: connector.into(),
            schemas: schemas.into_iter().collect(),
            connections: 4,
        }
    }

    /// The schemas that have a ledger, by name.
    ///
    /// # Errors
    /// [`Error::Database`].
    pub async fn schemas(&self, conn: &mut PgConnection) -> Result<Vec<SchemaName>, Error> {
        self.ledger().schemas(conn).await
    }

    /// The schemas that a query names in its first column, each once, in the order of the query. It runs in a read-only
    /// transaction. A schema that does not exist yet is as good as any.
    ///
    /// # Errors
    /// [`Error::Database`], [`Error::Schemas`] with what can be no schema, and if the first column is not text.
    pub async fn schemas_of(
        &self,
        conn: &mut PgConnection,
        query: &str,
    ) -> Result<Vec<SchemaName>, Error> {
        named_by(conn, query).await
    }
}

impl Tenants<'_> {
    /// How many connections are open at most; 4 if nothing else is said. Before that, there are two for a moment, to see
    /// whether a pooler stands in between; where a role may have no more than one, one will do.
    #[must_use]
    pub fn connections(self, connections: usize) -> Self {
        Self {
            connections,
            ..self
        }
    }

    /// What [`Migrator::plan`] says of each, in their order.
    pub async fn plan(self) -> Vec<Tenant<Plan>> {
        self.each(None, &Planning).await
    }

    /// What [`Migrator::apply`] does in each, in their order.
    pub async fn apply(
        self,
        on_event: impl FnMut(&SchemaName, TenantEvent<'_>) + Send,
    ) -> Vec<Tenant<Report>> {
        let first = look(&self.connector).await;
        let applying = Applying {
            connector: self.connector.clone(),
            on_event: Mutex::new(on_event),
        };
        self.each(first, &applying).await
    }

    async fn each<W: Work>(self, first: Option<PgConnection>, work: &W) -> Vec<Tenant<W::Made>> {
        let queue = Queue::new(&self.schemas);
        let workers = self.connections.clamp(1, self.schemas.len().max(1));
        let first = std::iter::once(first).chain(std::iter::repeat_with(|| None));
        let workers = first
            .take(workers)
            .map(|conn| self.work(&queue, conn, work));
        join_all(workers).await;
        queue.finish()
    }

    /// One connection, from one schema to the next.
    async fn work<W: Work>(
        &self,
        queue: &Queue<W::Made>,
        mut kept: Option<PgConnection>,
        work: &W,
    ) {
        while let Some((number, schema)) = queue.next() {
            if let Some(shared) = self.migrator.shared_ledger() {
                queue.end(number, schema, Err(shared));
                continue;
            }
            if let Err(stopped) = self.migrator.stop.check() {
                queue.end(number, schema, Err(stopped));
                continue;
            }
            let conn = match kept.take() {
                Some(conn) => Ok(conn),
                None => self.connector.connect().await,
            };
            let conn = match conn {
                Ok(conn) => conn,
                // Nobody knows whether the next would be luckier, and each try may take long.
                Err(error) => return queue.end(number, schema, Err(error)),
            };
            let result;
            (result, kept) = work
                .run(&self.migrator.in_schema(schema.clone()), conn)
                .await;
            queue.end(number, schema, result);
        }
        if let Some(conn) = kept {
            let closed = conn.close().await;
            tracing::trace!(?closed, "closed a connection of the migrations");
        }
    }
}

/// What is done in one schema; the connection comes back if it can be used again.
trait Work: Sync {
    type Made: Send;

    fn run(
        &self,
        migrator: &Migrator,
        conn: PgConnection,
    ) -> impl Future<Output = (Result<Self::Made, Error>, Option<PgConnection>)> + Send;
}

struct Planning;

impl Work for Planning {
    type Made = Plan;

    async fn run(
        &self,
        migrator: &Migrator,
        mut conn: PgConnection,
    ) -> (Result<Plan, Error>, Option<PgConnection>) {
        let plan = migrator.plan(&mut conn).await;
        let is_usable = !plan.as_ref().is_err_and(Error::is_of_connection);
        (plan, is_usable.then_some(conn))
    }
}

struct Applying<F> {
    connector: Connector,
    on_event: Mutex<F>,
}

impl<F: FnMut(&SchemaName, TenantEvent<'_>) + Send> Work for Applying<F> {
    type Made = Report;

    async fn run(
        &self,
        migrator: &Migrator,
        conn: PgConnection,
    ) -> (Result<Report, Error>, Option<PgConnection>) {
        let schema = &migrator.options.schema;
        let tell = |event: TenantEvent<'_>| locked(&self.on_event)(schema, event);
        let mut tell_run = |event: Event<'_>| tell(TenantEvent::Run(event));
        let ran = Run::on(migrator, &self.connector, conn, Job::Apply, &mut tell_run).await;
        tell(TenantEvent::Ended(&ran.0));
        ran
    }
}

/// The schemas that wait, and the results of the others.
struct Queue<T> {
    waiting: Mutex<VecDeque<(usize, SchemaName)>>,
    done: Mutex<Vec<(usize, Tenant<T>)>>,
}

impl<T> Queue<T> {
    fn new(schemas: &[SchemaName]) -> Self {
        Self {
            waiting: Mutex::new(schemas.iter().cloned().enumerate().collect()),
            done: Mutex::default(),
        }
    }

    fn next(&self) -> Option<(usize, SchemaName)> {
        locked(&self.waiting).pop_front()
    }

    fn end(&self, number: usize, schema: SchemaName, result: Result<T, Error>) {
        locked(&self.done).push((number, Tenant { schema, result }));
    }

    fn finish(self) -> Vec<Tenant<T>> {
        while let Some((number, schema)) = self.next() {
            self.end(number, schema, Err(Error::NotTried));
        }
        let mut done = std::mem::take(&mut *locked(&self.done));
        done.sort_by_key(|(number, _)| *number);
        done.into_iter().map(|(_, tenant)| tenant).collect()
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Migrator {
    /// What one tenant has applied would seem to be applied in all of them.
    fn shared_ledger(&self) -> Option<Error> {
        let ledger = &self.options.ledger;
        ledger.schema()?;
        let message = "many schemas need a ledger each, and this one is named with its schema: \
                       name the table alone";
        Some(Error::Refused {
            problems: vec![Problem::new(format!("ledger {ledger}"), message)],
        })
    }

    fn in_schema(&self, schema: SchemaName) -> Self {
        let options = Options {
            schema,
            ..self.options.clone()
        };
        self.clone().with_options(options)
    }
}

async fn named_by(conn: &mut PgConnection, query: &str) -> Result<Vec<SchemaName>, Error> {
    let doing = || Error::doing("ask which schemas there are");
    run(conn, "begin read only").await.map_err(doing())?;
    let found = rows(conn, query).await;
    run(conn, "rollback").await.map_err(doing())?;
    let found = found.map_err(doing())?;
    if let Some(problem) = found.first().and_then(no_text) {
        return Err(Error::Schemas {
            problems: vec![problem],
        });
    }
    let mut seen = BTreeSet::new();
    let mut names = Vec::new();
    let mut problems = Vec::new();
    for row in found {
        let name: Option<String> = row.try_get(0).map_err(doing())?;
        match name.as_deref().map(str::parse::<SchemaName>) {
            Some(Ok(name)) => {
                if seen.insert(name.clone()) {
                    names.push(name);
                }
            }
            Some(Err(error)) => {
                let name = format!("schema {:?}", name.unwrap_or_default());
                problems.push(Problem::new(name, error.to_string()));
            }
            None => problems.push(Problem::new("a schema", "it is null".to_owned())),
        }
    }
    if problems.is_empty() {
        Ok(names)
    } else {
        Err(Error::Schemas { problems })
    }
}

/// What the first column is, if it cannot hold names.
fn no_text(row: &PgRow) -> Option<Problem> {
    const PLACE: &str = "the query for the schemas";
    let Some(column) = row.columns().first() else {
        let message = "it has no column: the first one must be the names of the schemas";
        return Some(Problem::new(PLACE, message));
    };
    let found = column.type_info();
    let is_text = <String as Type<Postgres>>::compatible(found);
    (!is_text).then(|| {
        let message = format!(
            "its first column, {:?}, is of the type {}: it must be text, the names of the schemas",
            column.name(),
            found.name().to_lowercase()
        );
        Problem::new(PLACE, message)
    })
}

/// What is wrong here will be wrong again, and is told then.
async fn look(connector: &Connector) -> Option<PgConnection> {
    let mut conn = connector.connect().await.ok()?;
    pooling(connector, &mut conn).await.ok()?;
    Some(conn)
}
