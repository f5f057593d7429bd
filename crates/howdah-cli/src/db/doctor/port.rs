use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use howdah_server::PortOwner;
use serde_json::Value;

use super::finding::Finding;
use super::site::Site;

const CHECK: &str = "port";

/// The port that the next start would take.
pub(crate) async fn check(site: &Site) -> Vec<Finding> {
    let status = howdah_server::status(&site.project.state(), &site.environment).await;
    if let Some(port) = status
        .ok()
        .flatten()
        .filter(|status| status.running)
        .and_then(|status| status.port)
    {
        return vec![Finding::ok(
            CHECK,
            format!("this project's server listens on {port}"),
        )];
    }
    let Some((port, why)) = configured(site).or_else(|| recorded(site)) else {
        return vec![Finding::ok(
            CHECK,
            "none is configured; db-up takes any that is free",
        )];
    };
    vec![match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
        Ok(_free) => Finding::ok(CHECK, format!("{port} ({why}) is free")),
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            let owner = PortOwner::find(port, &site.environment).await;
            let mend = match &owner {
                PortOwner::Process { pid, .. } => {
                    format!("kill {pid}; else db-up takes another port")
                }
                _ => "free it; else db-up takes another port".to_owned(),
            };
            Finding::warning(CHECK, format!("{port} ({why}) is taken by {owner}")).mend(mend)
        }
        Err(error) => Finding::problem(CHECK, format!("{port} ({why}) cannot be used: {error}"))
            .mend("choose a port above 1023: database.port"),
    }]
}

fn configured(site: &Site) -> Option<(u16, String)> {
    let loaded = site.loaded.as_ref()?;
    if loaded.is_default("database.port") {
        return None;
    }
    let port = loaded.database.hosts.first()?.port;
    Some((
        port,
        format!("database.port, {}", loaded.origin("database.port")),
    ))
}

/// The last start's: the next one wants it again.
fn recorded(site: &Site) -> Option<(u16, String)> {
    let record: Value = serde_json::from_slice(&fs::read(site.record()).ok()?).ok()?;
    let port = u16::try_from(record.get("port")?.as_u64()?).ok()?;
    Some((port, "of the last start".to_owned()))
}
