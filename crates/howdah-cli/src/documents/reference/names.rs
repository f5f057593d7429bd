use howdah_config::{Alias, AliasPlace, Key, Reads};

use super::{code, row};

const PLACES: [AliasPlace; 5] = [
    AliasPlace::File,
    AliasPlace::Variable,
    AliasPlace::Libpq,
    AliasPlace::Url,
    AliasPlace::Flag,
];

const HEADING: &str = "
Other names:

| key | in the file | variable | variable of libpq | part of the URL | option |
|---|---|---|---|---|---|
";

/// The other names of these keys by place; nothing when they have none.
pub(super) fn table(keys: &[Key]) -> String {
    let named = keys.iter().filter(|key| !key.aliases.is_empty());
    let rows: String = named.map(names).collect();
    if rows.is_empty() {
        return rows;
    }
    format!("{HEADING}{rows}")
}

fn names(key: &Key) -> String {
    let mut cells = vec![code(key.path)];
    cells.extend(PLACES.map(|place| {
        let names = key.aliases.iter().filter(|alias| alias.place == place);
        names.map(name).collect::<Vec<_>>().join(", ")
    }));
    row(&cells)
}

fn name(alias: &Alias) -> String {
    let name = code(alias.name);
    match alias.reads {
        Reads::Minutes => format!("{name} (minutes)"),
        Reads::MaxOpen => format!("{name} (size and overflow together)"),
        Reads::Whether { yes, no } => format!("{name} (true: {yes}, false: {no})"),
        Reads::Secret => format!("{name} (the secret itself)"),
        _ => name,
    }
}
