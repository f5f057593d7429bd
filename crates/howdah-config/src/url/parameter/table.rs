use super::{Parameter, Treatment};
use crate::Kind;

/// What the driver does is what sqlx 0.9 with rustls does.
#[rustfmt::skip] // One row a line: the list is read as a table.
pub(super) const PARAMETERS: &[Parameter] = &[
    honoured("host", Kind::Text, "Names, addresses or socket directories, separated by commas"),
    honoured("hostaddr", Kind::Text, "IP addresses that stand for the names, one each, so that no name is looked up"),
    honoured("port", Kind::Text, "One port for all hosts, or one for each, separated by commas"),
    honoured("dbname", Kind::Text, "The database"),
    honoured("user", Kind::Text, "The role that logs in"),
    honoured("password", Kind::Text, "Its password"),
    honoured("sslmode", Kind::Word(&["disable", "allow", "prefer", "require", "verify-ca", "verify-full"]), "Whether the connection is encrypted and the server checked"),
    honoured("sslrootcert", Kind::Path, "The certificate authority that signed the server's certificate (PEM)"),
    honoured("sslcert", Kind::Path, "The client's certificate (PEM)"),
    honoured("sslkey", Kind::Path, "The client's key (PEM)"),
    honoured("connect_timeout", Kind::Integer, "Seconds that making a connection may take"),
    honoured("application_name", Kind::Text, "How the service shows up in pg_stat_activity"),
    honoured("fallback_application_name", Kind::Text, "The same, when application_name is not given"),
    honoured("options", Kind::Text, "Settings of the session: -c name=value or --name=value, separated by spaces"),
    honoured("target_session_attrs", Kind::Word(&["any", "read-write", "read-only", "primary", "standby", "prefer-standby"]), "Which of several servers will do"),
    honoured("load_balance_hosts", Kind::Word(&["disable", "random"]), "Whether several servers are tried in random order"),
    honoured("pool_size", Kind::Integer, "Connections that are kept (SQLAlchemy's name for pool.size)"),
    honoured("max_overflow", Kind::Integer, "Connections beyond pool_size (SQLAlchemy's name for pool.overflow)"),
    honoured("pool_timeout", Kind::Integer, "Seconds that a caller waits for a connection (SQLAlchemy's name for pool.acquire_timeout)"),
    honoured("pool_recycle", Kind::Integer, "Seconds after which a connection is replaced (SQLAlchemy's name for pool.max_lifetime)"),
    only("client_encoding", &["", "auto", "utf8", "utf-8", "UTF8", "UTF-8"], "the driver speaks UTF-8 and nothing else", "The encoding of texts"),
    only("gssencmode", &["disable", "prefer"], "the driver does not speak GSSAPI; use sslmode", "Encryption by GSSAPI"),
    only("gssdelegation", &["", "0"], "the driver does not speak GSSAPI", "Whether GSSAPI credentials are handed to the server"),
    only("channel_binding", &["disable", "prefer"], "the driver does not bind the login to the TLS channel; use sslmode=verify-full", "Whether the login is bound to the TLS channel"),
    only("sslcompression", &["", "0"], "the driver does not compress TLS", "Compression of TLS"),
    only("sslsni", &["1"], "the driver sends the server's name whenever it has one", "Whether TLS names the server"),
    only("sslnegotiation", &["postgres"], "the driver asks for TLS in the protocol of PostgreSQL first", "How TLS starts"),
    only("sslcertmode", &["allow"], "the driver sends the client's certificate when it has one and the server asks; leave sslcert out to send none", "Whether the client's certificate is sent"),
    only("ssl_min_protocol_version", &["", "TLSv1", "TLSv1.1", "TLSv1.2"], "the driver takes TLS 1.2 and 1.3; set ssl_min_protocol_version on the server", "The lowest version of TLS"),
    only("ssl_max_protocol_version", &["", "TLSv1.3"], "the driver takes TLS 1.2 and 1.3; set ssl_max_protocol_version on the server", "The highest version of TLS"),
    only("min_protocol_version", &["3.0"], "the driver speaks version 3.0 of the protocol", "The lowest version of the protocol"),
    only("max_protocol_version", &["3.0", "3.2", "latest"], "the driver speaks version 3.0 of the protocol", "The highest version of the protocol"),
    only("replication", &["", "false", "off", "no", "0"], "the driver does not speak the replication protocol", "Whether this is a connection for replication"),
    refused("passfile", "name a secret file in the settings (secrets.*.file)", "A file of passwords"),
    refused("service", "write the parts of the service into the URL", "A section of the service file"),
    refused("servicefile", "write the parts of the service into the URL", "The service file"),
    refused("require_auth", "restrict the methods in the server's pg_hba.conf, and use sslmode=verify-full", "The login methods that are allowed"),
    refused("sslpassword", "use a key without a passphrase in a file that only the service reads", "The passphrase of the client's key"),
    refused("sslcrl", "replace the certificate authority in sslrootcert instead", "A list of revoked certificates"),
    refused("sslcrldir", "replace the certificate authority in sslrootcert instead", "A directory of lists of revoked certificates"),
    refused("sslkeylogfile", "leave it out: such a file opens every recorded connection", "A file that gets the keys of TLS"),
    refused("requirepeer", "restrict who may write into the socket directory instead", "The system user that a server on a socket must run as"),
    refused("requiressl", "write sslmode=require", "The old name of sslmode=require"),
    refused("keepalives", "set tcp_keepalives_idle on the server", "Whether idle connections are probed"),
    refused("keepalives_idle", "set tcp_keepalives_idle on the server", "Seconds of silence before a probe"),
    refused("keepalives_interval", "set tcp_keepalives_interval on the server", "Seconds between two probes"),
    refused("keepalives_count", "set tcp_keepalives_count on the server", "Probes without an answer that end a connection"),
    refused("tcp_user_timeout", "set tcp_user_timeout on the server", "How long sent data may stay unacknowledged"),
    refused("krbsrvname", "log in with a password or a client certificate", "The service name of Kerberos"),
    refused("gsslib", "log in with a password or a client certificate", "The library for GSSAPI"),
    refused("scram_client_key", "give the password itself in a secret file", "A key that stands for the password"),
    refused("scram_server_key", "give the password itself in a secret file", "A key that checks the server"),
    refused("oauth_issuer", "log in with a password or a client certificate", "Who issues OAuth tokens"),
    refused("oauth_client_id", "log in with a password or a client certificate", "The client of OAuth"),
    refused("oauth_client_secret", "log in with a password or a client certificate", "The secret of the OAuth client"),
    refused("oauth_scope", "log in with a password or a client certificate", "The scope of OAuth tokens"),
    refused("authtype", "leave it out: PostgreSQL does not know it any more", "A parameter of old versions"),
    refused("tty", "leave it out: PostgreSQL does not know it any more", "A parameter of old versions"),
];

const fn honoured(name: &'static str, kind: Kind, doc: &'static str) -> Parameter {
    let treatment = Treatment::Honoured(kind);
    Parameter {
        name,
        treatment,
        doc,
    }
}

const fn only(
    name: &'static str,
    values: &'static [&'static str],
    reason: &'static str,
    doc: &'static str,
) -> Parameter {
    let treatment = Treatment::AcceptedOnly { values, reason };
    Parameter {
        name,
        treatment,
        doc,
    }
}

const fn refused(name: &'static str, instead: &'static str, doc: &'static str) -> Parameter {
    let treatment = Treatment::Refused { instead };
    Parameter {
        name,
        treatment,
        doc,
    }
}
