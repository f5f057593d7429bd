use howdah_cli::render_starter;
use howdah_config::{Database, Loader, keys};

use crate::support::Place;

/// With every key that is commented out, which is one without a space behind the `#`.
fn with_every_key(text: &str) -> String {
    let line = |line: &str| {
        let start = line.trim_start();
        let indent = line.len() - start.len();
        match start.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => format!("{}{key}\n", &line[..indent]),
            _ => format!("{line}\n"),
        }
    };
    text.lines().map(line).collect()
}

fn load(text: &str, environment: &str) -> Database {
    let place = Place::new(&[("howdah.yaml", text)]);
    let loader = Loader::new().directory(place.path());
    let loader = loader.set("database.environment", environment, "--set");
    let loader = loader.set("database.tls.mode", "require", "--set");
    let loader = loader.set("database.secrets.app.env", "PW", "--set");
    let loaded = loader.load().unwrap();
    assert_eq!(loaded.notices(), [""; 0]);
    loaded.database
}

fn defaults(environment: &str) -> Database {
    let loader = Loader::new().set("database.environment", environment, "--set");
    let loader = loader.set("database.tls.mode", "require", "--set");
    let loader = loader.set("database.secrets.app.env", "PW", "--set");
    loader.load().unwrap().database
}

#[test]
fn the_file_gives_the_defaults_in_every_environment() {
    for environment in ["development", "testing", "production"] {
        let database = load(&render_starter(None), environment);
        assert_eq!(database, defaults(environment), "{environment}");
    }
}

#[test]
fn the_file_with_every_key_loads_and_gives_the_defaults() {
    let text = with_every_key(&render_starter(None));
    for key in keys() {
        let name = key.path.rsplit('.').next().unwrap();
        assert!(text.contains(&format!(" {name}:")), "{}", key.path);
    }
    assert_eq!(load(&text, "development"), defaults("development"));
}

#[test]
fn every_key_is_in_the_file_with_its_meaning() {
    let text = render_starter(None);
    for key in keys() {
        assert!(text.contains(&format!("# {}", key.doc)), "{}", key.path);
    }
    let settings = with_every_key(&text);
    let lines = settings.lines().map(str::trim_start);
    let count = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .count();
    // The keys, and the headings of their sections.
    assert_eq!(count, keys().len() + 10);
}

#[test]
fn a_file_that_is_there_is_kept_unless_it_is_forced() {
    let place = Place::empty();
    assert_eq!(place.text(&["config", "init"]), "made howdah.yaml\n");
    assert_eq!(place.read("howdah.yaml"), render_starter(None));
    place.write("howdah.yaml", "database: { port: 1 }\n");
    let done = place.run(&["config", "init"]);
    done.refused(2, &["howdah.yaml is there already", "--force"]);
    assert_eq!(place.read("howdah.yaml"), "database: { port: 1 }\n");
    let printed = place.json(&["config", "init", "--force"]);
    assert_eq!(printed["replaced"], true);
    assert_eq!(place.read("howdah.yaml"), render_starter(None));
    assert_eq!(place.text(&["config", "check"]), "ok: howdah.yaml\n");
}

#[test]
fn another_path_and_standard_output_can_be_asked_for() {
    let place = Place::empty();
    assert_eq!(
        place.text(&["config", "init", "--stdout"]),
        render_starter(None)
    );
    assert!(!place.path().join("howdah.yaml").exists());
    place.text(&["config", "init", "--path", "config.yml"]);
    assert_eq!(place.read("config.yml"), render_starter(None));
    place
        .run(&["config", "init", "--path", "howdah.toml"])
        .refused(2, &["howdah.toml", ".yaml"]);
    place
        .run(&["config", "init", "--path", "no/such/x.yaml"])
        .refused(1, &["no/such/x.yaml"]);
}

#[test]
fn a_schema_beside_the_file_is_named_in_it() {
    let place = Place::new(&[("howdah.schema.json", "{}")]);
    place.text(&["config", "init"]);
    let text = place.read("howdah.yaml");
    assert!(text.starts_with("# yaml-language-server: $schema=howdah.schema.json\n"));
}
