//! What `pg_dump` writes of a schema becomes a migration that makes the same, also elsewhere.

use howdah_ident::SchemaName;
use howdah_migrate::{Beside, Catalog, Migrations, Migrator, script_of_dump};
use howdah_testkit::TestServer;

use crate::fingerprint::{assert_same, every_kind};
use crate::support::{TestDb, database, execute, ignore};

const WEIRD: &str = "My \"App\"";

#[expect(clippy::disallowed_methods, reason = "pg_dump is a program")]
async fn dump(db: &TestDb, schema: &SchemaName, flag: &str) -> String {
    let server = TestServer::shared().await.unwrap();
    let login = server.superuser("postgres".parse().unwrap());
    let (host, port) = match server.container_id() {
        Some(_) => ("127.0.0.1".to_owned(), 5432),
        None => (login.host.host.clone(), login.host.port),
    };
    let script = format!(
        "export PATH=/usr/lib/postgresql/{}/bin:$PATH PGUSER={} PGPASSWORD='{}' PGHOST={host} PGPORT={port}; \
         exec pg_dump {flag} --schema-only --no-owner --schema='{schema}' {}",
        server.major(),
        login.user.as_str(),
        login.password.expose(),
        db.name(),
    );
    let mut program = vec!["sh", "-c", &script];
    if let Some(id) = server.container_id() {
        program.splice(0..0, ["docker", "exec", id]);
    }
    let mut command = std::process::Command::new(program[0]);
    let output = command.args(&program[1..]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn every_kind_of_object_comes_through() {
    for (from, to) in [("app", "app"), ("app", WEIRD), (WEIRD, "app")] {
        let (original, copy) = (database().await, database().await);
        let (from, to): (SchemaName, SchemaName) = (from.parse().unwrap(), to.parse().unwrap());
        let mut conn = original.connect().await;
        every_kind(&mut conn, &from).await;
        let more = format!(
            "set search_path to {from}; create extension hstore;
             create table bags (h hstore default 'a=>1'); create index on bags using gin (h);
             insert into bags default values; reset search_path"
        );
        execute(&mut conn, &more).await;
        let wanted = Catalog::read(&mut conn, &from).await.unwrap();

        let mut options = original.options();
        options.role = None;
        options.schema = from.clone();
        let migrator = Migrator::new(Migrations::default(), options.clone());
        let beside = Beside::read(&mut conn, &migrator).await.unwrap();
        assert_eq!(beside.rows, ["bags"]);
        // Grants on the schema itself name it, so they stay with it.
        let flag = if from == to { "" } else { "--no-privileges" };
        let dump = dump(&original, &from, flag).await;
        let script = script_of_dump(&dump, &beside, &from, None);
        options.schema = to.clone();
        // A server is no part of a schema.
        let far = "create foreign data wrapper none; create server far foreign data wrapper none";
        execute(&mut copy.connect().await, far).await;
        let file = Migrations::single("1_all.sql", &script).unwrap();
        Migrator::new(file, options)
            .apply(copy.connect().await, ignore)
            .await
            .unwrap_or_else(|error| panic!("{}\n{script}", crate::support::chain(&error)));
        let found = Catalog::read(&mut copy.connect().await, &to).await.unwrap();
        if from == to {
            assert_same(&wanted, &found);
        }
        assert_same(&wanted.without_privileges(), &found.without_privileges());
    }
}
