use std::io;

/// What a failed login most likely means: by SQLSTATE and kind of I/O error, never by the words of a message.
pub(crate) fn of(error: &sqlx::Error) -> &'static str {
    match error {
        sqlx::Error::Io(io) if io.kind() == io::ErrorKind::ConnectionRefused => {
            "nothing listens on that port; is the server running?"
        }
        sqlx::Error::Io(_) => "the address cannot be reached; check host and port",
        sqlx::Error::Tls(_) => "TLS failed; check tls.mode and the certificates",
        sqlx::Error::Database(database) => by_sqlstate(database.code().as_deref().unwrap_or("")),
        _ => "the login did not complete",
    }
}

/// <https://www.postgresql.org/docs/current/errcodes-appendix.html>
fn by_sqlstate(code: &str) -> &'static str {
    match code {
        "28P01" => "the password is wrong, or the role does not exist or cannot log in",
        "28000" => "the server's pg_hba.conf or the role's attributes refuse this login",
        "3D000" => "the database does not exist",
        "42501" => "the role has no CONNECT privilege on the database",
        "53300" => "the server, the database or the role has no free connection slot",
        "08P01" => {
            "a startup parameter is refused; PgBouncer needs `ignore_startup_parameters = extra_float_digits, options`"
        }
        "57P03" => "the server is starting up or shutting down; try again",
        _ => "the server refuses the login",
    }
}
