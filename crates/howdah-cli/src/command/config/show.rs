use std::fmt;

use howdah_config::EffectiveValue;
use serde_json::json;

use super::problems;
use crate::settings::Sources;
use crate::{Error, Exit, Output};

/// `howdah config show`
pub(super) fn show(sources: Sources, output: &mut Output) -> Result<Exit, Error> {
    let loaded = problems::load(sources, output)?;
    let values = loaded.effective();
    let row = |row: &EffectiveValue| {
        json!({
            "path": row.path,
            "value": row.value,
            "origin": row.origin,
            "default": loaded.is_default(&row.path),
        })
    };
    let rows: Vec<_> = values.iter().map(row).collect();
    output
        .result(Table(&values), &rows)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// Path, value and origin in columns.
struct Table<'a>(&'a [EffectiveValue]);

impl fmt::Display for Table<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&EffectiveValue) -> &str| {
            self.0
                .iter()
                .map(|row| text(row).chars().count())
                .max()
                .unwrap_or_default()
        };
        let (path, value) = (width(|row| &row.path), width(|row| &row.value));
        self.0.iter().try_for_each(|row| {
            writeln!(
                f,
                "{:path$}  {:value$}  {}",
                row.path, row.value, row.origin
            )
        })
    }
}
