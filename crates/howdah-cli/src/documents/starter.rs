use std::fmt::Write as _;

use howdah_config::{Key, keys};

use super::{kind, section_and_name};

/// Their defaults depend on other values: written down, they would hold where another one is better.
const DEPENDENT: [&str; 2] = ["database.pool.idle_timeout", "database.migrations.mode"];

const HEADER: &str = "\
# The settings of howdah: every key with its default. `howdah config check` says what is wrong with a value.
# A line that begins with a `#` and a key, without a space between them, is a key that is not set.
# A value may hold variables: ${NAME}, ${NAME:-default}, ${NAME:?message}.
";

/// A settings file to start from; `schema` is where its JSON Schema is, seen from the file.
pub fn render_starter(schema: Option<&str>) -> String {
    let mut text = String::new();
    if let Some(schema) = schema {
        line(
            &mut text,
            0,
            &format!("# yaml-language-server: $schema={schema}"),
        );
    }
    text.push_str(HEADER);
    let mut open: Vec<&str> = Vec::new();
    for key in keys() {
        let (section, name) = section_and_name(key);
        let wanted: Vec<&str> = section.split('.').collect();
        begin_sections(&mut text, &open, &wanted);
        line(&mut text, wanted.len(), &format!("# {}", comment(key)));
        line(&mut text, wanted.len(), &setting(key, name));
        open = wanted;
    }
    text
}

/// The headings between the section that is open and the one that is wanted.
fn begin_sections(text: &mut String, open: &[&str], wanted: &[&str]) {
    let same = open.iter().zip(wanted).take_while(|(a, b)| a == b).count();
    for (depth, name) in wanted.iter().enumerate().skip(same) {
        if depth == same {
            text.push('\n');
        }
        line(text, depth, &format!("{name}:"));
    }
}

fn comment(key: &Key) -> String {
    format!("{}{}", key.doc, kind::in_brackets(key.kind, key.bound))
}

fn setting(key: &Key, name: &str) -> String {
    match key.default {
        None => format!("#{name}:"),
        Some(default) if DEPENDENT.contains(&key.path) => format!("#{name}: {default}"),
        Some(default) => format!("{name}: {default}"),
    }
}

fn line(text: &mut String, depth: usize, content: &str) {
    // Writing to a String cannot fail.
    let _infallible = writeln!(text, "{:indent$}{content}", "", indent = depth * 2);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dependent_keys_are_keys() {
        for path in DEPENDENT {
            assert!(keys().iter().any(|key| key.path == path), "{path}");
        }
    }

    #[test]
    fn the_file_names_its_schema_in_the_first_line() {
        let text = render_starter(Some("howdah.schema.json"));
        assert!(text.starts_with("# yaml-language-server: $schema=howdah.schema.json\n# "));
        assert!(!render_starter(None).contains("yaml-language-server"));
    }
}
