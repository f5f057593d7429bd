use crate::advisory_lock::{self, BEGIN, Scope};
use crate::message::Message;
use crate::pooling::backend;
use crate::run::{Hold, Run};
use crate::{Error, Migration, session};

impl Run<'_> {
    /// Begins a transaction as the owner, alone in the schema.
    pub(crate) async fn begin(&mut self, migration: Option<&Migration>) -> Result<(), Error> {
        let options = &self.migrator.options;
        let prepare = session::prepare(options, migration, self.is_watched);
        let conn = &mut self.conn;
        self.in_transaction = true;
        match self.hold {
            Hold::Transaction(key) => {
                let (scope, deadline) = (Scope::Transaction, options.lock_deadline);
                let acquiring = advisory_lock::acquire(conn, key, scope, deadline, self.on_event);
                self.waited += self.migrator.stop.or(acquiring).await??;
                self.backend.is(backend(conn).await?);
                prepare.send(conn).await
            }
            Hold::Session(key) => {
                let begin = Message::default().and("begin a transaction", BEGIN);
                let message = begin
                    .then(prepare)
                    .and("check the migration lock", advisory_lock::held(key));
                if message.ask(conn).await? {
                    Ok(())
                } else {
                    Err(Error::LockLost)
                }
            }
        }
    }

    /// Commits, after these statements, as the owner. An error comes with what the statement was for; `None` is the
    /// commit itself, where deferred constraints are checked.
    pub(crate) async fn commit(
        &mut self,
        statements: Message,
    ) -> Result<(), (Option<String>, sqlx::Error)> {
        let checks = "commit";
        // The driver takes no notification for an answer. What a file listens to is heard from its commit on.
        let statements = statements.and("stop listening", "unlisten *");
        let message = match self.hold {
            // What is checked must still see the settings of its file.
            Hold::Transaction(_) => {
                let statements = statements.and(checks, "set constraints all immediate");
                session::leave(session::forget(statements))
            }
            Hold::Session(_) => statements,
        };
        let sent = message.and(checks, "commit").try_send(&mut self.conn).await;
        sent.map_err(|(doing, error)| (Some(doing).filter(|doing| doing != checks), error))?;
        self.in_transaction = false;
        Ok(())
    }

    /// As [`Run::commit`], where a failure is none of a file.
    pub(crate) async fn commit_own(&mut self, statements: Message) -> Result<(), Error> {
        self.commit(statements).await.map_err(|(doing, error)| {
            Error::doing(doing.unwrap_or_else(|| "commit".to_owned()))(error)
        })
    }

    /// Statements of our own, which need no lock, after a file that may have set another role or other settings.
    pub(crate) async fn write(&mut self, statements: Message) -> Result<(), Error> {
        let options = &self.migrator.options;
        if let Hold::Session(_) = self.hold {
            // It begins the transaction, whatever the file has made the default of the session.
            let begin = Message::default().and("begin a transaction", "set transaction read write");
            let message = session::become_owner(begin, options);
            return message.then(statements).send(&mut self.conn).await;
        }
        self.in_transaction = true;
        let begin = Message::default().and("begin a transaction", BEGIN);
        let prepare = session::prepare(options, None, false);
        begin.then(prepare).send(&mut self.conn).await?;
        self.commit_own(statements).await
    }

    pub(crate) async fn roll_back(&mut self, migration: &Migration) -> Result<(), Error> {
        let doing = format!("roll back {}", migration.file());
        let message = Message::default().and(doing, "rollback");
        let message = match self.hold {
            Hold::Transaction(_) => session::forget_prepared(session::forget(message), migration),
            Hold::Session(_) => message,
        };
        message.send(&mut self.conn).await?;
        self.in_transaction = false;
        Ok(())
    }
}
