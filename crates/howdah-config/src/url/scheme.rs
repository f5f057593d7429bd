use super::fault::Fault;
use super::part::Part;

/// The scheme of a URL for PostgreSQL, without the `://`.
pub(super) struct Scheme<'a> {
    /// What `SQLAlchemy` calls its driver, behind a `+`.
    driver: Option<&'a str>,
}

/// The drivers that `SQLAlchemy` has for PostgreSQL.
const DRIVERS: [&str; 10] = [
    "asyncpg",
    "psycopg",
    "psycopg_async",
    "psycopg2",
    "psycopg2cffi",
    "psycopgcffi",
    "pg8000",
    "aiopg",
    "pygresql",
    "pypostgresql",
];

/// Schemes that may be named: no password looks like one of these in front of `://`.
const FOREIGN: [&str; 26] = [
    "mysql",
    "mariadb",
    "sqlserver",
    "mssql",
    "oracle",
    "db2",
    "mongodb",
    "redis",
    "rediss",
    "http",
    "https",
    "ftp",
    "ws",
    "wss",
    "file",
    "unix",
    "tcp",
    "ssh",
    "amqp",
    "amqps",
    "kafka",
    "clickhouse",
    "cockroachdb",
    "duckdb",
    "snowflake",
    "jdbc",
];

/// What PostgreSQL is called by mistake.
const MISSPELT: [&str; 8] = [
    "postgre",
    "postgress",
    "postgresq",
    "postgressql",
    "postgreql",
    "pgsql",
    "psql",
    "pg",
];

impl<'a> Scheme<'a> {
    /// Reads the scheme and returns what stands behind the `://`; nothing when the text is no URL at all.
    pub(super) fn split(text: &'a str) -> Result<Option<(Self, Part<'a>)>, Fault> {
        let Some((scheme, rest)) = Part::whole(text).cut(':') else {
            return Ok(None);
        };
        let (base, driver) = match scheme.text.split_once('+') {
            Some((base, driver)) => (base, Some(driver)),
            None => (scheme.text, None),
        };
        let lower = base.to_ascii_lowercase();
        refuse_prefix(&lower)?;
        let Some(behind) = rest.text.strip_prefix("//") else {
            return refuse_slashes(&lower, rest.text);
        };
        refuse_base(base, &lower)?;
        if driver.is_some_and(|driver| !DRIVERS.contains(&driver)) {
            return Err(Fault::whole(UNKNOWN_DRIVER));
        }
        let (_, rest) = rest.split_at(rest.text.len() - behind.len());
        Ok(Some((Self { driver }, rest)))
    }

    /// Says what was dropped.
    pub(super) fn notice(&self) -> Option<String> {
        let driver = self.driver?;
        Some(format!(
            "the driver `+{driver}` in the scheme was dropped: it belongs to Python"
        ))
    }

    /// `ssl=true` is `sslmode=require`, as in libpq; asyncpg takes every word of `sslmode` there.
    pub(super) fn translate<'b>(
        &self,
        name: &'b str,
        value: Part<'b>,
        notices: &mut Vec<String>,
    ) -> (&'b str, Part<'b>) {
        match (name, value.text) {
            ("ssl", "true") => (
                "sslmode",
                Part {
                    text: "require",
                    ..value
                },
            ),
            ("ssl", _) if self.driver == Some("asyncpg") => {
                notices
                    .push("`ssl` was read as `sslmode`: it is asyncpg's own spelling".to_owned());
                ("sslmode", value)
            }
            _ => (name, value),
        }
    }
}

/// Where the `://` of a PostgreSQL scheme ends; the start of the text when it has none: a password may hold `://` too.
pub(super) fn end_of_scheme(text: &str) -> usize {
    let Some((scheme, rest)) = text.split_once(':') else {
        return 0;
    };
    let base = scheme.split('+').next().unwrap_or(scheme);
    let known = base.ends_with("postgres") || base.ends_with("postgresql");
    if known && rest.starts_with("//") {
        return scheme.len() + "://".len();
    }
    0
}

/// These are not always followed by `//`.
fn refuse_prefix(lower: &str) -> Result<(), Fault> {
    match lower {
        "sqlite" | "sqlite3" => Err(Fault::whole(SQLITE)),
        "jdbc" => Err(Fault::whole(JDBC)),
        _ => Ok(()),
    }
}

fn refuse_slashes<T>(lower: &str, behind: &str) -> Result<Option<T>, Fault> {
    match lower {
        "postgres" | "postgresql" if behind.starts_with('/') => Err(Fault::whole(ONE_SLASH)),
        _ => Ok(None),
    }
}

fn refuse_base(base: &str, lower: &str) -> Result<(), Fault> {
    if matches!(base, "postgres" | "postgresql") {
        return Ok(());
    }
    let message = if matches!(lower, "postgres" | "postgresql") {
        format!("{WANTED}: write it in lower case")
    } else if FOREIGN.contains(&lower) {
        format!("{WANTED}, not {lower}: only PostgreSQL is supported")
    } else if MISSPELT.contains(&lower) {
        format!("{WANTED}, not {lower}: write `postgresql://`")
    } else {
        format!("{WANTED}: write `postgresql://` in front")
    };
    Err(Fault::whole(message))
}

const WANTED: &str = "the scheme must be postgres or postgresql";
const UNKNOWN_DRIVER: &str =
    "the scheme must be postgres or postgresql: remove the `+` and the driver behind it";
const ONE_SLASH: &str = "the scheme must be followed by two slashes: write `postgresql://`";
const SQLITE: &str = "the scheme must be postgres or postgresql, not sqlite: only PostgreSQL is supported; for tests, \
                      howdah-testkit gives each a throwaway database on the real engine";
const JDBC: &str = "the scheme must be postgres or postgresql, not jdbc: remove `jdbc:`, \
                    and write the user and the password in front of the host";
