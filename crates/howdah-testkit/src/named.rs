use howdah_secrets::Secret;

use crate::{Error, TestServer};

const VARIABLE: &str = "HOWDAH_TEST_SERVER";

/// The running server that the variable names: `postgres://superuser:password@host:port/...`.
pub(crate) fn parse(url: &str) -> Result<TestServer, Error> {
    let wrong = |why| Error::Variable {
        variable: VARIABLE,
        why,
    };
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"))
        .ok_or_else(|| wrong("must start with postgres://"))?;
    let authority = rest.split(['/', '?']).next().unwrap_or(rest);
    let (login, address) = authority
        .rsplit_once('@')
        .ok_or_else(|| wrong("needs a superuser and its password before an @"))?;
    let (user, password) = login
        .split_once(':')
        .ok_or_else(|| wrong("needs a password after the superuser's name"))?;
    let (host, port) = address
        .rsplit_once(':')
        .ok_or_else(|| wrong("needs a port after the host"))?;
    let port = port
        .parse()
        .map_err(|_error| wrong("has a port that is no number"))?;
    let decoded = |text| {
        decode(text).ok_or_else(|| wrong("has a % that is not followed by two hexadecimal digits"))
    };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    TestServer::new(
        host,
        port,
        &decoded(user)?,
        Secret::new(decoded(password)?),
        None,
    )
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let pair = [rest.next()?, rest.next()?];
            let pair = std::str::from_utf8(&pair).ok()?;
            bytes.push(u8::from_str_radix(pair, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percent_encoded_password_is_decoded() {
        let server = parse("postgres://su:p%40ss@127.0.0.1:5433/postgres").unwrap();
        let login = server.superuser("postgres".parse().unwrap());
        assert_eq!(login.password.expose(), "p@ss");
        assert_eq!(
            (login.host.host.as_str(), login.host.port),
            ("127.0.0.1", 5433)
        );
    }

    #[test]
    fn what_is_wrong_with_the_variable_is_said_without_its_value() {
        for url in [
            "http://a:secret@h:1/",
            "postgres://h:1/",
            "postgres://a:secret@h/",
            "postgres://a:secret%zz@h:1/",
        ] {
            let error = parse(url).unwrap_err().to_string();
            assert!(
                error.starts_with(VARIABLE) && !error.contains("secret"),
                "{error}"
            );
        }
    }
}
