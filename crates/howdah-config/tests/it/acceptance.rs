//! Bad inputs, each with what its problem must say. Nowhere may the word `hunter2` appear.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use howdah_config::Loader;

use crate::support::{Place, env, loaded, yaml};

/// YAML text -> parts of the message.
#[rustfmt::skip]
const YAML: &[(&str, &str, &[&str])] = &[
    ("4", "", &["howdah.yaml", "empty"]),
    ("5", "# nothing\n\n---\n# here\n", &["empty"]),
    ("6", "database:\n\tport: 1\n", &["howdah.yaml:2:"]),
    ("7", "database:\n    port: 1\n  host: a\n", &["howdah.yaml:3:"]),
    ("8", "database:\n  host: \"abc\n", &["howdah.yaml:"]),
    ("9", "database: {\n  host: a\n", &["howdah.yaml:"]),
    ("10a", "database:\n  host: @h\n", &["howdah.yaml:2:9", "quote"]),
    ("10b", "database:\n  host: %h\n", &["howdah.yaml:2:9", "quote"]),
    ("11", "database:\n  host: *x\n", &["howdah.yaml:2:9", "anchor"]),
    ("12", "database:\n  port: 1\n  port: 2\n", &["howdah.yaml:3:3", "line 2", "port"]),
    ("13", "database:\n  pool:\n    sizee: 1\n", &["database.pool.sizee", "howdah.yaml:3:5", "did you mean `pool.size`"]),
    ("15", "database:\n  port: many\n", &["database.port", "\"many\"", "integer", "howdah.yaml:2:9"]),
    ("16", "database: { pool: { size: -1 } }", &["pool.size: -1", "negative"]),
    ("17", "database: { pool: { size: 5.0 } }", &["pool.size: 5.0", "integer"]),
    ("18", "database: { port: 99999999999999999999999 }", &["database.port", "too large"]),
    ("19a", "database: { pool: { size: 0 } }", &["pool.size: 0", "1..=100"]),
    ("19b", "database: { pool: { size: 1001 } }", &["pool.size: 1001", "1..=100"]),
    ("20", "database: { pool: { idle_timeout: 20m, max_lifetime: 10m } }", &["pool.idle_timeout", "pool.max_lifetime"]),
    ("21a", "database: { pool: { idle_timeout: 30x } }", &["30x", "1h30m"]),
    ("21b", "database: { pool: { idle_timeout: -1s } }", &["-1s", "1h30m"]),
    ("21c", "database: { pool: { idle_timeout: 1h30 } }", &["1h30", "1h30m"]),
    ("21d", "database: { pool: { idle_timeout: '' } }", &["idle_timeout", "is empty"]),
    ("22", "database: { environment: prod }", &["\"prod\"", "development, testing or production"]),
    ("23", "database:\n  host:\n", &["database.host", "has no value", "howdah.yaml:2:"]),
    ("24a", "database: { port: [1] }", &["database.port", "not a list", "howdah.yaml:1:19"]),
    ("24b", "database: { pool: 5 }", &["database.pool", "section", "howdah.yaml:1:19"]),
    ("24c", "database: { port: { a: 1 } }", &["database.port", "not a section"]),
    ("25", "database: { port: 1 }\n---\ndatabase: { port: 2 }\n", &["two YAML documents"]),
    ("26a", "- a\n", &["root must be a map"]),
    ("26b", "database\n", &["root must be a map"]),
    ("28", "database: { host: \"a\0b\" }", &["NUL"]),
    ("31a", "database: { host: !!binary aGk= }", &["database.host", "tags are not supported"]),
    ("31b", "database: { host: !env hunter2 }", &["database.host", "tags are not supported"]),
    ("31c", "database: { port: !!int hunter2 }", &["tags are not supported", "howdah.yaml:1:"]),
    ("31d", "database: { !x port: 1 }", &["howdah.yaml:1:", "tags are not supported"]),
    ("-", "database: { [a]: 1 }", &["key must be a name"]),
    ("-", "database: { ~: 1 }", &["key must be a name"]),
    ("33", "database: &d\n  <<: *d\n", &["howdah.yaml:"]),
    ("36a", "database:\n  host: '${'\n", &["howdah.yaml:2:9", "unterminated"]),
    ("36b", "database:\n  host: '${}'\n", &["howdah.yaml:2:9", "unterminated"]),
    ("36c", "database:\n  host: '${FOO'\n", &["howdah.yaml:2:9", "unterminated"]),
    ("37a", "database: { host: '${FOO }' }", &["space in name"]),
    ("37b", "database: { host: '${ FOO}' }", &["space in name"]),
    ("38", "database: { host: '${1X}' }", &["starts with a letter"]),
    ("39a", "database: { host: '${FOO:=x}' }", &["operator not supported"]),
    ("39b", "database: { host: '${FOO/a/b}' }", &["operator not supported"]),
    ("39c", "database: { host: '${FOO:0:2}' }", &["operator not supported"]),
    ("39d", "database: { host: '${!X}' }", &["operator not supported"]),
    ("40", "database: { host: '${NOPE}' }", &["database.host", "NOPE", "howdah.yaml:1:19"]),
    ("41", "database: { host: '${NOPE:?say where}' }", &["NOPE", "say where"]),
    ("42", "database: { host: '${EMPTY:?say where}' }", &["EMPTY", "is empty", "say where"]),
    ("43", "database: { host: '${NOPE:-${INNER:?x}}' }", &["INNER"]),
    ("44", "database: { port: '${WORD}' }", &["database.port", "${WORD}", "integer"]),
];

