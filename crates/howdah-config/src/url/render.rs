use std::fmt::Write as _;

use super::percent::encode;
use super::{ConnectionUrl, UrlHost};

/// The URL of these parts, complete with the password.
pub(super) fn render(url: &ConnectionUrl) -> String {
    let mut text = format!("postgresql://{}", credentials(url));
    let hosts: Vec<String> = url.hosts.iter().map(authority).collect();
    text.push_str(&hosts.join(","));
    if let Some(dbname) = &url.dbname {
        text.push('/');
        text.push_str(&encode(dbname));
    }
    let mut separator = if url.dbname.is_some() { "?" } else { "/?" };
    for (name, value) in parameters(url) {
        // Writing to a String does not fail.
        let _ = write!(text, "{separator}{}={}", encode(&name), encode(&value));
        separator = "&";
    }
    text
}

fn credentials(url: &ConnectionUrl) -> String {
    let user = url.user.as_deref().map(encode).unwrap_or_default();
    match &url.password {
        Some(password) => format!("{user}:{}@", encode(password.expose())),
        None if user.is_empty() => String::new(),
        None => format!("{user}@"),
    }
}

fn authority(host: &UrlHost) -> String {
    let mut text = host.host.as_deref().map(name).unwrap_or_default();
    if let Some(port) = host.port {
        let _ = write!(text, ":{port}");
    }
    text
}

fn name(host: &str) -> String {
    if host.contains(':') && !host.starts_with(['/', '@']) {
        return format!("[{}]", encode(host).replace("%3A", ":"));
    }
    encode(host)
}

/// The addresses have no place in front of the `?`.
fn parameters(url: &ConnectionUrl) -> Vec<(String, String)> {
    let mut parameters: Vec<(String, String)> = url.params.clone().into_iter().collect();
    if url.hosts.iter().any(|host| host.hostaddr.is_some()) {
        let addresses: Vec<String> = url.hosts.iter().map(address).collect();
        parameters.insert(0, ("hostaddr".to_owned(), addresses.join(",")));
    }
    parameters
}

fn address(host: &UrlHost) -> String {
    host.hostaddr
        .map(|address| address.to_string())
        .unwrap_or_default()
}
