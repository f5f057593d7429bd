//! A connection URL among the settings.

use std::net::IpAddr;

use howdah_config::{LoadBalanceHosts, Loader, TargetSessionAttrs, TlsMode};

use crate::support::{Place, env, problems, refused};

fn with_url(url: &str) -> Loader {
    Loader::new().env(env(&[("DATABASE_URL", url)]))
}

fn rendered(loader: Loader) -> String {
    loader.load().unwrap_err().to_string()
}

#[test]
fn every_part_becomes_a_setting_with_its_origin() {
    let url = "postgres://u%40x:p%2Fw@h1:1,h2:2/d?sslmode=require&application_name=a&connect_timeout=7\
               &target_session_attrs=read-write&load_balance_hosts=random&pool_size=3&max_overflow=4\
               &pool_timeout=5&pool_recycle=600";
    let loaded = with_url(url).load().unwrap();
    let database = &loaded.database;
    let hosts: Vec<_> = database
        .hosts
        .iter()
        .map(|host| (host.host.as_str(), host.port))
        .collect();
    assert_eq!(hosts, [("h1", 1), ("h2", 2)]);
    assert_eq!(database.roles.app.as_str(), "u@x");
    assert_eq!(database.name.as_str(), "d");
    assert_eq!(database.tls.mode, TlsMode::Require);
    assert_eq!(database.session.application_name, "a");
    assert_eq!(database.session.connect_timeout.as_secs(), 7);
    assert_eq!(database.target_session_attrs, TargetSessionAttrs::ReadWrite);
    assert_eq!(database.load_balance_hosts, LoadBalanceHosts::Random);
    let pool = &database.pool;
    assert_eq!((pool.size, pool.overflow), (3, 4));
    assert_eq!(
        (pool.acquire_timeout.as_secs(), pool.max_lifetime.as_secs()),
        (5, 600)
    );
    let origin = loaded.origin("database.tls.mode").to_string();
    assert_eq!(origin, "DATABASE_URL (sslmode of the URL)");
}

#[test]
fn an_address_and_a_host_are_kept_apart() {
    let loaded = with_url("postgres://db.example:6000/d?hostaddr=10.0.0.7&user=u")
        .load()
        .unwrap();
    let host = loaded.database.hosts.first().unwrap();
    let address: IpAddr = "10.0.0.7".parse().unwrap();
    assert_eq!(
        (host.host.as_str(), host.hostaddr, host.port),
        ("db.example", Some(address), 6000)
    );
}

#[test]
fn a_socket_directory_and_the_keyword_form_are_read() {
    for url in [
        "postgres://u@%2Frun%2Fpg/d",
        "postgres:///d?host=/run/pg&user=u",
        "host=/run/pg dbname=d user=u",
    ] {
        let loaded = with_url(url).load().unwrap();
        assert_eq!(
            loaded.database.hosts.first().unwrap().host,
            "/run/pg",
            "{url}"
        );
        assert_eq!(loaded.database.roles.app.as_str(), "u", "{url}");
    }
}

#[test]
fn an_ipv6_literal_loses_its_brackets() {
    let loaded = with_url("postgres://u@[2001:db8::1]:6000/d")
        .load()
        .unwrap();
    let host = loaded.database.hosts.first().unwrap();
    assert_eq!((host.host.as_str(), host.port), ("2001:db8::1", 6000));
}

#[test]
fn a_url_that_names_a_host_leaves_nothing_of_a_weaker_port() {
    let place = Place::new(&[("howdah.yaml", "database: { host: a, port: 6432 }")]);
    let url = env(&[("DATABASE_URL", "postgres://u@b/d")]);
    let loaded = place.loader().env(url).load().unwrap();
    let host = loaded.database.hosts.first().unwrap();
    assert_eq!((host.host.as_str(), host.port), ("b", 5432));
}

#[test]
fn a_stronger_key_wins_over_a_weaker_url() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database: { url: 'postgres://u@a/d?pool_size=5' }",
    )]);
    let stronger = env(&[
        ("HOWDAH__DATABASE__POOL__SIZE", "6"),
        ("HOWDAH__DATABASE__NAME", "e"),
    ]);
    let loaded = place.loader().env(stronger).load().unwrap();
    assert_eq!(
        (loaded.database.pool.size, loaded.database.name.as_str()),
        (6, "e")
    );
}

#[test]
fn a_stronger_url_replaces_a_weaker_one_as_a_whole() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database: { url: 'postgres://u@a/d?pool_size=5' }",
    )]);
    let url = env(&[("DATABASE_URL", "postgres://u@b/d")]);
    let loaded = place.loader().env(url).load().unwrap();
    assert_eq!(loaded.database.pool.size, 20);
}

