//! The files and environments of five existing services, loaded unchanged.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use howdah_config::{Environment, Limits, Loaded, Loader, MigrationsMode, OnFailure, TlsMode};

use crate::support::{Place, env};

fn fixture(guide: &str, file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/guides")
        .join(guide)
        .join(file)
}

/// The fixture's files under the names that are looked for: `(fixture, name)`.
fn place(guide: &str, files: &[(&str, &str)]) -> Place {
    let place = Place::new(&[]);
    for (from, to) in files {
        std::fs::copy(fixture(guide, from), place.path().join(to)).unwrap();
    }
    place
}

/// `host:port user database`
fn address(loaded: &Loaded) -> String {
    let database = &loaded.database;
    let host = database.hosts.first().unwrap();
    format!(
        "{}:{} {} {}",
        host.host,
        host.port,
        database.roles.app.as_str(),
        database.name.as_str()
    )
}

fn password(loaded: &Loaded) -> String {
    let resolved = loaded.resolve_secret(&loaded.database.secrets.app);
    resolved.unwrap().secret.expose().to_owned()
}

/// As a secret file must be in production.
fn private(file: &Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
}

fn notices(loaded: &Loaded) -> String {
    loaded.notices().join("\n")
}

#[test]
fn guide_a_loads_with_its_options() {
    let place = place("guide-a", &[("config.yaml", "config.yaml")]);
    let loader = place
        .loader()
        .flag("--max-db-connections", "7")
        .flag("--process-workers", "4");
    let loaded = loader.load().unwrap();
    assert_eq!(address(&loaded), "localhost:5432 antiraid antiraid");
    assert_eq!(loaded.database.session.application_name, "template-worker");
    assert_eq!(password(&loaded), "password");
    let pool = &loaded.database.pool;
    assert_eq!((pool.max_open(), pool.instances), (7, 4));
    assert_eq!(loaded.database.migrations.mode, MigrationsMode::Auto);
    assert_eq!(
        loaded.origin("database.pool.size").to_string(),
        "--max-db-connections"
    );
}

#[test]
fn guide_b_loads() {
    let loaded = place("guide-b", &[(".env", ".env")])
        .loader()
        .load()
        .unwrap();
    assert_eq!(address(&loaded), "postgres:5432 discord_bot discord_bot");
    assert_eq!(loaded.database.schema.as_str(), "example");
    assert_eq!(password(&loaded), "discord_bot_pass");
    assert_eq!(loaded.database.migrations.mode, MigrationsMode::Auto);
    assert!(
        loaded
            .origin("database.schema")
            .to_string()
            .ends_with(".env:2")
    );
}

#[test]
fn guide_b_without_a_schema_uses_public() {
    let place = Place::new(&[(".env", "DATABASE_URL=postgresql://u:p@postgres/d\n")]);
    assert_eq!(
        place.loader().load().unwrap().database.schema.as_str(),
        "public"
    );
}

#[test]
fn guide_c_loads_in_development() {
    let files = [("config.yaml", "config.yaml"), (".env.development", ".env")];
    let place = place("guide-c", &files);
    let loaded = place.loader().load().unwrap();
    assert_eq!(address(&loaded), "localhost:5433 appuser appdb");
    let database = &loaded.database;
    assert_eq!((database.pool.size, database.pool.overflow), (10, 5));
    assert_eq!(database.pool.acquire_timeout, Duration::from_secs(30));
    assert_eq!(database.pool.max_lifetime, Duration::from_mins(30));
    let origin = loaded.origin("database.pool.size").to_string();
    assert!(
        origin.ends_with(".env:2 (pool_size of the URL)"),
        "{origin}"
    );
    let roles = &database.roles;
    assert_eq!(roles.owner.as_str(), "appowner");
    assert_eq!(roles.read_only.as_str(), "backupuser");
    assert_eq!(database.tls.mode, TlsMode::Prefer);
    assert_eq!(database.environment, Environment::Development);
    assert_eq!(password(&loaded), "devpass");
}

#[test]
fn guide_c_loads_without_any_variable() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let loaded = place.loader().load().unwrap();
    assert_eq!(address(&loaded), "postgres:5432 user app_db");
    assert_eq!(
        (loaded.database.pool.size, loaded.database.pool.overflow),
        (20, 10)
    );
    let notices = notices(&loaded);
    for part in ["+asyncpg", "database.app_db", "database.user"] {
        assert!(notices.contains(part), "{part}: {notices}");
    }
}

