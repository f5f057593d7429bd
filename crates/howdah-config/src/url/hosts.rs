use std::net::{IpAddr, Ipv6Addr};

use super::UrlHost;
use super::fault::Fault;
use super::part::Part;

/// Reads `a,b`; an empty piece is no name.
pub(super) fn names(list: Part<'_>) -> Result<Vec<Option<String>>, Fault> {
    list.pieces(',')
        .map(|piece| name(piece.text, piece.at))
        .collect()
}

/// Checks one decoded name.
pub(super) fn name(text: &str, at: usize) -> Result<Option<String>, Fault> {
    match fault_of_name(text) {
        Some(message) => Err(Fault::at(at, message)),
        None => Ok((!text.is_empty()).then(|| text.to_owned())),
    }
}

/// Reads `127.0.0.1,::1`.
pub(super) fn addresses(list: Part<'_>) -> Result<Vec<Option<IpAddr>>, Fault> {
    let address = |piece: Part<'_>| {
        let parsed = piece.text.parse().map(Some);
        parsed.map_err(|_not_an_address| Fault::at(piece.at, NO_ADDRESS))
    };
    list.pieces(',')
        .map(|piece| {
            if piece.is_empty() {
                Ok(None)
            } else {
                address(piece)
            }
        })
        .collect()
}

/// Reads `5432,5433`.
pub(super) fn ports(list: Part<'_>) -> Result<Vec<Option<u16>>, Fault> {
    list.pieces(',')
        .map(|piece| {
            if piece.is_empty() {
                Ok(None)
            } else {
                port(piece).map(Some)
            }
        })
        .collect()
}

/// Reads one port.
pub(super) fn port(part: Part<'_>) -> Result<u16, Fault> {
    let digits = part.text.bytes().all(|byte| byte.is_ascii_digit());
    let number = part.text.parse().ok().filter(|&port| digits && port > 0);
    number.ok_or_else(|| Fault::at(part.at, NO_PORT))
}

/// One server for each name, or for each address when no name is given.
pub(super) fn combine(
    mut names: Vec<Option<String>>,
    addresses: &[Option<IpAddr>],
    ports: &[Option<u16>],
) -> Result<Vec<UrlHost>, Fault> {
    if names.is_empty() {
        names.resize(addresses.len().max(1), None);
    }
    if !addresses.is_empty() && addresses.len() != names.len() {
        return Err(Fault::whole(NOT_ONE_ADDRESS_EACH));
    }
    if ports.len() > 1 && ports.len() != names.len() {
        return Err(Fault::whole(NOT_ONE_PORT_EACH));
    }
    let one_port = ports.first().copied().filter(|_| ports.len() == 1);
    let server = |(index, host): (usize, Option<String>)| UrlHost {
        host,
        hostaddr: addresses.get(index).copied().flatten(),
        port: one_port.or_else(|| ports.get(index).copied()).flatten(),
    };
    let servers: Vec<UrlHost> = names.into_iter().enumerate().map(server).collect();
    let nothing = UrlHost::default();
    match servers.as_slice() {
        [server] if *server == nothing => Ok(Vec::new()),
        many if many.contains(&nothing) => Err(Fault::whole(EMPTY_ENTRY)),
        _ => Ok(servers),
    }
}

fn fault_of_name(text: &str) -> Option<&'static str> {
    if text.starts_with(['/', '@']) {
        let bad = |c: char| c.is_control() || c == ',';
        return text.contains(bad).then_some(BAD_DIRECTORY);
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    match text.chars().find(|&c| !plain(c)) {
        None => None,
        Some(':') if is_ipv6(text) => None,
        Some(':') => Some(COLON_IN_NAME),
        Some('[' | ']') => Some(BRACKETS),
        Some(c) if c.is_whitespace() => Some("a host name must not hold a space: remove it"),
        Some(c) if !c.is_ascii() => Some(NOT_ASCII),
        Some(_) => Some(BAD_NAME),
    }
}

/// Perhaps with a zone, `fe80::1%eth0`.
pub(super) fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, "0"));
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty() && zone.chars().all(plain)
}

const NO_ADDRESS: &str =
    "`hostaddr` must be IP addresses, separated by commas and without brackets";
const NO_PORT: &str = "the port must be a number from 1 to 65535 \
                       (if a password stands there, the `@` and the host behind it are missing)";
const NOT_ONE_ADDRESS_EACH: &str = "`hostaddr` must hold as many addresses as there are hosts";
const NOT_ONE_PORT_EACH: &str = "there must be one port for all hosts, or one for each host";
const EMPTY_ENTRY: &str = "the list of hosts has an empty entry: remove a comma";
const BAD_DIRECTORY: &str =
    "a socket directory must not hold a comma or a control character: use another directory";
const COLON_IN_NAME: &str = "a host must not hold a `:`: give the port on its own (`port`), \
                             and an IPv6 address in full";
const BRACKETS: &str = "brackets belong around an IPv6 address in front of the path, and nowhere else: \
                        in `host` write the address without them";
const NOT_ASCII: &str =
    "a host name must be ASCII: write an international name as punycode (xn--...)";
const BAD_NAME: &str = "a host name must be letters, digits, `-`, `_` and `.`; \
                        a socket directory starts with `/` (%2F in front of the path)";
