use std::time::Duration;

use howdah_config::{Kind, Loader, keys};

use crate::support::{Place, loaded, problems};

/// Loads with values of `database.`, and says which keys have problems.
fn faulty(values: &[(&str, &str)]) -> Vec<String> {
    let loader = values.iter().fold(Loader::new(), |loader, (path, value)| {
        loader.set(&format!("database.{path}"), value, "--flag")
    });
    if loader.clone().load().is_ok() {
        return Vec::new();
    }
    let paths = problems(loader).into_iter().map(|problem| problem.path);
    paths
        .filter_map(|path| Some(path.strip_prefix("database.")?.to_owned()))
        .collect()
}

#[test]
fn the_standard_bounds_of_the_pool_are_kept_at_both_ends() {
    for (path, good, bad) in [
        ("pool.size", ["1", "100"], ["0", "101"]),
        ("pool.overflow", ["0", "100"], ["-1", "101"]),
        ("pool.acquire_timeout", ["1s", "300s"], ["999ms", "301"]),
        ("pool.max_lifetime", ["300", "2h"], ["299s", "7201s"]),
        ("pool.idle_timeout", ["1s", "30m"], ["0", "7201s"]),
        ("port", ["1", "65535"], ["0", "65536"]),
        (
            "session.statement_timeout",
            ["0", "24h"],
            ["25h1m1s1", "577h"],
        ),
        ("session.connect_timeout", ["100ms", "5m"], ["0", "301s"]),
    ] {
        for value in good {
            assert!(faulty(&[(path, value)]).is_empty(), "{path} = {value}");
        }
        for value in bad {
            assert_eq!(faulty(&[(path, value)]), [path], "{path} = {value}");
        }
    }
}

#[test]
fn the_extended_bounds_are_wider() {
    let extended = ("pool.limits", "extended");
    assert!(faulty(&[extended, ("pool.size", "400"), ("pool.overflow", "600")]).is_empty());
    assert_eq!(
        faulty(&[extended, ("pool.size", "400"), ("pool.overflow", "601")]),
        ["pool.size"]
    );
    assert_eq!(faulty(&[extended, ("pool.size", "1001")]), ["pool.size"]);
    assert!(faulty(&[extended, ("pool.max_lifetime", "60s")]).is_empty());
    let day = ("pool.max_lifetime", "24h");
    assert!(faulty(&[extended, day, ("pool.idle_timeout", "120m")]).is_empty());
    assert_eq!(
        faulty(&[extended, day, ("pool.idle_timeout", "121m")]),
        ["pool.idle_timeout"]
    );
    assert_eq!(
        faulty(&[extended, ("pool.max_lifetime", "86401")]),
        ["pool.max_lifetime"]
    );
}

#[test]
fn a_connection_is_idle_no_longer_than_it_lives() {
    let lifetime = ("pool.max_lifetime", "5m");
    assert_eq!(
        faulty(&[lifetime, ("pool.idle_timeout", "301s")]),
        ["pool.idle_timeout"]
    );
    assert!(faulty(&[lifetime, ("pool.idle_timeout", "5m")]).is_empty());
    assert_eq!(faulty(&[("pool.max_lifetime", "0")]), ["pool.max_lifetime"]);
    let pool = loaded("database: { pool: { max_lifetime: 300 } }")
        .database
        .pool;
    assert_eq!(pool.idle_timeout, Duration::from_mins(5));
}

#[test]
fn the_four_roles_differ_and_the_given_one_is_named() {
    assert_eq!(faulty(&[("roles.app", "appowner")]), ["roles.app"]);
    assert_eq!(faulty(&[("roles.owner", "backupuser")]), ["roles.owner"]);
    assert_eq!(
        faulty(&[("roles.app", "x"), ("roles.read_only", "x")]),
        ["roles.read_only"]
    );
}

#[test]
fn certificate_and_key_come_together() {
    let pem = "-----BEGIN CERTIFICATE-----\n";
    let place = Place::new(&[("c.pem", pem), ("k.pem", pem)]);
    let cert = place.path().join("c.pem").display().to_string();
    let key = place.path().join("k.pem").display().to_string();
    assert_eq!(faulty(&[("tls.cert", &cert)]), ["tls.cert"]);
    assert_eq!(faulty(&[("tls.key", &key)]), ["tls.key"]);
    assert!(faulty(&[("tls.cert", &cert), ("tls.key", &key)]).is_empty());
}