fn process() -> std::collections::BTreeMap<String, String> {
    env(&[("FOO", "hunter2"), ("EMPTY", ""), ("WORD", "abc")])
}

#[test]
fn bad_yaml_says_what_and_where() {
    for (number, content, parts) in YAML {
        let place = yaml(content);
        let rendered = place.rendered(place.loader().env(process()));
        for part in *parts {
            assert!(
                rendered.contains(part),
                "{number}: no {part:?} in: {rendered}"
            );
        }
        assert!(!rendered.contains("hunter2"), "{number}: {rendered}");
    }
}

/// 1 and 2; 3 cannot be seen by root.
#[test]
fn a_file_that_cannot_be_read_is_named() {
    let place = Place::new(&[]);
    let missing = place.path().join("missing.yaml");
    let rendered = place.rendered(Loader::new().file(missing));
    assert!(
        rendered.contains("missing.yaml") && rendered.contains("not found"),
        "{rendered}"
    );

    let dir = place.path().join("dir.yaml");
    std::fs::create_dir(&dir).unwrap();
    let rendered = place.rendered(Loader::new().file(dir));
    assert!(
        rendered.contains("dir.yaml") && rendered.contains("directory"),
        "{rendered}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = yaml("database: {}");
    let path = place.path().join("howdah.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        // Root reads what nobody may.
        assert!(place.loader().load().is_ok());
    } else {
        assert!(place.rendered(place.loader()).contains("permission denied"));
    }
}

/// 27, 29, 34
#[test]
fn bytes_that_are_no_settings_are_refused() {
    let place = Place::new(&[]);
    let utf16: Vec<u8> = "\u{feff}database: {}"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    let large = [b"# ".as_slice(), &vec![b'x'; 1024 * 1024]].concat();
    for (content, part) in [
        (b"database: { host: \xff }".as_slice(), "byte 18"),
        (&large, "larger than 1 MiB"),
        (&utf16, "UTF-16"),
    ] {
        place.write("howdah.yaml", content);
        let rendered = place.rendered(place.loader());
        assert!(rendered.contains(part), "{rendered}");
    }
}

/// 30
#[test]
fn bombs_hit_a_limit_at_once() {
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..9 {
        let items = [format!("*a{}", level - 1).as_str(); 9].join(", ");
        writeln!(aliases, "a{level}: &a{level} [{items}]").unwrap();
    }
    let flow = "[".repeat(20_000);
    let block = "- ".repeat(20_000);
    let maps = (0..300)
        .map(|depth| " ".repeat(depth) + "a:\n")
        .collect::<String>();
    let mut wide = String::new();
    for index in 0..20_000 {
        writeln!(wide, "k{index}: v").unwrap();
    }
    for bomb in [aliases, flow, block, maps, wide] {
        let started = Instant::now();
        let place = yaml(&bomb);
        let rendered = place.rendered(place.loader());
        let limit = ["limit", "budget", "depth", "exceed", "nest"];
        assert!(
            limit.iter().any(|word| rendered.contains(word)),
            "{rendered}"
        );
        assert!(!rendered.contains("replay"), "{rendered}");
        assert!(rendered.len() < 1_000, "{rendered}");
        assert!(started.elapsed() < Duration::from_secs(1));
    }
}

/// 32 has no key yet that is a truth value; 35: a number is a name as any other.
#[test]
fn a_number_is_a_role_name() {
    assert_eq!(
        loaded("database: { roles: { app: 123 } }")
            .database
            .roles
            .app
            .as_str(),
        "123"
    );
}

/// 45, 46 are in `interpolation`; 47 in a file; 48.
#[test]
fn bombs_and_keys_in_interpolation_are_handled_in_files_too() {
    let bomb = "${U:-".repeat(10_000) + &"}".repeat(10_000);
    let place = yaml(&format!("database: {{ host: '{bomb}' }}"));
    assert!(place.rendered(place.loader()).contains("32 levels"));

    let keyed = Place::new(&[("config.yaml", "$FOO: ${\n${X}: a\ndatabase: {}\n")]);
    assert!(keyed.loader().load().is_ok());
}

/// 49 to 52, 56
#[test]
fn bad_variables_are_named() {
    for (number, name, value, parts) in [
        (
            "49",
            "HOWDAH__DATABASE__POOL__SIZEE",
            "hunter2",
            ["not a known variable", "HOWDAH__DATABASE__POOL__SIZE?"],
        ),
        (
            "50a",
            "HOWDAH__DATABASE",
            "hunter2",
            ["section", "HOWDAH__DATABASE__"],
        ),
        (
            "50b",
            "HOWDAH__DATABASE__POOL",
            "5",
            ["section", "HOWDAH__DATABASE__POOL__SIZE"],
        ),
        (
            "51",
            "HOWDAH__DATABASE__POOL__SIZE",
            "abc",
            ["HOWDAH__DATABASE__POOL__SIZE: ", "integer"],
        ),
        (
            "52",
            "HOWDAH__DATABASE__POOL__SIZE",
            "",
            ["HOWDAH__DATABASE__POOL__SIZE: ", "is empty"],
        ),
        (
            "56",
            "HOWDAH__DATABASE__TLS__MODE",
            "verify_full",
            ["verify-full", "\"verify_full\""],
        ),
        (
            "-",
            "HOWDAH__SERVER__PORT",
            "1",
            ["not a known variable", "HOWDAH__SERVER__PORT"],
        ),
    ] {
        let loader = Loader::new().env(env(&[(name, value)]));
        let rendered = loader.load().unwrap_err().to_string();
        for part in parts {
            assert!(
                rendered.contains(part),
                "{number}: no {part:?} in: {rendered}"
            );
        }
        assert!(!rendered.contains("hunter2"), "{number}: {rendered}");
    }
}

#[test]
fn bad_explicit_paths_are_named() {
    for (path, part) in [
        ("database.pool.sizee", "did you mean `pool.size`"),
        ("database.pool", "is a section"),
        ("port", "did you mean `database.port`"),
    ] {
        let loader = Loader::new().set(path, "hunter2", "--flag");
        let rendered = loader.load().unwrap_err().to_string();
        assert!(
            rendered.contains(part) && rendered.contains("--flag"),
            "{rendered}"
        );
        assert!(!rendered.contains("hunter2"), "{rendered}");
    }
}

/// 53
#[cfg(unix)]
#[test]
fn a_variable_that_is_not_utf8_is_named() {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt as _;
    let place = yaml("database: { host: '${RAW_HOST}', secrets: { app: { env: RAW_PW } } }");
    let raw = |name: &str| {
        (
            OsString::from(name),
            OsString::from_vec(b"hunter2\xff".to_vec()),
        )
    };
    let names = [
        "HOWDAH__DATABASE__NAME",
        "DB_SCHEMA",
        "RAW_HOST",
        "RAW_PW",
        "UNRELATED",
    ];
    let loader = place.loader().env_os(names.map(raw));
    let rendered = place.rendered(loader);
    for part in [
        "HOWDAH__DATABASE__NAME: is not UTF-8",
        "DB_SCHEMA: is not UTF-8",
        "database.host: variable RAW_HOST is not UTF-8",
        "database.secrets.app.env: the variable RAW_PW is not UTF-8",
    ] {
        assert!(rendered.contains(part), "{part}: {rendered}");
    }
    assert!(
        !rendered.contains("hunter2") && !rendered.contains("UNRELATED"),
        "{rendered}"
    );
}
