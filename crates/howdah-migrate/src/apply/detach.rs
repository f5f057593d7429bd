use super::no_transaction::Work;
use crate::concurrent_detach::{ConcurrentDetach, Ending};
use crate::fill::fill;
use crate::ledger::literal;
use crate::run::Run;
use crate::simple_query::{column, rows, run, speak_utf8};
use crate::{Error, Failure};

/// What a failed `detach partition ... concurrently` is told with that got half way.
const HALF_WAY: &str = "the partition is marked as detached, which nothing takes back: run again, and the detach is \
     finalized";

/// How far a partition is away from its table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Link {
    Attached,
    /// The first half of a concurrent detach is done.
    Pending,
    Gone,
}

/// A table and what is, or was, a partition of it.
#[derive(Debug)]
struct Pair {
    partition: String,
    parent: String,
    /// The partition with its schema, as SQL has it.
    name: String,
    /// The statement for the second half.
    finalize: String,
    link: Link,
}

/// The same before the statement began, as the log has it.
#[derive(Debug)]
struct Before {
    partition: String,
    parent: String,
    link: Link,
}

impl Run<'_> {
    /// What the catalog knows of the partition before the statement begins, for the log.
    pub(super) async fn partition(&mut self, work: &Work<'_>) -> Result<Option<String>, Error> {
        let Some(detach) = ConcurrentDetach::of(work.statement) else {
            return Ok(None);
        };
        let pair = self.by_name(&detach).await?;
        Ok(pair.as_ref().and_then(Before::render))
    }

    /// Finalizes what the interrupted statement began. What it ended is as the log and the catalog say together: the
    /// partition was one, both tables are there, and it is none any more.
    pub(super) async fn has_detached(
        &mut self,
        work: &Work<'_>,
        detach: &ConcurrentDetach,
    ) -> Result<bool, Error> {
        let before = self.before_detach(work).await?;
        let now = match &before {
            Some(before) => self.by_id(before).await?,
            None => self.by_name(detach).await?,
        };
        let Some(now) = now else {
            return Ok(false);
        };
        // Without an entry it is another program that began, and that may have been interrupted as we are.
        let began_here = before
            .as_ref()
            .is_none_or(|before| before.link == Link::Attached);
        match now.link {
            Link::Gone if before.is_some() => {
                let name = &now.name;
                self.repaired(
                    work.step,
                    &format!("the partition {name} was detached: went on behind it"),
                );
                Ok(true)
            }
            Link::Pending if began_here && detach.ending == Ending::Concurrently => {
                self.finalize(work, &now).await?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Whether a statement that failed has done its first half, and this run began it.
    pub(super) async fn is_half_detached(
        &mut self,
        work: &Work<'_>,
    ) -> Result<Option<&'static str>, Error> {
        if ConcurrentDetach::of(work.statement).is_none() {
            return Ok(None);
        }
        let before = self.before_detach(work).await?;
        let Some(before) = before.filter(|before| before.link == Link::Attached) else {
            return Ok(None);
        };
        let now = self.by_id(&before).await?;
        let is_pending = now.is_some_and(|now| now.link == Link::Pending);
        Ok(is_pending.then_some(HALF_WAY))
    }

    async fn finalize(&mut self, work: &Work<'_>, pair: &Pair) -> Result<(), Error> {
        speak_utf8(&mut self.conn, &pair.finalize)
            .await
            .map_err(Error::doing("set up the session"))?;
        run(&mut self.conn, &*pair.finalize)
            .await
            .map_err(|error| Error::Migration {
                failure: Box::new(Failure::of_statement(
                    work.migration,
                    work.statement,
                    &error,
                )),
            })?;
        let name = &pair.name;
        self.repaired(
            work.step,
            &format!("finalized the detach of the partition {name}"),
        );
        Ok(())
    }

    async fn before_detach(&mut self, work: &Work<'_>) -> Result<Option<Before>, Error> {
        let journal = self.journal(work.migration).await?;
        Ok(journal.before(work.number).and_then(Before::parse))
    }

    async fn by_name(&mut self, detach: &ConcurrentDetach) -> Result<Option<Pair>, Error> {
        let oid = |name: &str| format!("pg_catalog.to_regclass({})", literal(name));
        self.pair(&oid(&detach.partition), &oid(&detach.parent))
            .await
    }

    async fn by_id(&mut self, before: &Before) -> Result<Option<Pair>, Error> {
        self.pair(&before.partition, &before.parent).await
    }

    /// `None`: one of the two tables is not there.
    async fn pair(&mut self, partition: &str, parent: &str) -> Result<Option<Pair>, Error> {
        let doing = || Error::doing("look for the partition");
        let values = [("partition", partition), ("parent", parent)];
        let sql = fill(include_str!("../../sql/partition.sql"), &values);
        let found = rows(&mut self.conn, sql).await.map_err(doing())?;
        let pair = |row| {
            let link = match (column(row, "is_attached")?, column(row, "is_pending")?) {
                (false, _) => Link::Gone,
                (true, true) => Link::Pending,
                (true, false) => Link::Attached,
            };
            Ok(Pair {
                partition: column(row, "partition")?,
                parent: column(row, "parent")?,
                name: column(row, "name")?,
                finalize: column(row, "finalize")?,
                link,
            })
        };
        found.first().map(pair).transpose().map_err(doing())
    }
}

impl Before {
    /// `None`: it is no partition of this table, which the server will say.
    fn render(pair: &Pair) -> Option<String> {
        let link = match pair.link {
            Link::Attached => "attached",
            Link::Pending => "pending",
            Link::Gone => return None,
        };
        Some(format!("{link} {} {}", pair.partition, pair.parent))
    }

    fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let link = match words.next()? {
            "attached" => Link::Attached,
            "pending" => Link::Pending,
            _ => return None,
        };
        let mut id = || {
            let number: u32 = words.next()?.parse().ok()?;
            Some(number.to_string())
        };
        Some(Self {
            partition: id()?,
            parent: id()?,
            link,
        })
    }
}
