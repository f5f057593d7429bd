//! The comparison is a function of two values, and needs no server.

use std::collections::{BTreeMap, BTreeSet};

use expect_test::{Expect, expect};
use howdah_ident::Ident;

use super::{database, server};
use crate::catalog::{
    Acl, Catalog, Executor, Extension, Grant, Inside, Kind, Leaving, Objects, Role, Schema,
    Verifiers,
};
use crate::difference::Difference;
use crate::privilege::{Grantee, Privilege};
use crate::{Manifest, Mode, Passwords, Wanted};

const SHOP: &str = r#"{
  "roles": {
    "o": {}, "rw": {}, "ro": {},
    "app": { "login": true, "password": "unmanaged", "member_of": { "rw": { "set": false } }, "settings": { "statement_timeout": "30s" } },
    "report": { "login": true, "password": "unmanaged", "member_of": { "ro": {}, "pg_read_all_data": {} } }
  },
  "databases": { "d": {
    "owner": "o",
    "grants": { "rw": ["connect"], "ro": ["connect"] },
    "extensions": { "citext": "app", "pg_stat_statements": null, "absent": null },
    "schemas": { "app": { "owner": "o", "access": { "rw": "write", "ro": "read" } } }
  } }
}"#;

fn wanted(text: &str) -> Wanted {
    let manifest: Manifest = serde_json::from_str(text).unwrap();
    Wanted::try_from(&manifest).unwrap()
}

fn ident(name: &str) -> Ident {
    name.parse().unwrap()
}

/// A fresh server, with one database of somebody else's.
fn fresh(major: i32) -> Catalog {
    let superuser = Role {
        superuser: true,
        login: true,
        inherit: true,
        connection_limit: -1,
        usable: true,
        administered: true,
        ..Role::default()
    };
    Catalog {
        executor: Executor {
            name: ident("postgres"),
            database: ident("d"),
            version: major * 10_000,
            now: 1_798_761_600,
            reads_verifiers: true,
            restricts_passwords: false,
            refuses_verifiers: false,
        },
        roles: [(ident("postgres"), superuser)].into(),
        memberships: Vec::new(),
        settings: Vec::new(),
        parameters: [("statement_timeout".to_owned(), false)].into(),
        databases: BTreeMap::new(),
        verifiers: Verifiers::default(),
        leaving: Leaving::default(),
        inside: Inside {
            extensions: [
                ("citext".to_owned(), extension(true)),
                ("pg_stat_statements".to_owned(), extension(false)),
            ]
            .into(),
            ..Inside::default()
        },
    }
}

fn extension(trusted: bool) -> Extension {
    Extension {
        schema: None,
        trusted,
    }
}

/// With roles that are as `create role` makes them.
fn with_roles(mut catalog: Catalog, names: &[&str]) -> Catalog {
    for name in names {
        let role = Role {
            inherit: true,
            connection_limit: -1,
            administered: true,
            ..Role::default()
        };
        catalog.roles.insert(ident(name), role);
    }
    catalog
}

fn acl(items: &[(&str, &[Privilege])]) -> Acl {
    granted_by("o", items)
}

fn granted_by(owner: &str, items: &[(&str, &[Privilege])]) -> Acl {
    let mut grants = BTreeSet::new();
    for (grantee, privileges) in items {
        for privilege in *privileges {
            let grantee = if grantee.is_empty() {
                Grantee::Public
            } else {
                Grantee::Role(ident(grantee))
            };
            grants.insert(Grant {
                grantee,
                privilege: *privilege,
                grantor: ident(owner),
                grantable: false,
            });
        }
    }
    Acl(grants)
}

fn text(found: &Difference) -> String {
    let mut lines: Vec<String> = found
        .changes
        .iter()
        .map(crate::change::Change::sentence)
        .collect();
    for (title, sentences) in [
        ("drift", &found.drift),
        ("impossible", &found.impossible),
        ("lacking", &found.lacking),
        ("warning", &found.warnings),
    ] {
        lines.extend(
            sentences
                .iter()
                .map(|sentence| format!("{title}: {sentence}")),
        );
    }
    lines.join("\n")
}

