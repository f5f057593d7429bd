use howdah_config::{ConnectionUrl, UrlHost};
use howdah_secrets::Secret;
use proptest::prelude::*;

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[^\\x00]{1,12}",
        "[@/?#:%\\[\\] +&=,$'\"\\\\{}.~-]{1,8}",
        "[a-zäß€😀]{1,8}",
    ]
}

fn host() -> impl Strategy<Value = UrlHost> {
    let name = prop_oneof![
        "[a-z0-9_][a-z0-9._-]{0,12}",
        "[/@][^\\x00-\\x1f\\x7f-\\u{9f},]{0,12}",
        any::<std::net::Ipv6Addr>().prop_map(|address| address.to_string()),
        Just("fe80::1%eth0".to_owned()),
    ];
    let parts = (
        prop::option::of(name),
        prop::option::of(any::<std::net::IpAddr>()),
        prop::option::of(1_u16..),
    );
    parts.prop_map(|(name, hostaddr, port)| {
        let mut host = UrlHost::default();
        host.host = name;
        host.hostaddr = hostaddr;
        host.port = port;
        host
    })
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    prop_oneof![
        (
            "application_name|fallback_application_name|sslcert|sslkey",
            text()
        ),
        (
            "connect_timeout|pool_size|max_overflow|pool_timeout|pool_recycle",
            "[0-9]{1,9}"
        ),
        ("sslmode", "disable|require|verify-full"),
        ("options", "-c [a-z_]{1,8}=[!-\\[\\]-~é]{0,8}"),
        ("gssencmode", "disable|prefer"),
    ]
}

fn url() -> impl Strategy<Value = ConnectionUrl> {
    let hosts = prop::collection::vec(host(), 0..4)
        .prop_filter("a server that is nothing is none", |hosts| {
            !hosts.contains(&UrlHost::default())
        });
    let parts = (
        prop::option::of(text()),
        prop::option::of(text()),
        prop::option::of(text()),
        hosts,
        prop::collection::vec(parameter(), 0..4),
    );
    parts.prop_map(|(user, password, dbname, hosts, params)| {
        let mut url = ConnectionUrl::default();
        url.user = user;
        url.password = password.map(Secret::new);
        url.dbname = dbname;
        url.hosts = hosts;
        url.params = params.into_iter().collect();
        url
    })
}

/// Places where a password stands, in the order in which people find them.
const PLACES: [&str; 10] = [
    "postgres://u:PW@my-host:5432/db",
    "postgresql+asyncpg://u:PW@my-host/db?sslmode=require",
    "postgres://:PW@h",
    "postgres://u:PW@",
    "u:PW@h/db",
    "jdbc:postgresql://u:PW@h/db",
    "postgres://h/db?user=u&password=PW",
    "postgres:///db?password=PW&sslmode=require",
    "host=h password=PW user=u",
    "host=h password='PW' user=u",
];

proptest! {
    #[test]
    fn what_is_rendered_is_read_as_the_same_parts(url in url()) {
        let rendered = url.render();
        prop_assert_eq!(ConnectionUrl::parse(rendered.expose()), Ok(url), "{}", rendered.expose());
    }

    #[test]
    fn no_text_makes_it_panic(text in "\\PC*", head in "(postgres(ql)?:/{0,3})?|host=") {
        drop(ConnectionUrl::parse(&format!("{head}{text}")));
    }

    #[test]
    fn text_of_the_grammar_does_not_make_it_panic(text in "(postgres://|[a-b:@/?#\\[\\]%0-2&=,$'{}\\\\ é]){0,40}") {
        drop(ConnectionUrl::parse(&text));
        drop(ConnectionUrl::parse(&format!("postgres://{text}")));
    }

    #[test]
    fn what_is_accepted_is_rendered_to_the_same_parts(text in "(postgres://|user=)[a-b:@/?\\[\\]%0-2&=,'\\\\ é]{0,20}") {
        if let Ok(url) = ConnectionUrl::parse(&text) {
            prop_assert_eq!(ConnectionUrl::parse(url.render().expose()), Ok(url));
        }
    }

    /// The letters are ones that no sentence has in a row.
    #[test]
    fn an_error_shows_no_piece_of_a_password(password in "[jqwxzJQWXZ79äß@/?#:%\\[\\] +&=,;$'\"\\\\{}.~-]{4,24}", place in prop::sample::select(&PLACES)) {
        if let Err(error) = ConnectionUrl::parse(&place.replace("PW", &password)) {
            let shown = format!("{error} {error:?}");
            let start = place.find("PW").unwrap() + 1;
            prop_assert!(error.position.is_none_or(|position| position <= start), "{password}: {error:?}");
            let letters: Vec<char> = password.chars().collect();
            for piece in letters.windows(4) {
                let piece: String = piece.iter().collect();
                prop_assert!(!shown.contains(&piece), "{}: {}", password, shown);
            }
        }
    }
}
