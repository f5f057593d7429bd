use std::fmt;

use howdah_config::{ConnectionUrl, UrlHost};
use serde_json::{Value, json};

/// What a URL says, without its password.
pub(super) struct Parts<'a>(pub(super) &'a ConnectionUrl);

impl Parts<'_> {
    /// As given: nothing is filled in, and what is not given is null.
    pub(super) fn json(&self) -> Value {
        let url = self.0;
        let host = |host: &UrlHost| {
            json!({
                "host": host.host,
                "hostaddr": host.hostaddr.map(|address| address.to_string()),
                "port": host.port,
            })
        };
        json!({
            "user": url.user,
            "password": url.password.is_some(),
            "dbname": url.dbname,
            "hosts": url.hosts.iter().map(host).collect::<Vec<_>>(),
            "params": url.params,
        })
    }

    fn rows(&self) -> Vec<(&str, String)> {
        let url = self.0;
        let mut rows = Vec::new();
        rows.extend(url.user.clone().map(|user| ("user", user)));
        rows.extend(
            url.password
                .as_ref()
                .map(|_| ("password", "given, not shown".to_owned())),
        );
        rows.extend(url.dbname.clone().map(|name| ("dbname", name)));
        rows.extend(url.hosts.iter().map(|host| ("host", described(host))));
        rows.extend(
            url.params
                .iter()
                .map(|(name, value)| (name.as_str(), value.clone())),
        );
        rows
    }
}

fn described(host: &UrlHost) -> String {
    let name = host.host.clone().into_iter();
    let address = host.hostaddr.map(|address| format!("hostaddr {address}"));
    let port = host.port.map(|port| format!("port {port}"));
    name.chain(address)
        .chain(port)
        .collect::<Vec<_>>()
        .join(", ")
}

impl fmt::Display for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows = self.rows();
        if rows.is_empty() {
            return f.write_str("nothing is given\n");
        }
        let width = rows.iter().map(|(name, _)| name.len()).max();
        let width = width.unwrap_or_default();
        rows.iter()
            .try_for_each(|(name, value)| writeln!(f, "{name:width$}  {value}"))
    }
}
