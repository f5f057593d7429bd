use howdah_config::ConnectionUrl;

use super::parts;

/// The cases of libpq's own regression test; `Err` holds a part of our sentence.
#[rustfmt::skip] // One row a line: the list is read as a table.
const LIBPQ: &[(&str, Result<&str, &str>)] = &[
    ("postgresql://uri-user:secret@host:12345/db", Ok("user=uri-user password=secret dbname=db host=host port=12345")),
    ("postgresql://uri-user@host:12345/db", Ok("user=uri-user dbname=db host=host port=12345")),
    ("postgresql://uri-user@host/db", Ok("user=uri-user dbname=db host=host")),
    ("postgresql://host:12345/db", Ok("dbname=db host=host port=12345")),
    ("postgresql://host/db", Ok("dbname=db host=host")),
    ("postgresql://uri-user@host:12345/", Ok("user=uri-user host=host port=12345")),
    ("postgresql://uri-user@host/", Ok("user=uri-user host=host")),
    ("postgresql://uri-user@", Ok("user=uri-user")),
    ("postgresql://host:12345/", Ok("host=host port=12345")),
    ("postgresql://host:12345", Ok("host=host port=12345")),
    ("postgresql://host/", Ok("host=host")),
    ("postgresql://host", Ok("host=host")),
    ("postgresql://", Ok("")),
    ("postgresql://?hostaddr=127.0.0.1", Ok("host=<127.0.0.1>")),
    ("postgresql://example.com?hostaddr=63.1.2.4", Ok("host=example.com<63.1.2.4>")),
    ("postgresql://%68ost/", Ok("host=host")),
    ("postgresql://host/db?user=uri-user", Ok("user=uri-user dbname=db host=host")),
    ("postgresql://host/db?user=uri-user&port=12345", Ok("user=uri-user dbname=db host=host port=12345")),
    ("postgresql://host/db?u%73er=someotheruser&port=12345", Ok("user=someotheruser dbname=db host=host port=12345")),
    ("postgresql://host/db?u%7aer=someotheruser&port=12345", Err("`uzer` is not known; did you mean `user`?")),
    ("postgresql://host:12345?user=uri-user", Ok("user=uri-user host=host port=12345")),
    ("postgresql://host?user=uri-user", Ok("user=uri-user host=host")),
    ("postgresql://host?", Ok("host=host")),
    ("postgresql://[::1]:12345/db", Ok("dbname=db host=::1 port=12345")),
    ("postgresql://[::1]/db", Ok("dbname=db host=::1")),
    ("postgresql://[2001:db8::1234]/", Ok("host=2001:db8::1234")),
    // libpq takes anything between the brackets.
    ("postgresql://[200z:db8::1234]/", Err("IPv6 address")),
    ("postgresql://[::1]", Ok("host=::1")),
    ("postgres://", Ok("")),
    ("postgres:///", Ok("")),
    ("postgres:///db", Ok("dbname=db")),
    ("postgres://uri-user@/db", Ok("user=uri-user dbname=db")),
    ("postgres://?host=/path/to/socket/dir", Ok("host=/path/to/socket/dir")),
    ("postgresql://host?uzer=", Err("`uzer` is not known")),
    ("postgre://", Err("scheme must be postgres or postgresql")),
    ("postgres://[::1", Err("not closed")),
    ("postgres://[]", Err("IPv6 address")),
    ("postgres://[::1]z", Err("behind `]`")),
    ("postgresql://host?zzz", Err("no `=`")),
    ("postgresql://host?value1&value2", Err("no `=`")),
    ("postgresql://host?key=key=value", Err("unescaped `=`")),
    ("postgres://host?dbname=%XXfoo", Err("hexadecimal")),
    ("postgresql://a%00b", Err("%00")),
    ("postgresql://%zz", Err("hexadecimal")),
    ("postgresql://%1", Err("hexadecimal")),
    ("postgresql://%", Err("hexadecimal")),
    ("postgres://@host", Ok("host=host")),
    // libpq takes an empty port for none.
    ("postgres://host:/", Err("empty")),
    ("postgres://:12345/", Ok("host= port=12345")),
    ("postgres://otheruser@?host=/no/such/directory", Ok("user=otheruser host=/no/such/directory")),
    ("postgres://otheruser@/?host=/no/such/directory", Ok("user=otheruser host=/no/such/directory")),
    ("postgres://otheruser@:12345?host=/no/such/socket/path", Ok("user=otheruser host=/no/such/socket/path port=12345")),
    ("postgres://otheruser@:12345/db?host=/path/to/socket", Ok("user=otheruser dbname=db host=/path/to/socket port=12345")),
    ("postgres://:12345/db?host=/path/to/socket", Ok("dbname=db host=/path/to/socket port=12345")),
    ("postgres://:12345?host=/path/to/socket", Ok("host=/path/to/socket port=12345")),
    ("postgres://%2Fvar%2Flib%2Fpostgresql/dbname", Ok("dbname=dbname host=/var/lib/postgresql")),
    ("postgresql://host?sslmode=disable", Ok("host=host sslmode=disable")),
    ("postgresql://host?sslmode=prefer", Ok("host=host sslmode=prefer")),
    ("postgresql://host?sslmode=verify-full", Ok("host=host sslmode=verify-full")),
    // Newer ones trim spaces around names and values.
    ("postgresql://host? user = uri-user & port = 12345 ", Err("ends with a space")),
    ("postgresql://host? user=uri-user", Err("%20")),
    ("postgresql://host?user=uri-user & port=12345", Err("%20")),
];

#[test]
fn the_cases_of_libpq_have_the_answer_of_libpq_or_a_sentence() {
    for (text, wanted) in LIBPQ {
        match (wanted, ConnectionUrl::parse(text)) {
            (Ok(wanted), Ok(url)) => assert_eq!(parts(&url), *wanted, "{text}"),
            (Err(wanted), Err(error)) => {
                assert!(error.message.contains(wanted), "{text}: {error}");
            }
            (_, result) => panic!("{text}: {result:?}"),
        }
    }
}
