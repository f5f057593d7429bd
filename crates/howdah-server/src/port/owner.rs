use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::time::Duration;

use crate::process::{Program, which};

/// Asking who has a port is a courtesy, and must not make anybody wait.
const PATIENCE: Duration = Duration::from_secs(2);

/// Who listens on a port.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PortOwner {
    /// A process.
    Process {
        /// Its number.
        pid: u32,
        /// Its name.
        name: String,
    },
    /// A container that publishes the port.
    Container {
        /// Its name.
        name: String,
    },
    /// Not to be seen from here.
    Unknown,
}

impl PortOwner {
    /// Looks for whoever listens on the port: in `/proc` or with lsof, and with the engine where it is a container's.
    pub async fn find(port: u16, environment: &BTreeMap<String, String>) -> Self {
        let process = match by_proc(port) {
            Some(found) => Some(found),
            None => by_lsof(port, environment).await,
        };
        match process {
            // The engine's own process says nothing; the container behind it does.
            Some((pid, name)) if !name.starts_with("docker") && !name.contains("rootlessport") => {
                Self::Process { pid, name }
            }
            proxy => match by_engine(port, environment).await {
                Some(name) => Self::Container { name },
                None => proxy.map_or(Self::Unknown, |(pid, name)| Self::Process { pid, name }),
            },
        }
    }
}

impl fmt::Display for PortOwner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process { pid, name } => write!(f, "{name} (pid {pid})"),
            Self::Container { name } => write!(f, "the container {name}"),
            Self::Unknown => f.write_str("a process of another user, which only root can see"),
        }
    }
}

/// Linux: the socket's inode from the table of listeners, then the process that has it open.
fn by_proc(port: u16) -> Option<(u32, String)> {
    let inodes: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listeners(&table, port))
        .map(|inode| format!("socket:[{inode}]"))
        .collect();
    if inodes.is_empty() {
        return None;
    }
    fs::read_dir("/proc")
        .ok()?
        .filter_map(Result::ok)
        .filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok())
        .find(|pid| has_open(*pid, &inodes))
        .map(|pid| (pid, name_of(pid)))
}

fn has_open(pid: u32, sockets: &[String]) -> bool {
    let Ok(descriptors) = fs::read_dir(format!("/proc/{pid}/fd")) else {
        return false;
    };
    descriptors
        .filter_map(Result::ok)
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .any(|target| {
            sockets
                .iter()
                .any(|socket| target.as_os_str() == socket.as_str())
        })
}

fn name_of(pid: u32) -> String {
    fs::read_to_string(format!("/proc/{pid}/comm"))
        .map_or_else(|_| "a process".to_owned(), |name| name.trim().to_owned())
}

/// The inodes of the sockets that listen on `port`: `sl local_address rem_address st … inode`, numbers in hexadecimal.
fn listeners(table: &str, port: u16) -> Vec<u64> {
    const LISTEN: &str = "0A";
    table
        .lines()
        .skip(1)
        .filter_map(|line| {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (_, local_port) = fields.get(1)?.rsplit_once(':')?;
            let listens =
                *fields.get(3)? == LISTEN && u16::from_str_radix(local_port, 16) == Ok(port);
            listens.then(|| fields.get(9)?.parse().ok())?
        })
        .collect()
}

async fn by_lsof(port: u16, environment: &BTreeMap<String, String>) -> Option<(u32, String)> {
    let program = Program::new(which("lsof", environment)?, environment).args([
        "-nP".to_owned(),
        format!("-iTCP:{port}"),
        "-sTCP:LISTEN".to_owned(),
        "-Fpc".to_owned(),
    ]);
    lsof_owner(&program.output(PATIENCE).await.ok()?.stdout)
}

/// `-F` prints one field a line, its letter first.
fn lsof_owner(answer: &str) -> Option<(u32, String)> {
    let field = |letter: char| answer.lines().find_map(|line| line.strip_prefix(letter));
    Some((
        field('p')?.parse().ok()?,
        field('c').unwrap_or("a process").to_owned(),
    ))
}

async fn by_engine(port: u16, environment: &BTreeMap<String, String>) -> Option<String> {
    for engine in ["docker", "podman"] {
        let Some(path) = which(engine, environment) else {
            continue;
        };
        // Podman has no filter for ports.
        let program =
            Program::new(path, environment).args(["ps", "--format={{.Names}}\t{{.Ports}}"]);
        let Ok(output) = program.output(PATIENCE).await else {
            continue;
        };
        let mut containers = output
            .stdout
            .lines()
            .filter_map(|line| line.split_once('\t'));
        if let Some((name, _)) = containers.find(|(_, ports)| publishes(ports, port)) {
            return Some(name.to_owned());
        }
    }
    None
}

/// `127.0.0.1:5433->5432/tcp, [::]:7000-7002->7000-7002/tcp, 9187/tcp`
fn publishes(ports: &str, port: u16) -> bool {
    ports
        .split(", ")
        .filter_map(|mapping| mapping.split_once("->"))
        .filter(|(_, inside)| inside.trim_end().ends_with("/tcp"))
        .filter_map(|(outside, _)| outside.rsplit(':').next())
        .any(|range| {
            let (first, last) = range.split_once('-').unwrap_or((range, range));
            let bounds = (first.parse::<u16>(), last.parse::<u16>());
            matches!(bounds, (Ok(first), Ok(last)) if (first..=last).contains(&port))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   \
        0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 21894 1 0000000000000000 100 0 0 10 0\n   \
        1: 0100007F:1538 0100007F:C350 01 00000000:00000000 00:00000000 00000000   101        0 30001 1 0000000000000000 20 4 30 10 -1\n";

    #[test]
    fn the_table_of_listeners_gives_the_inode_of_a_listener_only() {
        assert_eq!(listeners(TABLE, 5432), [21894]);
        assert!(listeners(TABLE, 5433).is_empty());
    }

    #[test]
    fn the_answer_of_lsof_gives_number_and_name() {
        assert_eq!(
            lsof_owner("p123\ncnginx\nf6\n"),
            Some((123, "nginx".to_owned()))
        );
        assert_eq!(lsof_owner(""), None);
    }

    #[test]
    fn a_container_publishes_the_ports_before_the_arrows() {
        let ports =
            "127.0.0.1:5433->5432/tcp, [::]:7000-7002->8000-8002/tcp, 0.0.0.0:53->53/udp, 9187/tcp";
        for port in [5433, 7000, 7001, 7002] {
            assert!(publishes(ports, port), "{port}");
        }
        for port in [5432, 543, 8000, 7003, 53, 9187] {
            assert!(!publishes(ports, port), "{port}");
        }
        assert!(!publishes("", 5432));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn this_process_is_found_as_the_owner_of_its_port() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let owner = PortOwner::find(port, &BTreeMap::new()).await;
        assert!(
            matches!(owner, PortOwner::Process { pid, .. } if pid == std::process::id()),
            "{owner}"
        );
    }
}
