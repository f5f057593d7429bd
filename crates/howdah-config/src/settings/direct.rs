use howdah_ident::{DatabaseName, RoleName};
use howdah_secrets::Secret;

use super::{Host, Tls, TlsMode};
use crate::url::{ConnectionUrl, UrlHost};

const DEFAULT_PORT: u16 = 5432;

/// The way to the server itself, past a pooler: `database.direct_url`. What it does not name is as everywhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Direct {
    /// The servers; never empty.
    pub hosts: Vec<Host>,
    /// The database, where a pooler knows it by another name.
    pub name: Option<DatabaseName>,
    /// Who migrates, in place of the migrator of the roles.
    pub user: Option<RoleName>,
    /// Its password, in place of the migrator's.
    pub password: Option<Secret>,
    /// Encryption of this way.
    pub tls_mode: Option<TlsMode>,
    /// The certificate authority that signed the server's certificate (PEM).
    pub root_cert: Option<std::path::PathBuf>,
}

impl Direct {
    /// From a URL that says where the server is, and who; or what is wrong with it, in words that show no value.
    pub(crate) fn of(url: &ConnectionUrl) -> Result<Self, String> {
        if url.hosts.is_empty() {
            return Err("names no host; postgres://user@host:5432/database".to_owned());
        }
        let strange = url
            .params
            .keys()
            .find(|name| !matches!(name.as_str(), "sslmode" | "sslrootcert"));
        if let Some(name) = strange {
            return Err(format!(
                "says where the server is; {name} belongs into the other settings"
            ));
        }
        let mode = url.params.get("sslmode");
        Ok(Self {
            hosts: url.hosts.iter().map(host).collect(),
            name: parsed(url.dbname.as_deref())?,
            user: parsed(url.user.as_deref())?,
            password: url.password.clone(),
            tls_mode: mode.and_then(|mode| TlsMode::from_word(mode)),
            root_cert: url.params.get("sslrootcert").map(Into::into),
        })
    }

    /// Encryption of this way, where the others have `tls`.
    pub fn tls(&self, tls: &Tls) -> Tls {
        let mut direct = tls.clone();
        direct.mode = self.tls_mode.unwrap_or(tls.mode);
        direct.root_cert = self.root_cert.clone().or(direct.root_cert);
        direct
    }
}

fn host(host: &UrlHost) -> Host {
    let address = host.hostaddr.map(|address| address.to_string());
    let name = host.host.clone().or(address);
    Host {
        host: name.unwrap_or_else(|| "localhost".to_owned()),
        hostaddr: host.hostaddr,
        port: host.port.unwrap_or(DEFAULT_PORT),
    }
}

fn parsed<T: std::str::FromStr<Err = howdah_ident::Error>>(
    text: Option<&str>,
) -> Result<Option<T>, String> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|error| format!("holds a name that cannot be used: {error}"))
}