#[test]
fn an_empty_url_unsets_the_weaker_one() {
    let place = Place::new(&[("howdah.yaml", "database: { url: 'postgres://u@a/d' }")]);
    let nothing = env(&[("HOWDAH__DATABASE__URL", "")]);
    let loaded = place.loader().env(nothing).load().unwrap();
    assert_eq!(loaded.database.name.as_str(), "appdb");
}

#[test]
fn a_part_wins_over_the_key_beside_it_and_a_notice_says_so() {
    let place = Place::new(&[(
        "howdah.yaml",
        "database:\n  url: postgres://u@a/d\n  name: e\n",
    )]);
    let loaded = place.loader().load().unwrap();
    assert_eq!(loaded.database.name.as_str(), "d");
    let notice = loaded
        .notices()
        .iter()
        .find(|notice| notice.contains("database.name"));
    assert!(notice.unwrap().contains("howdah.yaml:3:9"), "{notice:?}");
}

#[test]
fn two_urls_in_one_layer_that_disagree_are_an_error_naming_both() {
    let both = env(&[
        ("DATABASE_URL", "postgres://u:hunter2@a/d"),
        ("HOWDAH__DATABASE__URL", "postgres://u:hunter2@b/d"),
    ]);
    let rendered = rendered(Loader::new().env(both));
    assert!(
        rendered.contains("HOWDAH__DATABASE__URL and DATABASE_URL disagree"),
        "{rendered}"
    );
    assert!(!rendered.contains("hunter2"), "{rendered}");
}

/// 69, 82 to 84
#[test]
fn what_a_url_does_not_name_is_said() {
    let loaded = with_url("postgres:///d").load().unwrap();
    let notices = loaded.notices().join("\n");
    for part in [
        "names no host; database.host",
        "names no user; database.roles.app",
    ] {
        assert!(notices.contains(part), "{notices}");
    }
    assert!(rendered(with_url("postgres://")).contains("names no host, no user and no database"));
}

#[test]
fn options_become_the_settings_they_mean() {
    let url = "postgres://u@h/d?options=-c%20search_path%3Dtenant%20-c%20statement_timeout%3D5000%20-c%20lock_timeout%3D2min%20--jit%3Doff";
    let loaded = with_url(url).load().unwrap();
    let database = &loaded.database;
    assert_eq!(database.schema.as_str(), "tenant");
    assert_eq!(database.session.statement_timeout.as_secs(), 5);
    assert_eq!(database.session.lock_timeout.as_secs(), 120);
    let jit = ("jit".to_owned(), "off".to_owned());
    assert_eq!(
        database
            .session
            .options
            .clone()
            .into_iter()
            .collect::<Vec<_>>(),
        [jit]
    );
}

#[test]
fn options_that_have_a_key_are_not_written_as_options() {
    let rendered = refused("database: { session: { options: '-c search_path=a' } }");
    assert!(
        rendered.contains("set database.schema instead"),
        "{rendered}"
    );
    let garbage = refused("database: { session: { options: garbage } }");
    assert!(garbage.contains("-c name=value"), "{garbage}");
}

/// 97
#[test]
fn a_certificate_that_is_not_there_is_said_before_the_first_connection() {
    let rendered = rendered(with_url(
        "postgres://u@h/d?sslmode=verify-full&sslrootcert=/nowhere/ca.pem",
    ));
    assert!(
        rendered.contains("DATABASE_URL (sslrootcert of the URL): database.tls.root_cert: \"/nowhere/ca.pem\" is not there"),
        "{rendered}"
    );
}

/// 95, 96, 100
#[test]
fn production_refuses_a_password_in_the_url_and_hides_it() {
    for password in ["hunter2", "password", "changeme"] {
        let url = format!("postgres://u:{password}@h/d?sslmode=require");
        let environment = env(&[("DATABASE_URL", &url), ("APP_ENVIRONMENT", "production")]);
        let rendered = rendered(Loader::new().env(environment));
        assert!(rendered.contains("not allowed in production"), "{rendered}");
        assert!(!rendered.contains("u:"), "{rendered}");
    }
    let rendered = rendered(with_url("postgres://u:${PW}@h/d"));
    assert!(rendered.contains("unexpanded"), "{rendered}");
}

#[test]
fn a_password_with_reserved_characters_is_not_interpolated_into_a_url() {
    let place = Place::new(&[(
        "config.yaml",
        "database: { url: 'postgres://u:${MY_PASSWORD}@h/d' }",
    )]);
    let environment = env(&[("MY_PASSWORD", "p@ss/w:rd%#?")]);
    let rendered = place.rendered(place.loader().env(environment));
    for part in [
        "config.yaml:1:18",
        "the value of MY_PASSWORD",
        "database.secrets.app.env",
    ] {
        assert!(rendered.contains(part), "{part}: {rendered}");
    }
    assert!(
        !rendered.contains("p@ss") && !rendered.contains("w:rd"),
        "{rendered}"
    );
    let plain = place.loader().env(env(&[("MY_PASSWORD", "plain")]));
    assert!(plain.load().is_ok());
}

