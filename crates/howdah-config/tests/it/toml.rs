use std::fmt::Write as _;

use expect_test::expect;

use crate::support::Place;

fn toml(content: &str) -> Place {
    Place::new(&[("howdah.toml", content)])
}

#[test]
fn the_same_settings_can_be_written_in_toml() {
    let place = toml(
        "[database]\nhost = \"h\"\nport = 5_433\nroles = { app = 123 }\n\n[database.pool]\nsize = 7\nmax_lifetime = '1h'\n",
    );
    let loaded = place.loader().load().unwrap();
    assert_eq!(loaded.database.hosts[0].host, "h");
    assert_eq!(loaded.database.hosts[0].port, 5433);
    assert_eq!(loaded.database.roles.app.as_str(), "123");
    assert_eq!(loaded.database.pool.size, 7);
    let origin = loaded.origin("database.pool.size").to_string();
    assert!(origin.ends_with("howdah.toml:7:8"), "{origin}");
}

#[test]
fn problems_have_line_and_column() {
    let place = toml("[database]\nport = 1.5\nhosst = 'x'\npool = [1]\ntls = true\n[databas]\n");
    expect![[r#"
        5 problems in the settings
          howdah.toml:2:8: database.port: 1.5 is not an integer (expected 1..=65535)
          howdah.toml:3:1: database.hosst: is not a known key; did you mean `host`?
          howdah.toml:4:8: database.pool: must be a section with keys, not a list
          howdah.toml:5:7: database.tls: must be a section with keys, not a single value
          howdah.toml:6:2: databas: is not a known key; did you mean `database`?"#]]
    .assert_eq(&place.rendered(place.loader()));
}

#[test]
fn all_syntax_errors_are_reported() {
    let place = toml("[database]\nport =\nhost = \"x\nname = 1\nname = 2\n");
    expect![[r#"
        3 problems in the settings
          howdah.toml:2:7: string values must be quoted, expected literal string
          howdah.toml:3:10: invalid basic string, expected `"`
          howdah.toml:5:1: duplicate key"#]]
    .assert_eq(&place.rendered(place.loader()));
}

#[test]
fn values_are_interpolated_as_in_yaml() {
    let place = toml("database.port = \"${PORT:-7}\"\n");
    assert_eq!(place.loader().load().unwrap().database.hosts[0].port, 7);
}

#[test]
fn an_empty_file_is_refused() {
    let place = toml("# nothing\n");
    assert!(place.rendered(place.loader()).contains("empty"));
}

#[test]
fn bombs_hit_a_limit() {
    let mut wide = String::new();
    for index in 0..20_000 {
        writeln!(wide, "k{index} = 1").unwrap();
    }
    for (bomb, part) in [
        (wide, "limit of 10000"),
        (format!("a = {}", "[".repeat(20_000)), "nested deeper"),
        (format!("a = {}", "{ a = ".repeat(20_000)), "nested deeper"),
        (format!("{}b = 1", "a.".repeat(20_000)), "nested deeper"),
    ] {
        let place = toml(&bomb);
        let rendered = place.rendered(place.loader());
        let start: String = rendered.chars().take(500).collect();
        assert!(rendered.contains(part), "{start}");
    }
}
