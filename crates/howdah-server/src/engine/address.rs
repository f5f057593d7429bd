use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// What the environment says; else the command's default and then the sockets that are there.
pub(super) fn addresses(name: &str, environment: &BTreeMap<String, String>) -> Vec<Option<String>> {
    let set = |variable: &str| {
        environment
            .get(variable)
            .filter(|address| !address.is_empty())
            .cloned()
    };
    let given = set(super::variable(name)).or_else(|| {
        // Podman's socket is usually named to everybody as DOCKER_HOST.
        set("DOCKER_HOST").filter(|address| name == "podman" && address.contains("podman"))
    });
    if given.is_some() {
        return vec![given];
    }
    let there = sockets(name, environment)
        .into_iter()
        .filter(|socket| socket.exists())
        .map(|socket| Some(format!("unix://{}", socket.display())));
    std::iter::once(None).chain(there).collect()
}

fn sockets(name: &str, environment: &BTreeMap<String, String>) -> Vec<PathBuf> {
    let below = |variable: &str, path: &str| Some(Path::new(environment.get(variable)?).join(path));
    let candidates = if name == "podman" {
        [
            below("XDG_RUNTIME_DIR", "podman/podman.sock"),
            Some(PathBuf::from("/run/podman/podman.sock")),
            None,
        ]
    } else {
        // The command tries /var/run/docker.sock by itself, unless a context says otherwise.
        [
            Some(PathBuf::from("/var/run/docker.sock")),
            below("XDG_RUNTIME_DIR", "docker.sock"),
            below("HOME", ".docker/run/docker.sock"),
        ]
    };
    candidates.into_iter().flatten().collect()
}

/// The name of Docker's current context, from its configuration.
pub(super) fn current_context(environment: &BTreeMap<String, String>) -> Option<String> {
    let directory = match environment.get("DOCKER_CONFIG") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(environment.get("HOME")?).join(".docker"),
    };
    let text = fs::read_to_string(directory.join("config.json")).ok()?;
    let config: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(config.get("currentContext")?.as_str()?.to_owned())
}

/// Whether ports that the engine publishes on 127.0.0.1 are this computer's.
pub(super) fn is_this_computer(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.starts_with('/');
    };
    if matches!(scheme, "unix" | "fd" | "npipe") {
        return true;
    }
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((bracketed, _)) => bracketed,
        None => host.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse()
            .is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_engine_of_another_computer_is_recognised() {
        for here in [
            "unix:///var/run/docker.sock",
            "tcp://localhost:2375",
            "tcp://127.0.0.1:2375",
            "tcp://[::1]:2375",
            "ssh://core@localhost:53685/run/podman/podman.sock",
        ] {
            assert!(is_this_computer(here), "{here}");
        }
        for there in [
            "tcp://10.0.0.5:2376",
            "ssh://ann@build.example.com",
            "tcp://127.example.com:1",
        ] {
            assert!(!is_this_computer(there), "{there}");
        }
    }

    #[test]
    fn the_environment_decides_the_address() {
        let environment =
            BTreeMap::from([("DOCKER_HOST".to_owned(), "tcp://10.0.0.5:1".to_owned())]);
        assert_eq!(
            addresses("docker", &environment),
            [Some("tcp://10.0.0.5:1".to_owned())]
        );
        let podman =
            BTreeMap::from([("DOCKER_HOST".to_owned(), "unix:///x/podman.sock".to_owned())]);
        assert_eq!(
            addresses("podman", &podman),
            [Some("unix:///x/podman.sock".to_owned())]
        );
    }
}
