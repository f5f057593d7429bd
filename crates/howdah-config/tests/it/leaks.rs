//! No public type and no error shows a secret.

use std::fmt::Debug;

use howdah_config::{ConnectionUrl, Loader, Unset, interpolate};

use crate::support::{Place, env};

const MARKER: &str = "hunter2marker";

fn is_free(printed: &impl Debug, what: &str) {
    for text in [format!("{printed:?}"), format!("{printed:#?}")] {
        assert!(!text.contains(MARKER), "{what}: {text}");
    }
}

/// The marker in every place where a secret may be.
fn everywhere() -> Vec<(String, String)> {
    let url = format!("postgres://u:{MARKER}@h/d");
    let json = format!("[\"print\",\"{MARKER}\"]");
    let pairs = [
        ("DATABASE_URL", url.as_str()),
        ("HOWDAH__DATABASE__SECRETS__MIGRATOR__VALUE", MARKER),
        ("HOWDAH__DATABASE__SECRETS__READ_ONLY__COMMAND", &json),
        ("PGPASSWORD", MARKER),
        ("SOME_PASSWORD", MARKER),
    ];
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn what_loads_is_free_of_it() {
    let loader = Loader::new().env(everywhere().into_iter().collect());
    is_free(&loader, "Loader");
    let loaded = loader.load().unwrap();
    is_free(&loaded, "Loaded");
    is_free(&loaded.database, "Database");
    is_free(&loaded.database.secrets, "Secrets");
    is_free(&loaded.effective(), "EffectiveValue");
    is_free(&loaded.notices(), "notices");
    is_free(&loaded.origin("database.secrets.app.value"), "Origin");
}

/// Every layer has something wrong, and the marker beside it.
#[test]
fn what_is_refused_is_free_of_it() {
    let file = format!(
        "database:\n  host: '{MARKER}@x'\n  pool: {{ size: abc }}\n  secrets: {{ app: {{ env: 'a {MARKER}' }} }}\n"
    );
    let dotenv = format!("BROKEN {MARKER}\nSOME_PASSWORD={MARKER}\nX='{MARKER}\nY=${{{MARKER}}}\n");
    let place = Place::new(&[("howdah.yaml", &file), (".env", &dotenv)]);
    for (name, value) in [
        ("DATABASE_URL", format!("postgres://u:{MARKER}/x@h/d")),
        ("DATABASE_URL", format!("postgres://u:x?{MARKER}=1@h/d")),
        ("DATABASE_URL", MARKER.to_owned()),
        ("DATABASE_URL", format!("u:{MARKER}@h/d")),
        (
            "DATABASE_URL",
            format!("postgres://u@h/d?password={MARKER}&password=x"),
        ),
        (
            "DATABASE_URL",
            format!("postgres://u@h/d?sslpassword={MARKER}"),
        ),
        ("DATABASE_URL", format!("host=h password={MARKER} port=x")),
        ("HOWDAH__DATABASE__SECRETS__APP__COMMAND", MARKER.to_owned()),
        (
            "HOWDAH__DATABASE__SECRETS__APP__VALUE",
            format!("{MARKER}\n"),
        ),
        ("HOWDAH__DATABASE__PASSWORD", MARKER.to_owned()),
        (
            "HOWDAH__DATABASE__HOST",
            format!("postgres://u:{MARKER}@h/d"),
        ),
    ] {
        let environment = env(&[(name, &value), ("APP_ENVIRONMENT", "testing")]);
        let error = place.loader().env(environment).load().unwrap_err();
        is_free(&error, name);
        assert!(!error.to_string().contains(MARKER), "{name}: {error}");
    }
}

#[test]
fn urls_and_interpolation_are_free_of_it() {
    let url = ConnectionUrl::parse(&format!("postgres://u:{MARKER}@h/d")).unwrap();
    is_free(&url, "ConnectionUrl");
    is_free(&url.render(), "Secret");
    let value = |_: &str| Some(MARKER.to_owned());
    is_free(
        &interpolate("${SOME_PASSWORD}", &value, Unset::Error),
        "Interpolated",
    );
    let broken = interpolate("${X:?${SOME_PASSWORD}}${", &value, Unset::Error);
    is_free(&broken, "InterpolationError");
}
