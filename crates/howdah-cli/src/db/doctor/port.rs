use std::fs;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, TcpListener};

use serde_json::Value;

use super::finding::Finding;
use super::program::{ask, which};
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
            let owner = owner(port, site).await;
            let mend = match owner.as_ref().and_then(|owner| owner.pid) {
                Some(pid) => format!("kill {pid}; else db-up takes another port"),
                None => "free it; else db-up takes another port".to_owned(),
            };
            let who = owner.map_or_else(
                || "somebody whom only root can see".to_owned(),
                |owner| owner.name,
            );
            Finding::warning(CHECK, format!("{port} ({why}) is taken by {who}")).mend(mend)
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

/// Who listens.
struct Owner {
    name: String,
    pid: Option<u32>,
}

async fn owner(port: u16, site: &Site) -> Option<Owner> {
    let process = by_proc(port);
    let is_proxy = process
        .as_ref()
        .is_none_or(|owner| owner.name.starts_with("docker") || owner.name.contains("rootless"));
    if !is_proxy {
        return process;
    }
    for engine in ["docker", "podman"] {
        let Some(program) = which(engine, &site.environment) else {
            continue;
        };
        let filter = format!("--filter=publish={port}");
        let args = ["ps", filter.as_str(), "--format={{.Names}}"];
        let answer = ask(&program, &args, &site.environment)
            .await
            .unwrap_or_default();
        if let Some(name) = answer.lines().next() {
            let name = format!("the container {name}");
            return Some(Owner { name, pid: None });
        }
    }
    process
}

/// Linux: the inode of the socket that listens, then the process that has it open.
fn by_proc(port: u16) -> Option<Owner> {
    let tables = ["/proc/net/tcp", "/proc/net/tcp6"];
    let sockets: Vec<String> = tables
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    let has_open = |pid: u32| {
        let descriptors = fs::read_dir(format!("/proc/{pid}/fd"))
            .into_iter()
            .flatten();
        descriptors
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .any(|target| {
                sockets
                    .iter()
                    .any(|socket| target.as_os_str() == socket.as_str())
            })
    };
    let pid = fs::read_dir("/proc")
        .ok()?
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| has_open(*pid))?;
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    Some(Owner {
        name: format!("{} (pid {pid})", name.trim()),
        pid: Some(pid),
    })
}

/// `sl local_address rem_address st … inode`, numbers in hexadecimal; state 0A listens.
fn listeners(table: &str, port: u16) -> Vec<u64> {
    let inode = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, local) = fields.get(1)?.rsplit_once(':')?;
        let listens = *fields.get(3)? == "0A" && u16::from_str_radix(local, 16) == Ok(port);
        listens.then(|| fields.get(9)?.parse().ok())?
    };
    table.lines().skip(1).filter_map(inode).collect()
}