fn expect_server(catalog: &Catalog, mode: Mode, expected: &Expect) {
    let found = server(&wanted(SHOP), catalog, &Passwords::default(), mode).unwrap();
    expected.assert_eq(&text(&found));
}

fn expect_database(catalog: &Catalog, mode: Mode, expected: &Expect) {
    expected.assert_eq(&text(&database(&wanted(SHOP), catalog, mode)));
}

#[test]
fn a_fresh_server_gets_everything() {
    expect_server(
        &fresh(18),
        Mode::Additive,
        &expect![[r#"
        + database d
        + role app: login
        + role o: nologin
        + role report: login
        + role ro: nologin
        + role rw: nologin
        + report is a member of pg_read_all_data (INHERIT, SET)
        + report is a member of ro (INHERIT, SET)
        + app is a member of rw (INHERIT)
        ~ database d: owner o instead of postgres
        ~ role app: statement_timeout = 30s
        lacking: a server with the role "pg_read_all_data", for report (this is PostgreSQL 18)
        warning: report is a member of pg_read_all_data, which is a master key: it reads every table of every database, the stored passwords too"#]],
    );
    expect_database(
        &fresh(18),
        Mode::Additive,
        &expect![[r#"
            + schema app, owner o
            + extension citext in schema app
            + extension pg_stat_statements
            - PUBLIC may EXECUTE on later functions of o
            + ro may SELECT on later tables of o in app
            + rw may SELECT, INSERT, UPDATE, DELETE on later tables of o in app
            + ro may SELECT on later sequences of o in app
            + rw may USAGE, SELECT on later sequences of o in app
            + rw may EXECUTE on later functions of o in app
            + ro may USAGE on schema app
            + rw may USAGE on schema app
            lacking: extension "absent": the server's machine does not have it, install its package there"#]],
    );
}

#[test]
fn options_that_the_version_does_not_have_are_missing_with_its_number() {
    expect_server(
        &fresh(13),
        Mode::Additive,
        &expect![[r#"
        + database d
        + role app: login
        + role o: nologin
        + role report: login
        + role ro: nologin
        + role rw: nologin
        + report is a member of pg_read_all_data
        + report is a member of ro
        + app is a member of rw
        ~ database d: owner o instead of postgres
        ~ role app: statement_timeout = 30s
        lacking: a server with the role "pg_read_all_data", for report (this is PostgreSQL 13)
        lacking: PostgreSQL 16 or later, for the options of the membership of app in rw (this is 13)
        warning: report is a member of pg_read_all_data, which is a master key: it reads every table of every database, the stored passwords too"#]],
    );
}

/// Tables, one of them with something by hand.
fn furnished() -> Catalog {
    use Privilege::{Delete, Insert, Select, Truncate, Update, Usage};
    let mut catalog = with_roles(fresh(17), &["o", "rw", "ro", "app", "report", "stranger"]);
    let schema = Schema {
        owner: ident("o"),
        acl: acl(&[("rw", &[Usage]), ("ro", &[Usage]), ("stranger", &[Usage])]),
    };
    catalog.inside.schemas.insert(ident("app"), schema);
    let rows: &[Privilege] = &[Select, Insert, Update, Delete];
    let table = |name: &str, acl: Acl, owner: &str| Objects {
        schema: ident("app"),
        kind: Kind::Table,
        safe: false,
        owner: ident(owner),
        names: vec![name.to_owned()],
        acl,
    };
    catalog.inside.objects = vec![
        table("sound", acl(&[("rw", rows), ("ro", &[Select])]), "o"),
        table(
            "open",
            acl(&[
                ("rw", rows),
                ("ro", &[Select]),
                ("", &[Select]),
                ("app", &[Truncate]),
            ]),
            "o",
        ),
        table("closed", acl(&[("o", rows)]), "o"),
        table(
            "foreign",
            granted_by("stranger", &[("rw", rows), ("ro", &[Select])]),
            "stranger",
        ),
    ];
    catalog
}

#[test]
fn what_is_missing_is_added_and_what_is_too_much_is_left_in_additive_mode() {
    expect_database(
        &furnished(),
        Mode::Additive,
        &expect![[r#"
            + extension citext in schema app
            + extension pg_stat_statements
            - PUBLIC may EXECUTE on later functions of o
            + ro may SELECT on later tables of o in app
            + rw may SELECT, INSERT, UPDATE, DELETE on later tables of o in app
            + ro may SELECT on later sequences of o in app
            + rw may USAGE, SELECT on later sequences of o in app
            + rw may EXECUTE on later functions of o in app
            - PUBLIC may SELECT on table app.open
            + ro may SELECT on table app.closed
            + rw may SELECT, INSERT, UPDATE, DELETE on table app.closed
            drift: app.foreign belongs to stranger, not to o
            drift: stranger may USAGE on schema app, which is not declared
            drift: app may TRUNCATE on table app.open, which is not declared
            lacking: extension "absent": the server's machine does not have it, install its package there"#]],
    );
}

#[test]
fn the_guard_leaves_single_tables_alone_and_strangers_too() {
    expect_database(
        &furnished(),
        Mode::Guard,
        &expect![[r#"
            + extension citext in schema app
            + extension pg_stat_statements
            - PUBLIC may EXECUTE on later functions of o
            + ro may SELECT on later tables of o in app
            + rw may SELECT, INSERT, UPDATE, DELETE on later tables of o in app
            + ro may SELECT on later sequences of o in app
            + rw may USAGE, SELECT on later sequences of o in app
            + rw may EXECUTE on later functions of o in app
            - PUBLIC may SELECT on table app.open
            + ro may SELECT on table app.closed
            + rw may SELECT, INSERT, UPDATE, DELETE on table app.closed
            drift: app.foreign belongs to stranger, not to o
            drift: stranger may USAGE on schema app, which is not declared
            drift: app may TRUNCATE on table app.open, which is not declared
            lacking: extension "absent": the server's machine does not have it, install its package there"#]],
    );
}

#[test]
fn enforcing_takes_everything_away_that_is_not_declared() {
    expect_database(
        &furnished(),
        Mode::Enforce,
        &expect![[r#"
            + extension citext in schema app
            + extension pg_stat_statements
            - PUBLIC may EXECUTE on later functions of o
            + ro may SELECT on later tables of o in app
            + rw may SELECT, INSERT, UPDATE, DELETE on later tables of o in app
            + ro may SELECT on later sequences of o in app
            + rw may USAGE, SELECT on later sequences of o in app
            + rw may EXECUTE on later functions of o in app
            - stranger may USAGE on schema app
            - PUBLIC may SELECT on table app.open
            - app may TRUNCATE on table app.open
            + ro may SELECT on table app.closed
            + rw may SELECT, INSERT, UPDATE, DELETE on table app.closed
            drift: app.foreign belongs to stranger, not to o
            lacking: extension "absent": the server's machine does not have it, install its package there"#]],
    );
}

#[test]
fn who_is_no_superuser_is_told_what_only_one_can() {
    let mut catalog = with_roles(fresh(14), &["o", "rw", "ro", "app", "report"]);
    let admin = Role {
        creates_roles: true,
        inherit: true,
        login: true,
        ..Role::default()
    };
    catalog.roles.insert(ident("admin"), admin);
    catalog.executor.name = ident("admin");
    catalog.inside.schemas.insert(
        ident("public"),
        Schema {
            owner: ident("postgres"),
            acl: granted_by("postgres", &[("", &[Privilege::Create, Privilege::Usage])]),
        },
    );
    catalog
        .roles
        .entry(ident("postgres"))
        .or_default()
        .administered = false;
    catalog.roles.entry(ident("postgres")).or_default().usable = false;
    expect_database(
        &catalog,
        Mode::Additive,
        &expect![[r#"
        + schema app, owner o
        + extension citext in schema app
        - PUBLIC may EXECUTE on later functions of o
        + ro may SELECT on later tables of o in app
        + rw may SELECT, INSERT, UPDATE, DELETE on later tables of o in app
        + ro may SELECT on later sequences of o in app
        + rw may USAGE, SELECT on later sequences of o in app
        + rw may EXECUTE on later functions of o in app
        + ro may USAGE on schema app
        + rw may USAGE on schema app
        impossible: + extension pg_stat_statements (needs SUPERUSER for "admin")
        impossible: - PUBLIC may CREATE, USAGE on schema public (needs membership of "admin" in role "postgres")
        lacking: extension "absent": the server's machine does not have it, install its package there"#]],
    );
}
