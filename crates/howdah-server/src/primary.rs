//! What is done on a primary, for one of its replicas.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use howdah_config::Tls;
use howdah_ident::{Ident, Literal};
use howdah_pool::Login;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection};

use crate::container::Container;
use crate::context::Call;
use crate::engine::Engine;
use crate::ready::{Cause, superuser};
use crate::record::{Place, Record};
use crate::replica::{PASSFILE, Upstream, name, not_running};
use crate::{Error, status};

/// So that a password that is set is in no log, whatever the server logs otherwise.
const QUIETLY: &str = "set log_statement = 'none'; set log_min_duration_statement = -1; \
    set log_min_error_statement = 'panic'; set log_parameter_max_length_on_error = 0";
/// Roles of replicas whose directory was removed: a slot is made before its role.
const FORGET_LOST: &str = r"do $$
    declare lost name;
    begin
        for lost in
            select rolname
            from pg_catalog.pg_roles
            where rolname like 'howdah\_replica\_%'
                and not exists (select from pg_catalog.pg_replication_slots where slot_name = rolname)
        loop
            execute format('drop role %I', lost);
        end loop;
    end $$";
const FLOORS: &str = "
    select name, setting
    from pg_catalog.pg_settings
    where name in (
        'max_connections', 'max_worker_processes', 'max_wal_senders',
        'max_prepared_transactions', 'max_locks_per_transaction'
    )";
/// Podman's words where a container has no network but the rootless one (slirp4netns, pasta).
const NO_BRIDGE: &str = "invalid network mode";

/// Finds the primary running, and makes on it what the replica needs; nothing if the replica is `complete`.
pub(crate) async fn prepare(
    call: &Call<'_>,
    directory: &Path,
    complete: bool,
) -> Result<Upstream, Error> {
    let environment = &call.request.environment;
    let found = status(directory, environment).await?;
    let port = found
        .filter(|found| found.running)
        .and_then(|found| found.port);
    let (Some(port), Some(record)) = (port, Record::load(directory)?) else {
        return Err(not_running(directory, "holds no running server"));
    };
    let name = name(call.directory);
    let failed = |source: Cause| Error::NotReady {
        why: format!(
            "in {}, the primary, cannot be prepared for a replica",
            directory.display()
        ),
        waited: call.deadline.elapsed(),
        log: Vec::new(),
        source: Some(source),
    };
    let mut connection = connect(call, port).await.map_err(failed)?;
    let at_least: Vec<(String, String)> = sqlx::query_as(FLOORS)
        .fetch_all(&mut connection)
        .await
        .map_err(|error| failed(error.into()))?;
    if !complete {
        reserve(call, &mut connection, &name)
            .await
            .map_err(failed)?;
    }
    let (host, port) = match &record.place {
        Place::Local { .. } => ("127.0.0.1".to_owned(), port),
        Place::Container {
            engine,
            address,
            name,
            image,
        } => {
            let engine = Engine::recorded(engine, address.as_deref(), environment)?;
            let container = Container::new(engine, name, image);
            container
                .join_own_network()
                .await
                .map_err(|error| joined_too_late(directory, &container, error))?;
            container.let_replicas_in().await?;
            (name.clone(), 5432)
        }
    };
    reload(connection).await.map_err(failed)?;
    Ok(Upstream {
        directory: directory.to_owned(),
        host,
        port,
        name,
        at_least: at_least.into_iter().collect::<BTreeMap<_, _>>(),
    })
}

/// Rootless Podman lets a container into a network only when it is made; the network is there by now, so that the next
/// container of this primary is made in it.
fn joined_too_late(directory: &Path, container: &Container, error: Error) -> Error {
    if !error.to_string().contains(NO_BRIDGE) {
        return error;
    }
    let (engine, name) = (container.engine_name(), container.name());
    Error::Record {
        path: Record::path(directory),
        problem: format!(
            "describes the container {name}, which rootless {engine} lets into no network any more"
        ),
        mend: format!(
            "`{engine} rm --force {name}` (its data stays, in a volume), start the primary again, then the replica"
        ),
        source: Some(Box::new(error)),
    }
}

