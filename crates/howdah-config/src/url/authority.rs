use super::fault::Fault;
use super::given::Given;
use super::hosts;
use super::part::Part;
use super::percent::decode;

/// Reads `host:port,[::1]:port`, what stands between the credentials and the path.
pub(super) fn read(authority: Part<'_>, given: &mut Given) -> Result<(), Fault> {
    if authority.is_empty() {
        return Ok(());
    }
    for server in authority.pieces(',') {
        let (host, port) = read_one(server)?;
        given.hosts.push(host);
        given.ports.push(port);
    }
    // A single server without a name, or without a port, has none given.
    if given.hosts.as_slice() == [None] {
        given.hosts.clear();
    }
    if given.ports.iter().all(Option::is_none) {
        given.ports.clear();
    }
    Ok(())
}

type Server = (Option<String>, Option<u16>);

fn read_one(server: Part<'_>) -> Result<Server, Fault> {
    if server.text.starts_with('[') {
        return read_bracketed(server);
    }
    let Some((host, port)) = server.cut_last(':') else {
        return Ok((name(server)?, None));
    };
    if host.text.contains(':') {
        return Err(Fault::at(server.at, BARE_IPV6));
    }
    Ok((name(host)?, Some(read_port(port)?)))
}

fn read_bracketed(server: Part<'_>) -> Result<Server, Fault> {
    let (_, inside) = server.split_at(1);
    let Some((address, behind)) = inside.cut(']') else {
        return Err(Fault::at(
            server.at,
            "the bracket of an IPv6 address is not closed with `]`",
        ));
    };
    let address = decode(address)?;
    if !hosts::is_ipv6(&address) {
        return Err(Fault::at(server.at, NO_IPV6));
    }
    match behind.cut(':') {
        None if behind.is_empty() => Ok((Some(address), None)),
        Some((between, port)) if between.is_empty() => Ok((Some(address), Some(read_port(port)?))),
        _ => Err(Fault::at(
            server.at,
            "behind `]` there must be nothing, or `:` and the port",
        )),
    }
}

fn name(host: Part<'_>) -> Result<Option<String>, Fault> {
    if host.text.contains(char::is_whitespace) {
        return hosts::name(host.text, host.at);
    }
    hosts::name(&decode(host)?, host.at)
}

fn read_port(port: Part<'_>) -> Result<u16, Fault> {
    if port.is_empty() {
        return Err(Fault::at(port.at, EMPTY_PORT));
    }
    let decoded = decode(port)?;
    hosts::port(Part {
        text: &decoded,
        at: port.at,
    })
}

const BARE_IPV6: &str =
    "a host and its port hold more than one `:`: an IPv6 address stands in brackets, `[::1]:5432`";
const NO_IPV6: &str = "between the brackets there must be an IPv6 address, `[::1]`";
const EMPTY_PORT: &str =
    "the port behind `:` is empty: write a number from 1 to 65535, or leave the `:` out";
