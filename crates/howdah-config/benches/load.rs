//! How long a starting service waits for its settings. `cargo xtask bench config` runs this and knows the targets.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{BatchSize, Criterion};
use howdah_config::{Key, Kind, Loader, keys};

/// Leaves of the settings file.
const KEYS: usize = 200;

/// The most that a settings file may have.
const MAX_BYTES: usize = 1024 * 1024;

fn main() -> Result<(), Box<dyn Error>> {
    let dir = tempfile::tempdir()?;
    let mut criterion = Criterion::default().configure_from_args();
    three_layers(&mut criterion, &dir.path().join("layers"))?;
    let refused = [
        ("refuse-over-1-mib", text_of(MAX_BYTES + 1)),
        ("refuse-1-mib-of-keys", keys_of(MAX_BYTES)),
        ("refuse-1-mib-at-its-end", fault_at_end_of(MAX_BYTES)),
    ];
    for (name, content) in refused {
        refuse(&mut criterion, name, &dir.path().join(name), &content)?;
    }
    criterion.final_summary();
    Ok(())
}

/// Settings file, `.env` and environment, each with values of its own.
fn three_layers(criterion: &mut Criterion, dir: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("config.yaml"), settings_file())?;
    fs::write(dir.join(".env"), dotenv())?;
    let loader = Loader::new().directory(dir).env(environment());
    // A problem would be measured as a fast load.
    let loaded = loader.clone().load()?;
    for (key, origin) in [
        ("database.host", "config.yaml"),
        ("database.pool.overflow", ".env"),
        ("database.pool.size", "HOWDAH__"),
    ] {
        let found = loaded.origin(key).to_string();
        if !found.contains(origin) {
            return Err(format!("{key} comes from {found}, not from {origin}").into());
        }
    }
    criterion.bench_function("load-200-keys", |bencher| {
        bencher.iter_batched(
            || loader.clone(),
            |loader| black_box(loader.load().is_ok()),
            BatchSize::SmallInput,
        );
    });
    Ok(())
}

fn refuse(
    criterion: &mut Criterion,
    name: &str,
    dir: &Path,
    content: &str,
) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(dir)?;
    fs::write(dir.join("config.yaml"), content)?;
    let loader = Loader::new().directory(dir);
    if loader.clone().load().is_ok() {
        return Err(format!("{name}: the file is not refused").into());
    }
    criterion.bench_function(name, |bencher| {
        bencher.iter_batched(
            || loader.clone(),
            |loader| black_box(loader.load().is_err()),
            BatchSize::SmallInput,
        );
    });
    Ok(())
}

/// Every key of `database`, then sections of the service's own; every other value has a variable and a default.
fn settings_file() -> String {
    let mut yaml = String::new();
    let mut open: Vec<&str> = Vec::new();
    let usual = keys().iter().filter(|key| is_usual(key));
    for (number, key) in usual.enumerate() {
        let mut sections: Vec<&str> = key.path.split('.').collect();
        let leaf = sections.pop().unwrap_or_default();
        let shared = open.iter().zip(&sections).take_while(|(a, b)| a == b);
        for (depth, section) in sections.iter().enumerate().skip(shared.count()) {
            line(&mut yaml, depth, section, "");
        }
        let value = with_default(number, value_of(key));
        line(&mut yaml, sections.len(), leaf, &value);
        open = sections;
    }
    let first = keys().iter().filter(|key| is_usual(key)).count();
    for number in first..KEYS {
        if number.is_multiple_of(8) || number == first {
            line(&mut yaml, 0, &format!("section_{number}"), "");
        }
        line(
            &mut yaml,
            1,
            &format!("key_{number}"),
            &with_default(number, "some text"),
        );
    }
    yaml
}

fn value_of(key: &Key) -> &'static str {
    key.default.unwrap_or(match key.kind {
        Kind::VariableName => "POSTGRES_APP_USER_PW",
        Kind::Url => "postgres://appuser@localhost/appdb?application_name=bench",
        Kind::Addresses => "127.0.0.1",
        Kind::Options => "-c jit=off",
        Kind::Integer => "10",
        _ => "/run/secrets/some_file",
    })
}

/// Certificates would have to be there, and a secret has a file and a variable, or one of the other sources.
fn is_usual(key: &Key) -> bool {
    let is_other_source =
        matches!(key.kind, Kind::Argv | Kind::Secret) || key.path.ends_with(".credential");
    let is_certificate = key.path.starts_with("database.tls.") && key.kind == Kind::Path;
    !is_other_source && !is_certificate
}

fn with_default(number: usize, value: &str) -> String {
    if number.is_multiple_of(2) {
        return value.to_owned();
    }
    format!("\"${{VARIABLE_{number}:-{value}}}\"")
}

fn line(yaml: &mut String, depth: usize, name: &str, value: &str) {
    let space = if value.is_empty() { "" } else { " " };
    let indent = depth * 2;
    // Writing to a text does not fail.
    let _ = writeln!(yaml, "{:indent$}{name}:{space}{value}", "");
}

fn dotenv() -> String {
    let mut text = "HOWDAH__DATABASE__POOL__OVERFLOW=7\n".to_owned();
    for number in 0..20 {
        let _ = writeln!(text, "DOTENV_{number}=\"${{VARIABLE_1:-text}} {number}\"");
    }
    text
}

/// That of a process in a container, with some of the variables that the file asks for.
fn environment() -> BTreeMap<String, String> {
    let mut environment: BTreeMap<String, String> = (0..50)
        .map(|number| {
            let name = format!("SERVICE_{number}_ADDRESS");
            (name, format!("tcp://10.0.0.{number}:80"))
        })
        .collect();
    environment.insert("HOWDAH__DATABASE__POOL__SIZE".to_owned(), "40".to_owned());
    environment.insert("VARIABLE_3".to_owned(), "localhost".to_owned());
    environment
}

/// Few, long values.
fn text_of(bytes: usize) -> String {
    let mut yaml = "database:\n  host: localhost\nnotes:\n".to_owned();
    let mut number = 0;
    while yaml.len() < bytes {
        let text = "some text of the service ".repeat(40);
        let _ = writeln!(yaml, "  note_{number}: {text}");
        number += 1;
    }
    yaml.truncate(bytes);
    yaml
}

/// Far more keys than are allowed.
fn keys_of(bytes: usize) -> String {
    let mut yaml = "database:\n  host: localhost\nnotes:\n".to_owned();
    let mut number = 0;
    while yaml.len() < bytes {
        let _ = writeln!(yaml, "  k{number}: {number}");
        number += 1;
    }
    yaml.truncate(bytes);
    yaml
}

/// As large as is allowed, and all of it must be read.
fn fault_at_end_of(bytes: usize) -> String {
    let end = "\ndatabase_: 1\ndatabase: 1\n";
    let mut yaml = text_of(bytes - end.len());
    yaml.push_str(end);
    yaml
}
