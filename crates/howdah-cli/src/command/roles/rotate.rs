use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use howdah_ident::RoleName;
use howdah_pool::connect;
use howdah_roles::{OldSession, Rotation, lock, unlock};
use howdah_secrets::{Rules, Secret, SecretDir, generate, read_file, write_together};
use serde_json::{Value, json};
use sqlx::PgConnection;
use tokio::time::sleep;

use super::admin::Admin;
use crate::args::RotateArgs;
use crate::{Error, Exit, Output};

const STEP: &str = "rotating the password";
const LOCK_DEADLINE: Duration = Duration::from_secs(30);
/// Between two looks at the sessions.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a session that was told to end may take.
const END: Duration = Duration::from_secs(10);
const USERNAME: &str = "username";
const PASSWORD: &str = "password";
/// Empty, for a moment.
const DRAFT: &str = "..howdah_draft";

pub(super) async fn run(
    admin: &Admin,
    args: &RotateArgs,
    is_production: bool,
    output: &mut Output,
) -> Result<Exit, Error> {
    if is_production && !args.yes {
        return Err(Error::NotConfirmed(
            "this is production, where services depend on this password: say --yes".to_owned(),
        ));
    }
    let mut connection = admin.cluster().await?;
    lock(&mut connection, LOCK_DEADLINE)
        .await
        .map_err(Error::step(STEP))?;
    let report = rotate(admin, args, &mut connection, output).await?;
    unlock(&mut connection).await.map_err(Error::step(STEP))?;
    output
        .result(&report, &report.json())
        .map_err(Error::step("printing the result"))?;
    Ok(report.exit())
}

async fn rotate(
    admin: &Admin,
    args: &RotateArgs,
    connection: &mut PgConnection,
    output: &mut Output,
) -> Result<Report, Error> {
    let rotation = plan(args, connection).await?;
    if args.finish {
        let rotation = rotation.last_turn();
        return end_turn(&rotation, args, None, connection, output).await;
    }
    refuse_left_over(&rotation, connection).await?;
    check_writable(&args.secret)?;
    let old = hand_over(admin, &rotation, args, connection, output).await?;
    end_turn(&rotation, args, Some(old), connection, output).await
}

async fn plan(args: &RotateArgs, connection: &mut PgConnection) -> Result<Rotation, Error> {
    if args.single {
        refuse_oneself(&args.role, connection).await?;
        let rotation = Rotation::single(connection, &args.role).await;
        return rotation.map_err(Error::step(STEP));
    }
    let active = active(&args.secret)?;
    let rotation = Rotation::pair(connection, &args.role, active.as_ref())
        .await
        .map_err(Error::step(STEP))?;
    match rotation.old() {
        Some(old) if active.is_none() => Err(Error::NotConfirmed(format!(
            "{} has no file `{USERNAME}`, and {} has its turn: a service that reads another directory would lose its login; if this is the one, write {} into that file",
            args.secret.display(),
            old.as_str(),
            old.as_str()
        ))),
        _ => Ok(rotation),
    }
}

/// The sessions that are to go would be those of this run.
async fn refuse_oneself(role: &RoleName, connection: &mut PgConnection) -> Result<(), Error> {
    let oneself: String = sqlx::query_scalar("select session_user::text")
        .fetch_one(connection)
        .await
        .map_err(Error::step(STEP))?;
    if oneself == role.as_str() {
        return Err(Error::NotConfirmed(format!(
            "{oneself} makes this change, and would take its own password away from itself: change it as somebody else, or with psql's \\password"
        )));
    }
    Ok(())
}

/// Before anything is changed on the server.
fn check_writable(secret: &Path) -> Result<(), Error> {
    SecretDir::open(secret).map_err(Error::step(STEP))?;
    let draft = secret.join(DRAFT);
    std::fs::write(&draft, []).map_err(Error::file(&draft))?;
    std::fs::remove_file(&draft).map_err(Error::file(&draft))
}

/// Whom the service was told last.
fn active(secret: &Path) -> Result<Option<RoleName>, Error> {
    let file = secret.join(USERNAME);
    if !file.exists() {
        return Ok(None);
    }
    // No secret: it is read as leniently as the rules allow.
    let (name, _warnings) = read_file(&file, Rules::Development).map_err(Error::step(STEP))?;
    let name = name.expose().parse().map_err(Error::step(STEP))?;
    Ok(Some(name))
}

async fn refuse_left_over(rotation: &Rotation, connection: &mut PgConnection) -> Result<(), Error> {
    let left = rotation
        .left_over(connection)
        .await
        .map_err(Error::step(STEP))?;
    if left.is_empty() {
        return Ok(());
    }
    Err(Error::NotConfirmed(format!(
        "{} still has {} session(s) from its last turn: {}; when they are gone, or with `--finish --end-sessions`, the next turn can begin",
        rotation.next().as_str(),
        left.len(),
        listed(&left)
    )))
}