/// Whether the server on this port receives what its primary writes.
pub(crate) async fn is_streaming(call: &Call<'_>, port: u16) -> Result<bool, Cause> {
    let mut connection = connect(call, port).await?;
    let streams =
        "select exists (select from pg_catalog.pg_stat_wal_receiver where status = 'streaming')";
    let streams = sqlx::query_scalar(streams)
        .persistent(false)
        .fetch_one(&mut connection)
        .await?;
    connection.close().await?;
    Ok(streams)
}

pub(crate) async fn drop_slot(login: &Login, name: &str) -> Result<(), Cause> {
    let mut connection = howdah_pool::connect(login).await?;
    let drop = "select pg_catalog.pg_drop_replication_slot(slot_name) \
        from pg_catalog.pg_replication_slots where slot_name = $1";
    sqlx::query(drop)
        .bind(name)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

/// A slot, so that the primary keeps what the replica has not seen, and a role that may replicate and nothing else.
async fn reserve(call: &Call<'_>, connection: &mut PgConnection, name: &str) -> Result<(), Cause> {
    sqlx::raw_sql(QUIETLY).execute(&mut *connection).await?;
    // An earlier attempt that was interrupted may still be copying.
    for statement in [
        "select pg_catalog.pg_terminate_backend(active_pid) \
         from pg_catalog.pg_replication_slots where slot_name = $1 and active",
        "select pg_catalog.pg_create_physical_replication_slot($1, true) \
         where not exists (select from pg_catalog.pg_replication_slots where slot_name = $1)",
    ] {
        sqlx::query(statement)
            .bind(name)
            .execute(&mut *connection)
            .await?;
    }
    sqlx::raw_sql(FORGET_LOST).execute(&mut *connection).await?;
    let random = howdah_secrets::generate()?;
    let password: String = random
        .expose()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let exists: bool =
        sqlx::query_scalar("select exists (select from pg_catalog.pg_roles where rolname = $1)")
            .bind(name)
            .fetch_one(&mut *connection)
            .await?;
    let verb = if exists { "alter" } else { "create" };
    let (role, literal) = (Ident::new(name)?, Literal::new(&password)?);
    let sql = format!("{verb} role {role} with login replication password {literal}");
    sqlx::raw_sql(AssertSqlSafe(sql))
        .execute(&mut *connection)
        .await?;
    write_passfile(call, name, &password)?;
    Ok(())
}

fn write_passfile(call: &Call<'_>, name: &str, password: &str) -> Result<(), Error> {
    let (path, draft) = (
        call.directory.join(PASSFILE),
        call.directory.join("replica.pgpass.new"),
    );
    let mut options = fs::File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
        .open(&draft)
        .and_then(|mut file| writeln!(file, "*:*:*:{name}:{password}"))
        .and_then(|()| fs::rename(&draft, &path))
        .map_err(Error::file("write", &path))
}

async fn connect(call: &Call<'_>, port: u16) -> Result<PgConnection, Cause> {
    let mut login = superuser(port, call)?;
    login.tls = Tls::default();
    Ok(howdah_pool::connect(&login).await?)
}

async fn reload(mut connection: PgConnection) -> Result<(), Cause> {
    sqlx::query("select pg_catalog.pg_reload_conf()")
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: &str) -> String {
        let podman = Engine::new("podman", "/bin/podman".into(), None, &BTreeMap::new());
        let container = Container::new(podman, "howdah-pasta-1", "howdah-postgres:17");
        let error = Error::Command {
            command: "/bin/podman network connect howdah-pasta-1-net howdah-pasta-1".to_owned(),
            problem: format!("failed: {words}"),
            source: None,
        };
        joined_too_late(Path::new("/shop/.howdah"), &container, error).to_string()
    }

    #[test]
    fn a_container_of_rootless_podman_is_to_be_made_anew() {
        let expected = "/shop/.howdah/server.json describes the container howdah-pasta-1, which rootless podman lets \
            into no network any more: `podman rm --force howdah-pasta-1` (its data stays, in a volume), start the \
            primary again, then the replica";
        for mode in ["slirp4netns", "pasta"] {
            let words = format!("Error: \"{mode}\" is not supported: invalid network mode");
            assert_eq!(said(&words), expected);
        }
    }

    #[test]
    fn another_failure_to_connect_a_network_stays_what_it_is() {
        let words = said("Error: netavark: iptables: not found");
        assert!(words.ends_with("netavark: iptables: not found"), "{words}");
    }
}
