use std::fmt;

use howdah_ident::{Ident, SchemaName};

/// What follows the ledger's name in that of the log beside it.
const LOG: &str = "_log";

/// The name of the ledger, `_sqlx_migrations` if nothing else is said, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerName {
    schema: Option<SchemaName>,
    table: Ident,
    log: Ident,
}

/// Why a text cannot name a ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidLedger {
    /// There must be room for the name of the log.
    #[error(
        "the name of a ledger must be at most 59 bytes long, this one has {bytes}: \
         the log beside it has the same name with `{LOG}` behind it"
    )]
    TooLong {
        /// Its length in bytes.
        bytes: usize,
    },
    /// No name at all.
    #[error(transparent)]
    Name(howdah_ident::Error),
    /// More than a name, or less.
    #[error(
        "{text:?} is no name as SQL writes it: a name, or a schema, a dot and a name; \
         in double quotes if there is more in it than letters, digits and `_`"
    )]
    Syntax {
        /// The text.
        text: String,
    },
}

impl LedgerName {
    /// A table in the schema of the migrations.
    ///
    /// # Errors
    /// [`InvalidLedger::TooLong`] and [`InvalidLedger::Name`].
    pub fn new(table: impl Into<String>) -> Result<Self, InvalidLedger> {
        let table = Ident::new(table).map_err(|error| match error {
            howdah_ident::Error::TooLong { bytes } => InvalidLedger::TooLong { bytes },
            other => InvalidLedger::Name(other),
        })?;
        let log = Ident::new(format!("{}{LOG}", table.as_str())).map_err(|_too_long| {
            InvalidLedger::TooLong {
                bytes: table.as_str().len(),
            }
        })?;
        Ok(Self {
            schema: None,
            table,
            log,
        })
    }

    /// The same table in a schema of its own.
    #[must_use]
    pub fn in_schema(self, schema: SchemaName) -> Self {
        Self {
            schema: Some(schema),
            ..self
        }
    }

    /// As `table-name` in `sqlx.toml` has it, which is SQL: `history`, `ops.history`, `"Ops"."History"`.
    ///
    /// # Errors
    /// All of [`InvalidLedger`].
    pub fn from_sql(text: &str) -> Result<Self, InvalidLedger> {
        let mut parts = names_in_sql(text).ok_or_else(|| syntax(text))?;
        let table = parts.pop().ok_or_else(|| syntax(text))?;
        let ledger = Self::new(table)?;
        match parts.pop() {
            None => Ok(ledger),
            Some(_) if !parts.is_empty() => Err(syntax(text)),
            Some(schema) => SchemaName::new(schema)
                .map(|schema| ledger.in_schema(schema))
                .map_err(InvalidLedger::Name),
        }
    }

    /// The table.
    pub fn table(&self) -> &Ident {
        &self.table
    }

    /// The log beside it: the same name with `_log` behind it.
    pub fn log(&self) -> &Ident {
        &self.log
    }

    /// Where it stands; `None`: in the schema of the migrations.
    pub fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }
}

impl Default for LedgerName {
    #[expect(clippy::expect_used, reason = "a constant, checked by a test")]
    fn default() -> Self {
        Self::new("_sqlx_migrations").expect("a name")
    }
}

impl fmt::Display for LedgerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        self.table.fmt(f)
    }
}

fn syntax(text: &str) -> InvalidLedger {
    InvalidLedger::Syntax {
        text: text.to_owned(),
    }
}

/// The names between the dots: what is not in quotes is lowercase to the server.
/// <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-IDENTIFIERS>
pub(crate) fn names_in_sql(text: &str) -> Option<Vec<String>> {
    let mut names = Vec::new();
    let mut rest = text.trim();
    loop {
        let (name, behind) = match rest.strip_prefix('"') {
            Some(quoted) => in_quotes(quoted)?,
            None => bare(rest)?,
        };
        names.push(name);
        let behind = behind.trim_start();
        if behind.is_empty() {
            return Some(names);
        }
        rest = behind.strip_prefix('.')?.trim_start();
    }
}

fn in_quotes(text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    let mut rest = text;
    loop {
        let (before, behind) = rest.split_once('"')?;
        name.push_str(before);
        match behind.strip_prefix('"') {
            Some(doubled) => {
                name.push('"');
                rest = doubled;
            }
            None => return Some((name, behind)),
        }
    }
}

fn bare(text: &str) -> Option<(String, &str)> {
    let is_start = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let is_part = |c: char| is_start(c) || c.is_ascii_digit() || c == '$';
    text.starts_with(is_start).then(|| {
        let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
        let (name, behind) = text.split_at(end);
        (name.to_ascii_lowercase(), behind)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> String {
        match LedgerName::from_sql(text) {
            Ok(ledger) => ledger.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn it_is_sqlxs_if_nothing_else_is_said() {
        let ledger = LedgerName::default();
        assert_eq!(ledger.to_string(), "\"_sqlx_migrations\"");
        assert_eq!(ledger.log().as_str(), "_sqlx_migrations_log");
    }

    #[test]
    fn a_name_is_read_as_the_server_reads_it() {
        assert_eq!(read("History"), r#""history""#);
        assert_eq!(read(" ops . History "), r#""ops"."history""#);
        assert_eq!(
            read(r#""Ops"."my ""own"".log""#),
            r#""Ops"."my ""own"".log""#
        );
        assert_eq!(read("größe"), r#""größe""#);
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "a.",
            ".a",
            "a.b.c",
            "a b",
            "1a",
            "\"a",
            "a;drop table b",
            "a-b",
        ] {
            assert!(
                read(text).contains("is no name as SQL writes it"),
                "{text:?}"
            );
        }
        assert!(read("\"\"").contains("must not be empty"));
        assert!(read("pg_catalog.a").contains("reserves \"pg_catalog\""));
    }

    #[test]
    fn there_is_room_for_the_name_of_the_log() {
        assert!(LedgerName::new("a".repeat(59)).is_ok());
        for bytes in [60, 63, 64] {
            let error = LedgerName::new("a".repeat(bytes)).unwrap_err();
            assert_eq!(error, InvalidLedger::TooLong { bytes });
        }
    }
}