/// The new password: on the server, tried, and then where the service reads it. Returns the sessions of before.
async fn hand_over(
    admin: &Admin,
    rotation: &Rotation,
    args: &RotateArgs,
    connection: &mut PgConnection,
    output: &mut Output,
) -> Result<Vec<OldSession>, Error> {
    let next = rotation.next();
    output.begin(format_args!("giving {} a new password", next.as_str()));
    let password = generate().map_err(Error::step(STEP))?;
    let changed = Instant::now();
    let old = rotation
        .prepare(connection, &password)
        .await
        .map_err(Error::step(STEP))?;
    if rotation.is_pair() {
        // With a single login every moment counts; here nobody is told of a password that does not work.
        try_out(admin, next, &password).await?;
    }
    let user = Secret::new(next.as_str());
    let files = [(USERNAME, &user), (PASSWORD, &password)];
    write_together(&args.secret, &files).map_err(Error::step(STEP))?;
    let place = args.secret.display();
    if rotation.is_pair() {
        output.done(format_args!("{} is in {place}", next.as_str()));
    } else {
        let window = changed.elapsed().as_millis();
        output.done(format_args!(
            "the new password of {} is in {place}; from {window} ms before now until the service reads it, new connections with the old one are refused",
            next.as_str()
        ));
    }
    Ok(old)
}

async fn try_out(admin: &Admin, login: &RoleName, password: &Secret) -> Result<(), Error> {
    let way = admin.login_of(login, password.clone())?;
    match connect(&way).await {
        Ok(connection) => {
            drop(sqlx::Connection::close(connection).await);
            Ok(())
        }
        // The login itself was taken: what is refused is this database.
        Err(error) if error.sqlstate().as_deref() == Some("42501") => Ok(()),
        Err(error) => Err(Error::step(STEP)(error)),
    }
}

/// Waits for the old sessions, and switches the old login off when there are none.
async fn end_turn(
    rotation: &Rotation,
    args: &RotateArgs,
    old: Option<Vec<OldSession>>,
    connection: &mut PgConnection,
    output: &mut Output,
) -> Result<Report, Error> {
    output.begin("waiting for the sessions of before");
    let known = old.as_deref();
    let mut left = until_ended(rotation, args, known, connection, output).await?;
    let is_off = left.is_empty() && rotation.is_pair() && rotation.old().is_some();
    if is_off {
        let retired = rotation.retire(connection).await;
        retired.map_err(Error::step(STEP))?;
        // A service may have begun one with the old login after the last look. There will be no more.
        left = until_ended(rotation, args, known, connection, output).await?;
    }
    if left.is_empty() {
        output.done("no session of before is left");
    } else {
        output.undone(format_args!("{} session(s) of before are left", left.len()));
    }
    Ok(Report {
        login: rotation.next().clone(),
        old: rotation.old().cloned(),
        is_pair: rotation.is_pair(),
        is_off,
        left,
    })
}

/// Waits for them, and ends those that are left if that is wanted.
async fn until_ended(
    rotation: &Rotation,
    args: &RotateArgs,
    known: Option<&[OldSession]>,
    connection: &mut PgConnection,
    output: &mut Output,
) -> Result<Vec<OldSession>, Error> {
    let wait = Duration::from_secs(args.wait);
    let left = until_gone(rotation, known, wait, connection, output).await?;
    if left.is_empty() || !args.end_sessions {
        return Ok(left);
    }
    let end = rotation.end(connection, &left).await;
    end.map_err(Error::step(STEP))?;
    until_gone(rotation, known, END, connection, output).await
}

async fn until_gone(
    rotation: &Rotation,
    known: Option<&[OldSession]>,
    wait: Duration,
    connection: &mut PgConnection,
    output: &mut Output,
) -> Result<Vec<OldSession>, Error> {
    let deadline = Instant::now().checked_add(wait);
    loop {
        let mut left = rotation
            .old_sessions(connection)
            .await
            .map_err(Error::step(STEP))?;
        if !rotation.is_pair() {
            // Of one login, those that were there before are the old ones.
            left.retain(|session| {
                known.is_some_and(|known| known.iter().any(|one| one.pid == session.pid))
            });
        }
        if left.is_empty() || deadline.is_none_or(|deadline| deadline <= Instant::now()) {
            return Ok(left);
        }
        output.step(format_args!(
            "waiting for {} session(s) of before: {}",
            left.len(),
            listed(&left)
        ));
        sleep(PAUSE).await;
    }
}

fn listed(sessions: &[OldSession]) -> String {
    let shown: Vec<String> = sessions.iter().take(3).map(ToString::to_string).collect();
    let more = sessions.len().saturating_sub(shown.len());
    match more {
        0 => shown.join(", "),
        _ => format!("{} and {more} more", shown.join(", ")),
    }
}

struct Report {
    login: RoleName,
    old: Option<RoleName>,
    is_pair: bool,
    is_off: bool,
    left: Vec<OldSession>,
}

impl Report {
    fn exit(&self) -> Exit {
        if self.left.is_empty() {
            Exit::Ok
        } else {
            Exit::Pending
        }
    }

    fn json(&self) -> Value {
        let left = self.left.iter().map(|session| {
            json!({
                "pid": session.pid,
                "application_name": session.application_name,
                "client": session.client,
                "database": session.database,
            })
        });
        json!({
            "login": self.login.as_str(),
            "old": self.old.as_ref().map(RoleName::as_str),
            "switched_off": self.is_off,
            "left": left.collect::<Vec<_>>(),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} is the login of now", self.login.as_str())?;
        if let Some(old) = self.old.as_ref().filter(|_| self.is_pair) {
            let state = if self.is_off {
                "switched off"
            } else {
                "still on"
            };
            writeln!(f, "{} is {state}", old.as_str())?;
        }
        for session in &self.left {
            writeln!(f, "left: {session}")?;
        }
        if !self.left.is_empty() && !self.is_off && self.is_pair {
            writeln!(
                f,
                "when they are gone: the same with --finish; or --finish --end-sessions"
            )?;
        }
        Ok(())
    }
}
