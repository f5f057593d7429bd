use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::Path;

use howdah_config::TlsMode;
use howdah_pool::Login;

use super::links::Links;
use crate::Error;

/// Writes the connection URLs: complete or not at all, and readable by nobody else (mode 0600).
/// A file that is right already is left alone.
pub(crate) fn write(path: &Path, links: &Links) -> Result<(), Error> {
    let mut text = String::from("# Made by db-up, and made again by the next one.\n");
    for (variable, login) in links {
        // Writing to a String cannot fail.
        let _infallible = writeln!(
            text,
            "{variable}={}",
            quoted(url(login, login.password.expose()))
        );
    }
    if fs::read_to_string(path).is_ok_and(|old| old == text) && is_private(path) {
        return Ok(());
    }
    let draft = path.with_extension("new");
    write_private(&draft, &text)
        .and_then(|()| fs::rename(&draft, path))
        .map_err(Error::file(path))
}

/// The URL for people: without the password.
pub(crate) fn hidden(login: &Login) -> String {
    url(login, "***")
}

fn url(login: &Login, password: &str) -> String {
    let password = if password == "***" {
        password.to_owned()
    } else {
        encode(password)
    };
    format!(
        "postgres://{}:{password}@{}:{}/{}{}",
        encode(login.user.as_str()),
        login.host.host,
        login.host.port,
        encode(login.database.as_str()),
        parameters(login)
    )
}

fn parameters(login: &Login) -> String {
    if login.tls.mode == TlsMode::Disable {
        return String::new();
    }
    let root = login.tls.root_cert.as_deref();
    let root = root.map_or_else(String::new, |root| {
        let path: Vec<String> = root.to_string_lossy().split('/').map(encode).collect();
        format!("&sslrootcert={}", path.join("/"))
    });
    format!("?sslmode={}{root}", login.tls.mode)
}

/// As a shell that reads the file takes it whole; with nothing around it where nothing is needed.
fn quoted(url: String) -> String {
    if url.contains('&') {
        return format!("'{url}'");
    }
    url
}

/// Everything but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _infallible = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn write_private(path: &Path, text: &str) -> io::Result<()> {
    if path.exists() {
        fs::remove_file(path)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(unix)]
fn is_private(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).is_ok_and(|metadata| metadata.permissions().mode().trailing_zeros() >= 6)
}

#[cfg(not(unix))]
fn is_private(_path: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use howdah_secrets::Secret;

    use super::*;

    fn login(password: &str) -> Login {
        Login::local(
            5433,
            "app db".parse().unwrap(),
            "app-user".parse().unwrap(),
            Secret::new(password),
        )
    }

    #[test]
    fn a_password_is_percent_encoded_in_the_file_and_hidden_from_people() {
        let login = login("p@ss/w:rd%#?");
        assert_eq!(
            url(&login, login.password.expose()),
            "postgres://app-user:p%40ss%2Fw%3Ard%25%23%3F@127.0.0.1:5433/app%20db"
        );
        assert_eq!(
            hidden(&login),
            "postgres://app-user:***@127.0.0.1:5433/app%20db"
        );
    }

    #[test]
    fn with_tls_the_url_says_what_to_trust_and_a_shell_can_read_it() {
        let mut login = login("secret");
        login.tls.mode = TlsMode::VerifyFull;
        login.tls.root_cert = Some("/home/ann's/a&b/ca.crt".into());
        assert_eq!(
            quoted(url(&login, "x")),
            "'postgres://app-user:x@127.0.0.1:5433/app%20db?sslmode=verify-full&sslrootcert=/home/ann%27s/a%26b/ca.crt'"
        );
    }

    #[test]
    #[cfg(unix)]
    fn the_file_is_readable_by_its_owner_only_even_when_it_was_open_before() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("env");
        let login = login("secret");
        let urls = vec![("A", login.clone()), ("B", login)];
        write(&path, &urls).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path, &urls).unwrap();
        assert_eq!(
            fs::metadata(&path).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
}
