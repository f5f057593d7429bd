use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use howdah_ident::SchemaName;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::SqlxToml;
use crate::LedgerName;
use crate::ledger_name::names_in_sql;
use crate::place::Place;

/// What is wrong, and where.
type Fault = (Option<Place>, String);

/// The file as sqlx declares it: an unknown key is an error in the sections that are read here. The others only have to
/// be there.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct File {
    common: Common,
    drivers: IgnoredAny,
    macros: IgnoredAny,
    migrate: Migrate,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Common {
    database_url_var: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
struct Migrate {
    create_schemas: Vec<Spanned<String>>,
    table_name: Option<Spanned<String>>,
    migrations_dir: Option<PathBuf>,
    ignored_chars: BTreeSet<char>,
    defaults: Defaults,
}

/// sqlx takes unknown keys here.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
struct Defaults {
    migration_type: MigrationType,
    migration_versioning: Versioning,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum MigrationType {
    #[default]
    Inferred,
    Simple,
    Reversible,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Versioning {
    #[default]
    Inferred,
    Timestamp,
    Sequential,
}

impl File {
    pub(super) fn parse(text: &str) -> Result<Self, Vec<Fault>> {
        toml::from_str(text).map_err(|error| {
            let place = error.span().map(|span| Place::of_byte(text, span.start));
            vec![(place, error.message().to_owned())]
        })
    }

    /// Checks the names, which are SQL to sqlx.
    pub(super) fn finish(self, text: &str, path: &Path) -> Result<SqlxToml, Vec<Fault>> {
        let mut faults = Vec::new();
        let migrate = self.migrate;
        let named = migrate.table_name.as_ref();
        let ledger = named.and_then(|name| {
            let ledger = LedgerName::from_sql(name.get_ref()).map_err(|error| error.to_string());
            checked(ledger, name, text, &mut faults)
        });
        let create = migrate.create_schemas.iter();
        let create_schemas = create
            .filter_map(|name| checked(schema(name.get_ref()), name, text, &mut faults))
            .collect();
        if !faults.is_empty() {
            faults.sort_by_key(|(place, _)| place.as_ref().map(|place| (place.line, place.column)));
            return Err(faults);
        }
        let beside = path.parent().unwrap_or(Path::new(""));
        Ok(SqlxToml {
            path: path.to_owned(),
            database_url_var: self.common.database_url_var,
            create_schemas,
            ledger,
            migrations_dir: migrate.migrations_dir.map(|dir| beside.join(dir)),
            ignored_chars: migrate.ignored_chars,
            reversible: match migrate.defaults.migration_type {
                MigrationType::Inferred => None,
                MigrationType::Simple => Some(false),
                MigrationType::Reversible => Some(true),
            },
            sequential: match migrate.defaults.migration_versioning {
                Versioning::Inferred => None,
                Versioning::Timestamp => Some(false),
                Versioning::Sequential => Some(true),
            },
        })
    }
}

fn checked<T>(
    result: Result<T, String>,
    name: &Spanned<String>,
    text: &str,
    faults: &mut Vec<Fault>,
) -> Option<T> {
    let place = || Some(Place::of_byte(text, name.span().start));
    result
        .map_err(|message| faults.push((place(), message)))
        .ok()
}

pub(super) fn schema(text: &str) -> Result<SchemaName, String> {
    let names = names_in_sql(text).unwrap_or_default();
    let [name] = names.as_slice() else {
        return Err(format!("{text:?} is no name of a schema as SQL writes it"));
    };
    SchemaName::new(name).map_err(|error| error.to_string())
}