/// The path is that of a socket, and stands where a path belongs.
#[test]
fn a_path_outside_of_the_password_is_no_password() {
    let url = "database: { url: 'postgres://u:${MY_PASSWORD}@/d?host=${SOCKET_DIR}' }";
    let place = Place::new(&[("config.yaml", url)]);
    let environment = env(&[("MY_PASSWORD", "plain"), ("SOCKET_DIR", "/run/pg")]);
    let loaded = place.loader().env(environment).load().unwrap();
    assert_eq!(loaded.database.hosts.first().unwrap().host, "/run/pg");
}

/// `$PATHS` is not `$PATH`.
#[test]
fn a_variable_is_named_that_the_url_names() {
    let loader = Loader::new().env(env(&[
        ("DATABASE_URL", "postgres://u:$PATHS@h/d"),
        ("PATH", "/bin"),
    ]));
    let rendered = rendered(loader);
    assert!(
        rendered.contains("unexpanded") && !rendered.contains("comes from"),
        "{rendered}"
    );
}

#[test]
fn a_bad_url_is_one_problem_of_its_key_and_not_shown() {
    let environment = env(&[("DATABASE_URL", "mysql://u:hunter2@h/d")]);
    let place = Place::new(&[("config.yaml", "database: { url: '${DATABASE_URL}' }")]);
    let found = problems(place.loader().env(environment));
    assert_eq!(found.len(), 1, "{found:?}");
    let problem = found.first().unwrap();
    assert_eq!(
        (problem.path.as_str(), &problem.value),
        ("database.url", &None)
    );
    assert!(!format!("{problem:?}{problem}").contains("hunter2"));
}

#[test]
fn the_url_is_never_shown_and_its_parts_are() {
    let loaded = with_url("postgres://u:hunter2@h/d").load().unwrap();
    let effective = loaded.effective();
    let value = |path: &str| {
        effective
            .iter()
            .find(|row| row.path == path)
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(value("database.url"), "[REDACTED]");
    assert_eq!(value("database.secrets.app.value"), "[REDACTED]");
    assert_eq!(value("database.host"), "h");
    assert!(!format!("{loaded:?}{effective:?}").contains("hunter2"));
}

/// An address stands for the host beside it.
#[test]
fn a_stronger_host_is_not_sent_to_a_weaker_address() {
    let place = Place::new(&[("howdah.yaml", "database: { host: old, hostaddr: 10.0.0.9 }")]);
    let loaded = place
        .loader()
        .env(env(&[("PSQL_DB_HOST", "new")]))
        .load()
        .unwrap();
    let host = loaded.database.hosts.first().unwrap();
    assert_eq!((host.host.as_str(), host.hostaddr), ("new", None));
    let loader = with_url("postgres://h/d?hostaddr=10.0.0.1").set("database.host", "h2", "--set");
    assert_eq!(
        loader
            .load()
            .unwrap()
            .database
            .hosts
            .first()
            .unwrap()
            .hostaddr,
        None
    );
    let address = env(&[("HOWDAH__DATABASE__HOSTADDR", "10.0.0.2")]);
    let loaded = place.loader().env(address).load().unwrap();
    assert_eq!(
        loaded.database.hosts.first().unwrap().hostaddr,
        "10.0.0.2".parse().ok()
    );
}

#[test]
fn a_url_in_the_place_of_a_name_is_refused_and_not_shown() {
    for name in [
        "APP_DB",
        "DB_SCHEMA",
        "MIGRATIONS_PATH",
        "APP_DB_USER",
        "PSQL_DB_HOST",
    ] {
        let environment = env(&[(name, "postgres://u:hunter2@h/d")]);
        let rendered = rendered(Loader::new().env(environment));
        assert!(rendered.contains("is a URL"), "{rendered}");
        assert!(!rendered.contains("hunter2"), "{rendered}");
    }
}

#[test]
fn what_a_name_holds_does_not_speak_to_the_terminal() {
    for (name, value) in [
        ("APP_DB", "a\u{1b}[31mb"),
        ("HOWDAH__DATABASE__\u{1b}[31m", "x"),
    ] {
        let rendered = rendered(Loader::new().env(env(&[(name, value)])));
        assert!(!rendered.contains('\u{1b}'), "{rendered:?}");
    }
}
