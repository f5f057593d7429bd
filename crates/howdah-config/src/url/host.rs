use std::net::IpAddr;

/// One server of a connection URL, as given.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct UrlHost {
    /// A name, an address without brackets, or a socket directory: one that starts with `/`, or with `@` for an
    /// abstract socket.
    pub host: Option<String>,
    /// The address to connect to, when the name is not to be looked up.
    pub hostaddr: Option<IpAddr>,
    /// The port.
    pub port: Option<u16>,
}
