//! `database.direct_url`: past a pooler.

use howdah_config::TlsMode;

use crate::support::{Place, env, loaded, refused};

#[test]
fn it_names_the_server_and_who_and_leaves_the_rest() {
    let text = "database:\n  url: postgres://app@pooler:6432/shop?sslmode=verify-full\n  \
        direct_url: postgres://deploy:pw@db1,db2:5433/real?sslmode=require&sslrootcert=/ca.pem\n";
    let database = loaded(text).database;
    assert_eq!(database.hosts[0].host, "pooler");
    let direct = database.direct.unwrap();
    let hosts: Vec<_> = direct
        .hosts
        .iter()
        .map(|host| (host.host.as_str(), host.port))
        .collect();
    assert_eq!(hosts, [("db1", 5432), ("db2", 5433)]);
    assert_eq!(direct.name.as_ref().unwrap().as_str(), "real");
    assert_eq!(direct.user.as_ref().unwrap().as_str(), "deploy");
    assert_eq!(direct.password.as_ref().unwrap().expose(), "pw");
    assert_eq!(direct.tls(&database.tls).mode, TlsMode::Require);
    assert!(!format!("{direct:?}").contains("pw"), "{direct:?}");
}

#[test]
fn it_may_be_a_variable_and_is_not_there_by_default() {
    assert_eq!(loaded("database: {}").database.direct, None);
    let place = Place::new(&[]);
    let url = env(&[("DIRECT_URL", "postgres://db/")]);
    let database = place.loader().env(url).load().unwrap().database;
    let direct = database.direct.unwrap();
    assert_eq!((direct.name, direct.user), (None, None));
    assert_eq!(direct.hosts[0].port, 5432);
}

#[test]
fn what_it_cannot_say_is_refused_without_a_word_of_it() {
    for (url, message) in [
        ("postgres://", "names no host"),
        (
            "postgres://u:hunter2@h/db?application_name=x",
            "application_name belongs into the other settings",
        ),
        ("postgres://u:hunt/er2@h/db", "percent-encode"),
        ("postgres://u:hunter2@h/pg_db?sslmode=maybe", "sslmode"),
    ] {
        let rendered = refused(&format!("database: {{ direct_url: \"{url}\" }}"));
        assert!(rendered.contains("database.direct_url: "), "{rendered}");
        assert!(rendered.contains(message), "{rendered}");
        assert!(!rendered.contains("hunter2"), "{rendered}");
    }
}

#[test]
fn production_refuses_its_password_and_its_plaintext() {
    let production = |url: &str| {
        format!(
            "database: {{ environment: production, tls: {{ mode: verify-full }}, direct_url: \"{url}\" }}"
        )
    };
    let rendered = refused(&production("postgres://u:hunter2@h/db?sslmode=prefer"));
    assert!(
        rendered.contains("below database.secrets.migrator"),
        "{rendered}"
    );
    assert!(rendered.contains("without TLS"), "{rendered}");
    let direct = loaded(&production("postgres://u@h/db")).database;
    let mode = direct.direct.unwrap().tls(&direct.tls).mode;
    assert_eq!(mode, TlsMode::VerifyFull);
}
