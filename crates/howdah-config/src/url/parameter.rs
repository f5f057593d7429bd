//! The one list of parameters: reading, its sentences and the reference page come from these rows.

mod table;

use crate::Kind;

/// One parameter of a connection URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parameter {
    /// Its name, as libpq or `SQLAlchemy` spells it.
    pub name: &'static str,
    /// What becomes of it.
    pub treatment: Treatment,
    /// What it is, one line.
    pub doc: &'static str,
}

/// What becomes of a parameter of a connection URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Treatment {
    /// It is used; the value must be of this kind.
    Honoured(Kind),
    /// Only the values that change nothing are accepted.
    AcceptedOnly {
        /// Those values.
        values: &'static [&'static str],
        /// Why no other one is.
        reason: &'static str,
    },
    /// It is an error.
    Refused {
        /// What to do instead.
        instead: &'static str,
    },
}

/// Every parameter of libpq and our own ones, in the order of the documentation.
pub fn parameters() -> &'static [Parameter] {
    table::PARAMETERS
}

pub(super) fn find(name: &str) -> Option<&'static Parameter> {
    parameters().iter().find(|parameter| parameter.name == name)
}

/// The names that may be used.
pub(super) fn honoured() -> impl Iterator<Item = &'static str> {
    let honoured = |parameter: &&Parameter| matches!(parameter.treatment, Treatment::Honoured(_));
    parameters()
        .iter()
        .filter(honoured)
        .map(|parameter| parameter.name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_name_stands_twice() {
        let names: BTreeSet<_> = parameters().iter().map(|row| row.name).collect();
        assert_eq!(names.len(), parameters().len());
    }

    #[test]
    fn every_row_is_documented_in_one_line() {
        for row in parameters() {
            assert!(
                !row.doc.is_empty() && !row.doc.contains('\n'),
                "{}",
                row.name
            );
        }
    }

    #[test]
    fn every_parameter_of_libpq_18_has_a_row() {
        for name in LIBPQ.split_whitespace() {
            assert!(find(name).is_some(), "{name}");
        }
    }

    const LIBPQ: &str = "\
        service servicefile user password passfile channel_binding connect_timeout dbname host hostaddr port \
        client_encoding options application_name fallback_application_name keepalives keepalives_idle \
        keepalives_interval keepalives_count tcp_user_timeout sslmode sslnegotiation sslcompression sslcert sslkey \
        sslkeylogfile sslcertmode sslpassword sslrootcert sslcrl sslcrldir sslsni requirepeer require_auth \
        min_protocol_version max_protocol_version ssl_min_protocol_version ssl_max_protocol_version gssencmode \
        krbsrvname gsslib gssdelegation replication target_session_attrs load_balance_hosts scram_client_key \
        scram_server_key oauth_issuer oauth_client_id oauth_client_secret oauth_scope requiressl tty authtype";
}
