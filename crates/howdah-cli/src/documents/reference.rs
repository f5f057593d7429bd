mod json;
mod names;
mod parameters;

use std::fmt::Write as _;

use howdah_config::{Key, keys};

pub(crate) use json::reference_json;

use super::{kind, section_and_name};

const INTRODUCTION: &str = "\
# Reference

Every key of the settings, and every parameter of a connection URL. This page is printed by `howdah config reference`.

A key can be written in the settings file, as a variable, and with `--set`. Its other names are those that services used
before; two names that disagree are an error. Words in brackets say how a value is read that is not read like the key's.
";

/// Every key and every parameter of a URL, as Markdown.
pub fn render_reference() -> String {
    let mut text = INTRODUCTION.to_owned();
    let mut rest = keys();
    while let Some(first) = rest.first() {
        let section = section_and_name(first).0;
        let is_inside = |key: &&Key| section_and_name(key).0 == section;
        let (inside, after) = rest.split_at(rest.iter().take_while(is_inside).count());
        rest = after;
        add_section(&mut text, section, inside);
    }
    text.push_str(&parameters::table());
    text
}

fn add_section(text: &mut String, section: &str, keys: &[Key]) {
    add(text, format_args!("\n## `{section}`\n\n"));
    add(
        text,
        format_args!("| key | variable | default | allowed | meaning |\n|---|---|---|---|---|\n"),
    );
    for key in keys {
        let cells = [
            code(key.path),
            code(&key.variable("HOWDAH")),
            key.default.map_or_else(String::new, code),
            kind::with_bound(key.kind, key.bound),
            key.doc.to_owned(),
        ];
        text.push_str(&row(&cells));
    }
    text.push_str(&names::table(keys));
}

fn row(cells: &[String]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn add(text: &mut String, more: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _infallible = text.write_fmt(more);
}
