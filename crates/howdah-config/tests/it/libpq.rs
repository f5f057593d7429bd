//! libpq's variables: read on request, and never silently wrong.

use howdah_config::{Loader, TlsMode};

use crate::support::env;

fn rendered(loader: Loader) -> String {
    loader.load().unwrap_err().to_string()
}

const READ: (&str, &str) = ("HOWDAH__DATABASE__LIBPQ_ENV", "true");

#[test]
fn they_are_read_on_request_below_every_other_variable() {
    let loader = Loader::new().env(env(&[
        READ,
        ("PGHOST", "pg"),
        ("PGPORT", "6000"),
        ("PGUSER", "u"),
        ("PGSSLMODE", "verify-full"),
        ("PGPASSWORD", "12345"),
        ("PGDATABASE", "pg"),
        ("APP_DB", "app"),
        ("PGOPTIONS", "-c lock_timeout=2s"),
    ]));
    let loaded = loader.load().unwrap();
    let database = &loaded.database;
    let host = database.hosts.first().unwrap();
    assert_eq!((host.host.as_str(), host.port), ("pg", 6000));
    assert_eq!(database.tls.mode, TlsMode::VerifyFull);
    assert_eq!(database.name.as_str(), "app");
    assert_eq!(database.session.lock_timeout.as_secs(), 2);
    assert_eq!(database.secrets.app.env.as_deref(), Some("PGPASSWORD"));
    assert_eq!(loaded.origin("database.port").to_string(), "PGPORT");
}

/// 58, 59
#[test]
fn without_the_request_they_are_named_in_a_notice() {
    let loader = Loader::new().env(env(&[("PGHOST", "pg"), ("PGSERVICE", "s")]));
    let loaded = loader.load().unwrap();
    assert_eq!(loaded.database.hosts.first().unwrap().host, "localhost");
    let notices = loaded.notices().join("\n");
    assert!(notices.contains("not read: PGHOST, PGSERVICE"), "{notices}");
    assert!(notices.contains("database.libpq_env"), "{notices}");
}

/// 56, 57
#[test]
fn a_value_that_libpq_would_refuse_is_an_error_read_or_not() {
    for request in [READ, ("HOWDAH__DATABASE__LIBPQ_ENV", "false")] {
        for (name, value, part) in [
            (
                "PGSSLMODE",
                "verify_full",
                "PGSSLMODE: database.tls.mode: \"verify_full\" is not a known word; did you mean `verify-full`?",
            ),
            (
                "PGPORT",
                "abc",
                "PGPORT: database.port: \"abc\" is not an integer",
            ),
        ] {
            let rendered = rendered(Loader::new().env(env(&[request, (name, value)])));
            assert!(rendered.contains(part), "{rendered}");
        }
    }
}

#[test]
fn what_makes_a_connection_safer_and_cannot_be_had_is_an_error() {
    for name in [
        "PGCHANNELBINDING",
        "PGREQUIREAUTH",
        "PGSSLCRL",
        "PGGSSENCMODE",
    ] {
        let rendered = rendered(Loader::new().env(env(&[READ, (name, "require")])));
        assert!(
            rendered.contains(&format!("{name}: cannot be honoured")),
            "{rendered}"
        );
    }
    let harmless = Loader::new().env(env(&[READ, ("PGCHANNELBINDING", "prefer")]));
    assert!(harmless.load().is_ok());
    let service = Loader::new().env(env(&[READ, ("PGSERVICE", "s")]));
    assert!(
        service
            .load()
            .unwrap()
            .notices()
            .join("\n")
            .contains("PGSERVICE")
    );
}

/// 32
#[test]
fn yes_is_no_truth_value() {
    for word in ["yes", "on", "1", "True"] {
        let loader = Loader::new().env(env(&[("HOWDAH__DATABASE__LIBPQ_ENV", word)]));
        assert!(
            rendered(loader).contains("is not a truth value (expected true or false)"),
            "{word}"
        );
    }
}