/// However the variables of `.env.production` get there.
#[test]
fn guide_c_in_production_is_told_that_its_password_is_a_path() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let named = place.loader().dotenv(fixture("guide-c", ".env.production"));
    let unexpanded = production(&[]);
    let url = "postgresql://appuser:/run/secrets/postgres_app_user_pw@postgres:5432/appdb?sslmode=require";
    let expanded = production(&[("DATABASE_URL", url)]);
    let found = self::place(
        "guide-c",
        &[("config.yaml", "config.yaml"), (".env.production", ".env")],
    );
    for loader in [
        named,
        place.loader().env(unexpanded),
        place.loader().env(expanded),
        found.loader(),
    ] {
        let rendered = loader.load().unwrap_err().to_string();
        for part in [
            "the password in the URL comes from POSTGRES_APP_USER_PW",
            "path of a secret file",
            "database.secrets.app.file",
        ] {
            assert!(rendered.contains(part), "{part}: {rendered}");
        }
        assert_eq!(
            rendered.matches("POSTGRES_APP_USER_PW, whose").count(),
            1,
            "{rendered}"
        );
        assert!(!rendered.contains("postgres:5432"), "{rendered}");
    }
}

#[test]
fn guide_c_in_production_loads_after_the_mend() {
    let place = place("guide-c", &[("config.yaml", "config.yaml")]);
    let file = place.write("pw", b"a-real-password-of-production\n");
    private(&file);
    let url = "postgresql://appuser@postgres:5432/appdb?sslmode=require";
    let environment = production(&[
        ("DATABASE_URL", url),
        ("DATABASE_PASSWORD_FILE_PATH", file.to_str().unwrap()),
    ]);
    let loaded = place.loader().env(environment).load().unwrap();
    assert_eq!(address(&loaded), "postgres:5432 appuser appdb");
    assert_eq!(loaded.database.tls.mode, TlsMode::Require);
    assert_eq!(loaded.database.pool.max_lifetime, Duration::from_mins(30));
    assert_eq!(loaded.database.migrations.mode, MigrationsMode::Check);
    assert_eq!(loaded.database.secrets.app.file.as_ref(), Some(&file));
    assert_eq!(password(&loaded), "a-real-password-of-production");
}

/// The variables of `.env.production` as a container gets them, with some others.
fn production(changed: &[(&str, &str)]) -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(fixture("guide-c", ".env.production")).unwrap();
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    let mut environment: BTreeMap<_, _> = pairs
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    environment.extend(env(changed));
    environment
}

#[test]
fn guide_c_s_bounds_name_key_bound_and_place() {
    for (key, value, bound) in [
        ("pool_size", "0", "1..=100"),
        ("pool_size", "101", "1..=100"),
        ("max_overflow", "-1", "0..=100"),
        ("max_overflow", "101", "0..=100"),
        ("pool_timeout", "0", "1s..=300s"),
        ("pool_timeout", "301", "1s..=300s"),
        ("pool_recycle", "299", "300s..=7200s"),
        ("pool_recycle", "7201", "300s..=7200s"),
    ] {
        let content = format!("database:\n  {key}: {value}\n");
        let place = Place::new(&[("config.yaml", &content)]);
        let rendered = place.rendered(place.loader());
        let start = format!("config.yaml:2:{}: database.{key}: {value} ", key.len() + 5);
        assert!(rendered.contains(&start), "{rendered}");
        assert!(rendered.contains(bound), "{rendered}");
        assert!(rendered.starts_with("1 problem "), "{rendered}");
    }
}

#[test]
fn guide_c_s_sqlite_urls_are_refused_with_what_to_use_instead() {
    for url in ["sqlite:///./database.db", "sqlite:///:memory:"] {
        let environment = env(&[("DATABASE_URL", url)]);
        let place = place("guide-c", &[("config.yaml", "config.yaml")]);
        let rendered = place.rendered(place.loader().env(environment));
        assert!(rendered.contains("howdah-testkit"), "{rendered}");
    }
}

#[test]
fn guide_d_loads() {
    let loaded = place("guide-d", &[(".env", ".env")])
        .loader()
        .load()
        .unwrap();
    assert_eq!(address(&loaded), "localhost:6432 user imagemanager");
    assert!(
        notices(&loaded).contains("+asyncpg"),
        "{}",
        notices(&loaded)
    );
    assert_eq!(password(&loaded), "pass");
}

#[test]
fn guide_e_needs_the_extended_limits_and_is_told_so() {
    let place = place("guide-e", &[(".env", ".env")]);
    let rendered = place.rendered(place.loader());
    for part in [
        "DB_CONN_MAX_IDLE_TIME_MIN, DB_CONN_MAX_LIFETIME_MIN, DB_MAX_IDLE_CONNS and DB_MAX_OPEN_CONNS",
        "HOWDAH__DATABASE__POOL__LIMITS=extended",
        "`database.pool.limits: extended`",
    ] {
        assert!(rendered.contains(part), "{part}: {rendered}");
    }
}