#[test]
fn production_wants_tls_except_on_a_socket_and_on_request_on_this_machine() {
    let production = ("environment", "production");
    let on_request = ("tls.local_plaintext", "true");
    for mode in ["disable", "allow", "prefer"] {
        let mode = ("tls.mode", mode);
        for host in ["db", "localhost", "127.0.0.1"] {
            assert_eq!(
                faulty(&[production, ("host", host), mode]),
                ["tls.mode"],
                "{host}"
            );
        }
        assert!(faulty(&[production, ("host", "/run/pg"), mode]).is_empty());
        assert!(faulty(&[production, mode, on_request]).is_empty());
        assert_eq!(
            faulty(&[production, ("host", "db"), mode, on_request]),
            ["tls.mode"]
        );
        let elsewhere = [production, mode, on_request, ("hostaddr", "10.0.0.1")];
        assert_eq!(faulty(&elsewhere), ["tls.mode"]);
    }
    for mode in ["require", "verify-ca", "verify-full"] {
        assert!(faulty(&[production, ("host", "db"), ("tls.mode", mode)]).is_empty());
    }
    assert_eq!(faulty(&[production, ("host", "db")]), ["tls.mode"]);
    assert!(
        faulty(&[production]).is_empty(),
        "the default, on this machine"
    );
    assert!(faulty(&[("host", "db"), ("tls.mode", "disable")]).is_empty());
}

#[test]
fn production_does_not_go_on_after_a_failed_migration() {
    let go_on = ("migrations.on_failure", "continue");
    assert!(faulty(&[go_on]).is_empty());
    assert_eq!(
        faulty(&[go_on, ("environment", "production")]),
        ["migrations.on_failure"]
    );
}

#[test]
fn a_host_is_a_name_and_not_a_url() {
    assert_eq!(faulty(&[("host", "h 1")]), ["host"]);
    let loader = Loader::new().set("database.host", "postgres://u:hunter2@h/db", "--host");
    let error = loader.load().unwrap_err().to_string();
    assert!(
        error.contains("is a URL") && !error.contains("hunter2"),
        "{error}"
    );
}

#[test]
fn names_keep_the_rules_of_postgresql() {
    let long = "a".repeat(64);
    for (path, value) in [
        ("roles.app", "pg_x"),
        ("roles.app", "public"),
        ("roles.app", ""),
        ("roles.app", long.as_str()),
        ("schema", "information_schema"),
        ("name", "template1"),
        ("session.application_name", long.as_str()),
    ] {
        assert_eq!(faulty(&[(path, value)]), [path], "{path} = {value}");
    }
}

#[test]
fn the_list_of_keys_names_the_bounds_that_are_checked() {
    for key in keys() {
        let loader = Loader::new().set(key.path, "999999999", "--flag");
        if loader.clone().load().is_ok() {
            continue;
        }
        for problem in problems(loader) {
            let Some(bound) = problem.message.strip_prefix("must be ") else {
                continue;
            };
            let is_word = matches!(key.kind, Kind::Word(_));
            assert!(is_word || key.bound.contains(bound), "{problem}");
        }
    }
}

#[test]
fn rules_between_values_are_checked_beside_other_problems() {
    let values = [("environment", "production"), ("host", "db"), ("port", "0")];
    assert_eq!(faulty(&values), ["port", "tls.mode"]);
    // One problem a key, and none that follows from another one.
    assert_eq!(
        faulty(&[values[0], values[1], ("tls.mode", "on")]),
        ["tls.mode"]
    );
    let huge = "18446744073709551615";
    let sum = [
        ("pool.limits", "extended"),
        ("pool.size", huge),
        ("pool.overflow", huge),
    ];
    assert_eq!(faulty(&sum), ["pool.overflow", "pool.size"]);
    assert_eq!(
        faulty(&[("roles.app", ""), ("roles.owner", "")]),
        ["roles.app", "roles.owner"]
    );
}

#[test]
fn a_certificate_must_be_one_and_a_key_must_not_be_everybody_s() {
    let place = Place::new(&[
        ("junk.pem", "junk"),
        ("k.pem", "-----BEGIN PRIVATE KEY-----\n"),
        ("c.pem", "-----BEGIN CERTIFICATE-----\n"),
    ]);
    let path = |name: &str| place.path().join(name).display().to_string();
    assert_eq!(
        faulty(&[("tls.root_cert", &path("junk.pem"))]),
        ["tls.root_cert"]
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let key = std::fs::Permissions::from_mode(0o666);
        std::fs::set_permissions(path("k.pem"), key).unwrap();
        let pair = [("tls.cert", path("c.pem")), ("tls.key", path("k.pem"))];
        let pair: Vec<_> = pair
            .iter()
            .map(|(key, value)| (*key, value.as_str()))
            .collect();
        assert_eq!(faulty(&pair), ["tls.key"]);
    }
}
