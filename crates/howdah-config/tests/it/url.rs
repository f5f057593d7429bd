mod bad_inputs;
mod libpq;
mod properties;

use howdah_config::{ConnectionUrl, Kind, Treatment, UrlError, parameters};
use howdah_secrets::Secret;

fn parse(text: &str) -> ConnectionUrl {
    ConnectionUrl::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn refused(text: &str) -> UrlError {
    match ConnectionUrl::parse(text) {
        Ok(url) => panic!("{text}: {url:?}"),
        Err(error) => error,
    }
}

/// The parts in one line, as `user=u password=p dbname=d h:1[addr] name=value`.
fn parts(url: &ConnectionUrl) -> String {
    let mut words = Vec::new();
    let mut named = |name: &str, value: Option<&str>| {
        words.extend(value.map(|value| format!("{name}={value}")));
    };
    named("user", url.user.as_deref());
    named("password", url.password.as_ref().map(Secret::expose));
    named("dbname", url.dbname.as_deref());
    for host in &url.hosts {
        let address = host.hostaddr.map(|address| format!("<{address}>"));
        let port = host.port.map(|port| format!(" port={port}"));
        words.push(format!(
            "host={}{}{}",
            host.host.as_deref().unwrap_or_default(),
            address.unwrap_or_default(),
            port.unwrap_or_default()
        ));
    }
    words.extend(
        url.params
            .iter()
            .map(|(name, value)| format!("{name}={value}")),
    );
    words.join(" ")
}

/// Those of the list that are fine here: 69, 77, 82, 83, 84, 86 and 88.
#[rustfmt::skip] // One row a line: the list is read as a table.
const GOOD: &[(&str, &str)] = &[
    ("postgres://", ""),
    ("postgresql://", ""),
    ("host=h dbname=db", "dbname=db host=h"),
    ("postgres://u:pw@/db", "user=u password=pw dbname=db"),
    ("postgres://h/db", "dbname=db host=h"),
    ("postgres://u@h", "user=u host=h"),
    ("postgres://[::1]/db", "dbname=db host=::1"),
    ("postgres://u@[fe80::1%25eth0]:5433/db", "user=u dbname=db host=fe80::1%eth0 port=5433"),
    ("postgres://h1,h2/db", "dbname=db host=h1 host=h2"),
    ("postgres://h1:1,h2:2/db", "dbname=db host=h1 port=1 host=h2 port=2"),
    ("postgres://h1,h2:2", "host=h1 host=h2 port=2"),
    ("postgres://h1,h2/db?port=5433", "dbname=db host=h1 port=5433 host=h2 port=5433"),
    ("postgres://:5433/db?host=h1,h2", "dbname=db host=h1 port=5433 host=h2 port=5433"),
    ("postgres://h1,h2?port=1,", "host=h1 port=1 host=h2"),
    ("postgres://?host=h1,h2&hostaddr=127.0.0.1,::1", "host=h1<127.0.0.1> host=h2<::1>"),
    ("postgres://?hostaddr=127.0.0.1,127.0.0.2", "host=<127.0.0.1> host=<127.0.0.2>"),
    ("postgres:///antiraid", "dbname=antiraid"),
    ("postgres:///db?host=@howdah", "dbname=db host=@howdah"),
    ("postgres://%40howdah/db", "dbname=db host=@howdah"),
    ("postgres://u:AnTiRaId123!@h/db", "user=u password=AnTiRaId123! dbname=db host=h"),
    ("postgres://u:a+b%2Bc%20d%C3%BC@h/d%2Fb", "user=u password=a+b+c dü dbname=d/b host=h"),
    ("postgres://u:pa$1$$%24PW{x}@h/db", "user=u password=pa$1$$$PW{x} dbname=db host=h"),
    ("postgres://ü:é@h/ß", "user=ü password=é dbname=ß host=h"),
    ("postgres://:pw@h", "password=pw host=h"),
    ("postgres://u:@h", "user=u host=h"),
    ("postgres://h:%35432/db", "dbname=db host=h port=5432"),
    ("postgres://h?user=&password=&dbname=&port=", "host=h"),
    ("postgres://h?sslmode=require&", "host=h sslmode=require"),
    ("postgres://h?ssl=true", "host=h sslmode=require"),
    ("postgres://h/db?options=-csearch_path%3Dapp%20--work_mem%3D1MB", "dbname=db host=h options=-csearch_path=app --work_mem=1MB"),
    ("postgres://h/db?application_name=", "dbname=db host=h application_name="),
    ("postgres://h/db?pool_size=10&max_overflow=5", "dbname=db host=h max_overflow=5 pool_size=10"),
    ("postgres://h/db?application_name=template-worker&connect_timeout=10", "dbname=db host=h application_name=template-worker connect_timeout=10"),
    ("postgres://h/db?gssencmode=prefer&client_encoding=UTF8", "dbname=db host=h client_encoding=UTF8 gssencmode=prefer"),
    ("user=u password='a b\\'c\\\\d' host=/var/run", "user=u password=a b'c\\d host=/var/run"),
    ("user = 'u'host=h\tport =5433", "user=u host=h port=5433"),
    ("password=a\\ b dbname=", "password=a b"),
    ("password=a\\$b=@&/?#%zz", "password=a$b=@&/?#%zz"),
    ("host=h1,h2 port=1,2 hostaddr=127.0.0.1,", "host=h1<127.0.0.1> port=1 host=h2 port=2"),
    ("host=::1 options='-c search_path=app'", "host=::1 options=-c search_path=app"),
    ("user=u password='' port='' host=''", "user=u"),
];

#[test]
fn what_is_given_is_read_and_nothing_is_added() {
    for (text, wanted) in GOOD {
        let url = parse(text);
        assert_eq!(parts(&url), *wanted, "{text}");
        assert_eq!(url.notices, [""; 0], "{text}");
    }
}

#[test]
fn the_driver_of_python_is_dropped_with_a_notice() {
    let text = "postgresql+asyncpg://user:password@postgres:5432/app_db";
    let url = parse(text);
    assert_eq!(
        parts(&url),
        "user=user password=password dbname=app_db host=postgres port=5432"
    );
    assert_eq!(url.notices.len(), 1);
    assert!(url.notices[0].contains("`+asyncpg`"));
    for driver in [
        "psycopg",
        "psycopg2",
        "psycopg_async",
        "psycopg2cffi",
        "pg8000",
        "aiopg",
        "pygresql",
    ] {
        assert_eq!(parse(&format!("postgres+{driver}://h")).notices.len(), 1);
    }
}

#[test]
fn the_ssl_of_asyncpg_is_sslmode_with_a_notice() {
    let url = parse("postgresql+asyncpg://h/db?ssl=verify-full");
    assert_eq!(url.params["sslmode"], "verify-full");
    assert_eq!(url.notices.len(), 2);
    assert!(
        refused("postgresql+asyncpg://h/db?ssl=hunter2")
            .message
            .contains("`sslmode`")
    );
}

#[test]
fn every_parameter_is_treated_as_its_row_says() {
    for row in parameters() {
        let name = row.name;
        let given = |value: &str| format!("postgres://?{name}={value}");
        let message = || refused(&given("hunter2")).message;
        match row.treatment {
            Treatment::Refused { instead } => {
                let wanted = format!("`{name}` cannot be honoured by the driver; {instead}");
                assert_eq!(message(), wanted);
            }
            Treatment::AcceptedOnly { values, reason } => {
                let accepted = |value: &&str| parse(&given(value)).params[name] == **value;
                assert!(values.iter().all(accepted), "{name}");
                assert!(message().contains(reason) && !message().contains("hunter2"));
            }
            Treatment::Honoured(Kind::Word(words)) => {
                let accepted = |word: &&str| parse(&given(word)).params[name] == **word;
                assert!(words.iter().all(accepted), "{name}");
                assert!(words.iter().all(|word| message().contains(word)), "{name}");
            }
            Treatment::Honoured(Kind::Integer) => {
                assert_eq!(parse(&given("7")).params[name], "7");
                assert!(message().contains("whole number"));
            }
            _ => {}
        }
    }
}

#[test]
fn a_position_is_given_where_it_says_nothing_about_a_password() {
    for (text, position) in [
        ("postgres://h:x/db", Some(14)),
        ("postgres://h/dü/b", Some(16)),
        ("postgres://h/db?port=1&zzz=1", Some(24)),
        ("host=h zzz=1", Some(8)),
        ("postgres://u:${PW}@h/db", Some(14)),
        ("postgres://u:hun@ter@h/db", None),
        ("postgres://u:hunter2@h:x/db", None),
        ("password=hunter2 zzz=1", None),
        ("postgres://h?p%61ssword=hunter2&zzz=1", None),
        ("mysql://h", None),
    ] {
        assert_eq!(refused(text).position, position, "{text}");
    }
}

#[test]
fn debug_does_not_show_the_password() {
    let url = parse("postgres://u:hunter2@h/db?sslmode=require");
    assert!(!format!("{url:?} {:#?}", url.hosts).contains("hunter2"));
    assert!(!format!("{:?}", url.render()).contains("hunter2"));
    assert!(url.render().expose().contains("hunter2"));
}

#[test]
fn a_rendered_url_is_complete() {
    for (text, rendered) in [
        ("postgres://", "postgresql://"),
        (
            "host=/run/pg user=u password='@/?#:% [' dbname='a b'",
            "postgresql://u:%40%2F%3F%23%3A%25%20%5B@%2Frun%2Fpg/a%20b",
        ),
        (
            "postgres://[::1]:1,h:2?hostaddr=::1,127.0.0.1",
            "postgresql://[::1]:1,h:2/?hostaddr=%3A%3A1%2C127.0.0.1",
        ),
        (
            "postgres://h/db?sslmode=require&application_name=a",
            "postgresql://h/db?application_name=a&sslmode=require",
        ),
    ] {
        assert_eq!(parse(text).render().expose(), rendered);
    }
}

#[test]
fn a_url_is_a_from_str() {
    assert_eq!("postgres://h".parse(), Ok(parse("postgres://h")));
}

#[test]
fn a_text_of_a_mebibyte_is_refused_at_once() {
    for piece in ["a", "%", "@", "&a=b", "$", "host=a ", ",", "\u{20ac}"] {
        let text = format!("postgres://{}", piece.repeat(1024 * 1024 / piece.len()));
        assert!(refused(&text).message.contains("16 KiB"));
    }
}

#[test]
fn a_text_of_the_longest_length_is_read_in_linear_time() {
    let start = std::time::Instant::now();
    for piece in [
        "a", "%41", "@", "&a", "$$", "{{", "a,", ":", "[", "/", "zzz=1&", "' ",
    ] {
        let body = piece.repeat(16_000 / piece.len());
        for head in [
            "postgres://",
            "postgres://h?",
            "postgres://h/",
            "password=",
            "postgres://h?a",
        ] {
            drop(ConnectionUrl::parse(&format!("{head}{body}")));
        }
    }
    // Sixty texts; one of them would take longer than this in quadratic time.
    assert!(start.elapsed() < std::time::Duration::from_secs(5));
}