#[test]
fn guide_e_loads_with_the_extended_limits() {
    let place = place("guide-e", &[(".env", ".env")]);
    let extended = env(&[("HOWDAH__DATABASE__POOL__LIMITS", "extended")]);
    let loaded = place.loader().env(extended).load().unwrap();
    assert_eq!(address(&loaded), "localhost:5432 postgres alita_robot");
    let database = &loaded.database;
    assert_eq!(database.tls.mode, TlsMode::Disable);
    let pool = &database.pool;
    assert_eq!((pool.max_open(), pool.max_idle), (200, Some(50)));
    assert_eq!(pool.max_lifetime, Duration::from_hours(4));
    assert_eq!(pool.idle_timeout, Duration::from_hours(1));
    assert_eq!(pool.limits, Limits::Extended);
    let migrations = &database.migrations;
    assert_eq!(
        (migrations.mode, migrations.on_failure),
        (MigrationsMode::Auto, OnFailure::Abort)
    );
    assert_eq!(migrations.path, Path::new("migrations"));
}

/// On the loopback, too: `disable` was written down.
#[test]
fn guide_e_without_tls_is_refused_in_production() {
    let environment = env(&[
        ("APP_ENVIRONMENT", "production"),
        ("HOWDAH__DATABASE__POOL__LIMITS", "extended"),
    ]);
    let dotenv = fixture("guide-e", ".env");
    let loader = Loader::new().env(environment).dotenv(dotenv);
    let rendered = loader.load().unwrap_err().to_string();
    for part in [
        ".env:1 (sslmode of the URL): database.tls.mode: \"disable\" is not allowed in production",
        ".env:1: database.url: holds a password, which is not allowed in production",
    ] {
        assert!(rendered.contains(part), "{part}: {rendered}");
    }
}

#[test]
fn guide_e_loads_from_its_single_variables() {
    let variables = [
        ("PSQL_DB_HOST", "db"),
        ("PSQL_DB_NAME", "robot"),
        ("PSQL_DB_USER", "alita"),
        ("PSQL_DB_PASSWORD", "p@ss#w%rd$"),
    ];
    let loaded = Loader::new().env(env(&variables)).load().unwrap();
    assert_eq!(address(&loaded), "db:5432 alita robot");
    assert_eq!(password(&loaded), "p@ss#w%rd$");
    let mut with_port = env(&variables);
    with_port.extend(env(&[("PSQL_DB_PORT", "6000")]));
    let loaded = Loader::new().env(with_port).load().unwrap();
    assert_eq!(address(&loaded), "db:6000 alita robot");
}

#[test]
fn what_is_neither_true_nor_false_is_refused() {
    let environment = env(&[
        ("AUTO_MIGRATE", "maybe"),
        ("DB_CONN_MAX_LIFETIME_MIN", "soon"),
    ]);
    let rendered = Loader::new()
        .env(environment)
        .load()
        .unwrap_err()
        .to_string();
    for part in [
        "AUTO_MIGRATE: database.migrations.mode: \"maybe\" is neither true nor false",
        "DB_CONN_MAX_LIFETIME_MIN: database.pool.max_lifetime: \"soon\" is not a whole number of minutes",
    ] {
        assert!(rendered.contains(part), "{rendered}");
    }
}

#[test]
fn two_names_that_disagree_are_an_error_naming_both() {
    let environment = env(&[
        ("DB_MAX_OPEN_CONNS", "40"),
        ("HOWDAH__DATABASE__POOL__OVERFLOW", "5"),
    ]);
    let rendered = Loader::new()
        .env(environment)
        .load()
        .unwrap_err()
        .to_string();
    assert!(
        rendered.contains("DB_MAX_OPEN_CONNS")
            && rendered.contains("HOWDAH__DATABASE__POOL__OVERFLOW"),
        "{rendered}"
    );
    let place = Place::new(&[(
        "config.yaml",
        "database:\n  pool_size: 5\n  pool: { size: 6 }\n",
    )]);
    let rendered = place.rendered(place.loader());
    assert!(
        rendered.contains("database.pool_size (config.yaml:2:14)")
            && rendered.contains("database.pool.size (config.yaml:3:17)"),
        "{rendered}"
    );
}

/// A container has the file of the secret, and no more.
#[test]
fn the_file_of_a_variable_that_holds_a_secret_is_read() {
    let place = Place::new(&[]);
    let file = place.write("pw", b"correct-horse-battery-staple\n");
    private(&file);
    let named = env(&[("PSQL_DB_PASSWORD_FILE", file.to_str().unwrap())]);
    let loaded = Loader::new().env(named.clone()).load().unwrap();
    assert_eq!(password(&loaded), "correct-horse-battery-staple");
    let mut both = named;
    both.extend(env(&[("PSQL_DB_PASSWORD", "x")]));
    let loaded = Loader::new().env(both).load().unwrap();
    let error = loaded
        .resolve_secret(&loaded.database.secrets.app)
        .unwrap_err()
        .to_string();
    assert!(error.contains("PSQL_DB_PASSWORD_FILE"), "{error}");
}
