use std::fmt::Write as _;

use expect_test::expect;
use howdah_config::{Loaded, Loader};

use crate::support::{Place, env};

fn read(content: &str) -> Loaded {
    let place = Place::new(&[(".env", content)]);
    place
        .loader()
        .env(env(&[("SHELL_VAR", "shell")]))
        .load()
        .unwrap()
}

#[test]
fn the_forms_of_compose_are_read() {
    let loaded = read(
        "# comment\n\
         A=plain\n\
         export B=exported\n\
         C='single $A \\n'\n\
         D=\"double $A\\n\\\"\\\\\\$A\"\n\
         E=${A}-$SHELL_VAR-${NOPE:-d} # comment\n\
         F=\n\
         G=a#b\n\
         H=\"quoted\" # comment\n\
         I = spaced\r\n\
         J=pa$$word\n\
         K=\"\\d\"\n",
    );
    for (name, value) in [
        ("A", "plain"),
        ("B", "exported"),
        ("C", "single $A \\n"),
        ("D", "double plain\n\"\\$A"),
        ("E", "plain-shell-d"),
        ("F", ""),
        ("G", "a#b"),
        ("H", "quoted"),
        ("I", "spaced"),
        ("J", "pa$word"),
        ("K", "\\d"),
    ] {
        assert_eq!(loaded.environment()[name], value, "{name}");
    }
}

/// 66
#[test]
fn the_process_environment_wins_in_values_too() {
    let loaded = read("SHELL_VAR=dotenv\nX=${SHELL_VAR}\n");
    assert_eq!(loaded.environment()["X"], "shell");
    assert_eq!(loaded.environment()["SHELL_VAR"], "shell");
}

/// 60 to 65
#[test]
fn errors_give_the_line_and_no_content() {
    let place = Place::new(&[(
        ".env",
        "hunter2\n\
         A='hunter2\n\
         B=\"hunter2\n\
         1A=hunter2\n\
         A-B=hunter2\n\
         C=hunter2 hunter2\n\
         D=x\n\
         D=hunter2\n\
         E=pa$hunter2\n\
         F=${hunter2\n\
         G='a'hunter2\n\
         =hunter2\n\
         HOWDAH__DATABASE__PASSWORD=hunter2\n",
    )]);
    let rendered = place.rendered(place.loader());
    assert!(!rendered.contains("hunter2"), "{rendered}");
    expect![[r#"
        12 problems in the settings
          .env:1: has no `=`; write KEY=value
          .env:2: a quote is not closed in its line
          .env:3: a quote is not closed in its line
          .env:4: the name before `=` must be letters, digits and _, and must not start with a digit
          .env:5: the name before `=` must be letters, digits and _, and must not start with a digit
          .env:6: a value with spaces must stand in quotes
          .env:8: sets a variable again; the first time is in line 7
          .env:9: uses a variable that is not set; give it a default with `:-`, or put the value in single quotes if its `$` is meant literally
          .env:10: has a malformed `${...}`; put the value in single quotes if its `$` is meant literally
          .env:11: something follows the closing quote
          .env:12: the name before `=` must be letters, digits and _, and must not start with a digit
          .env:13: HOWDAH__DATABASE__PASSWORD: is not a known variable; name the password's file with HOWDAH__DATABASE__SECRETS__APP__FILE"#]].assert_eq(&rendered);
}

#[test]
fn a_byte_order_mark_is_refused() {
    let place = Place::new(&[(".env", "\u{feff}A=x\n")]);
    assert!(place.rendered(place.loader()).contains("byte order mark"));
}

#[test]
fn a_file_that_is_no_utf_8_shows_the_byte_only() {
    let place = Place::new(&[]);
    place.write(".env", b"A=hunter2\nB=\xff\n");
    let rendered = place.rendered(place.loader());
    assert!(
        rendered.contains("byte 12") && !rendered.contains("hunter2"),
        "{rendered}"
    );
}

/// 67
#[test]
fn in_production_it_is_not_read_and_a_notice_says_so() {
    let file = (
        "howdah.yaml",
        "database: { environment: '${APP_ENVIRONMENT:-production}' }",
    );
    let dotenv = (".env", "HOWDAH__DATABASE__PORT=1\nX=y\n");
    let by_file = Place::new(&[file, dotenv]);
    let by_env = Place::new(&[dotenv]);
    for (place, process) in [
        (&by_file, env(&[])),
        (&by_env, env(&[("APP_ENVIRONMENT", "production")])),
        (
            &by_env,
            env(&[("HOWDAH__DATABASE__ENVIRONMENT", "production")]),
        ),
    ] {
        let loaded = place.loader().env(process.clone()).load().unwrap();
        assert_eq!(loaded.database.hosts[0].port, 5432);
        assert_eq!(*loaded.environment(), process);
        assert!(
            loaded.notices()[0].contains("not read in production"),
            "{:?}",
            loaded.notices()
        );
    }
    let development = by_file
        .loader()
        .env(env(&[("APP_ENVIRONMENT", "development")]));
    assert_eq!(development.load().unwrap().database.hosts[0].port, 1);
}

#[test]
fn it_cannot_say_production_itself() {
    for content in ["APP_ENVIRONMENT=production\n", "MODE=production\n"] {
        let place = Place::new(&[
            (".env", content),
            (
                "howdah.yaml",
                "database: { environment: '${MODE:-development}' }",
            ),
        ]);
        assert!(
            place.rendered(place.loader()).contains("cannot be set by"),
            "{content}"
        );
    }
}

#[test]
fn a_file_that_was_named_must_exist() {
    let error = Loader::new()
        .dotenv("/nowhere/.env")
        .load()
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("/nowhere/.env") && error.contains("not found"),
        "{error}"
    );
}

/// A line that repeats what stands above it makes much of little.
#[test]
fn values_that_grow_out_of_all_bounds_hit_a_limit() {
    let mut content = format!("A={}\n", "a".repeat(60_000));
    for line in 0..1_000 {
        writeln!(content, "B{line}=${{A}}").unwrap();
    }
    let place = Place::new(&[(".env", &content)]);
    let rendered = place.rendered(place.loader());
    assert!(
        rendered.contains(".env:18: its values are longer than 1 MiB together"),
        "{rendered}"
    );
    assert!(rendered.starts_with("1 problem "), "{rendered}");
    let double = Place::new(&[(
        ".env",
        &format!("A={}\nB=${{A}}${{A}}\n", "a".repeat(40_000)),
    )]);
    let rendered = double.rendered(double.loader());
    assert!(
        rendered.contains(".env:2: is nested too deeply, or is longer than 64 KiB"),
        "{rendered}"
    );
}

#[test]
fn libpq_s_variables_in_it_are_named_and_not_read() {
    let place = Place::new(&[(".env", "PGHOST=pg\nHOWDAH__DATABASE__LIBPQ_ENV=true\n")]);
    let loaded = place.loader().load().unwrap();
    assert!(
        loaded
            .notices()
            .join("\n")
            .contains(".env are not read, only those of the process: PGHOST")
    );
}
