use std::collections::BTreeMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::process::{Program, which};
use crate::{Error, Tried};

/// An engine that is there answers in milliseconds; one that hangs must not hold up everything.
const PATIENCE: Duration = Duration::from_secs(2);

/// A container engine, driven by its command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Engine {
    /// `docker` or `podman`.
    name: String,
    path: PathBuf,
    /// `None`: the command's own default.
    address: Option<String>,
    environment: BTreeMap<String, String>,
}

impl Engine {
    /// With the given address and no other, whatever the environment says.
    pub(crate) fn new(
        name: &str,
        path: PathBuf,
        address: Option<String>,
        environment: &BTreeMap<String, String>,
    ) -> Self {
        let mut environment = environment.clone();
        match &address {
            Some(address) => environment.insert(variable(name).to_owned(), address.clone()),
            None => environment.remove(variable(name)),
        };
        Self {
            name: name.to_owned(),
            path,
            address,
            environment,
        }
    }

    /// The engine a server was recorded with.
    pub(crate) fn recorded(
        name: &str,
        address: Option<&str>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Self, Error> {
        let path = which(name, environment).ok_or_else(|| Error::NotFound {
            wanted: "engine for the recorded container",
            tried: vec![missing(name)],
        })?;
        Ok(Self::new(
            name,
            path,
            address.map(ToOwned::to_owned),
            environment,
        ))
    }

    /// The first engine that answers, with its images; or what is wrong with each.
    pub(crate) async fn find(
        environment: &BTreeMap<String, String>,
    ) -> Result<(Self, Vec<String>), Vec<Tried>> {
        let mut tried = Vec::new();
        for name in ["docker", "podman"] {
            let Some(path) = which(name, environment) else {
                tried.push(missing(name));
                continue;
            };
            for address in addresses(name, environment) {
                let engine = Self::new(name, path.clone(), address, environment);
                match engine.answer().await {
                    Ok(images) => return Ok((engine, images)),
                    Err(why) => tried.push(why),
                }
            }
        }
        Err(tried)
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// The variable that carries the address.
    pub(crate) fn variable(&self) -> &'static str {
        variable(&self.name)
    }

    pub(crate) fn program<A: Into<String>>(&self, args: impl IntoIterator<Item = A>) -> Program {
        Program::new(&self.path, &self.environment).args(args)
    }

    /// The name under which the engine's registry knows an image: Podman asks on a terminal about short ones.
    pub(crate) fn pull_name(&self, image: &str) -> String {
        let has_host = image
            .split_once('/')
            .is_some_and(|(host, _)| host.contains(['.', ':']) || host == "localhost");
        match (self.name.as_str(), has_host, image.contains('/')) {
            ("podman", false, false) => format!("docker.io/library/{image}"),
            ("podman", false, true) => format!("docker.io/{image}"),
            _ => image.to_owned(),
        }
    }

    async fn answer(&self) -> Result<Vec<String>, Tried> {
        let address = match &self.address {
            Some(address) => Some(address.clone()),
            None => self.context().await,
        };
        if let Some(address) = address.filter(|address| !is_this_computer(address)) {
            return Err(self.elsewhere(&address));
        }
        let program = self.program(["images", "--format", "{{.Repository}}:{{.Tag}}"]);
        match program.output(PATIENCE).await {
            Ok(output) if output.status.success() => {
                Ok(output.stdout.lines().map(ToOwned::to_owned).collect())
            }
            Ok(output) => {
                Err(self.silent(output.last_words().lines().next().unwrap_or("it fails")))
            }
            Err(error) => Err(self.silent(&error.to_string())),
        }
    }

    /// The address of Docker's current context, unless it is the default one.
    async fn context(&self) -> Option<String> {
        let named = self.environment.get("DOCKER_CONTEXT").cloned();
        let name = named.or_else(|| current_context(&self.environment))?;
        if self.name != "docker" || name.is_empty() || name == "default" {
            return None;
        }
        let args = [
            "context",
            "inspect",
            &name,
            "--format",
            "{{.Endpoints.docker.Host}}",
        ];
        let output = self.program(args).output(PATIENCE).await.ok()?;
        Some(output.stdout.trim().to_owned()).filter(|address| !address.is_empty())
    }

    fn silent(&self, why: &str) -> Tried {
        let mend = match self.name.as_str() {
            "podman" => "`podman info` says more".to_owned(),
            _ if cfg!(target_os = "macos") => "`open -a Docker`".to_owned(),
            _ => format!(
                "`sudo systemctl start docker`, or set {} to an engine's address",
                self.variable()
            ),
        };
        Tried::new(self.described(), why, mend)
    }

    fn elsewhere(&self, address: &str) -> Tried {
        Tried::new(
            self.described(),
            format!(
                "{address} is another computer, where a container's port is not one of this computer's"
            ),
            format!(
                "`unset {} DOCKER_CONTEXT`, or ask for the local backend",
                self.variable()
            ),
        )
    }

    fn described(&self) -> String {
        match &self.address {
            Some(address) => format!("{} at {address}", self.name),
            None => self.name.clone(),
        }
    }
}

fn variable(engine: &str) -> &'static str {
    if engine == "podman" {
        "CONTAINER_HOST"
    } else {
        "DOCKER_HOST"
    }
}

fn missing(name: &str) -> Tried {
    Tried::new(
        name,
        format!("there is no `{name}` command on the PATH"),
        match (name, cfg!(target_os = "macos")) {
            ("podman", true) => "`brew install podman && podman machine init --now`".to_owned(),
            (_, true) => "`brew install --cask docker`".to_owned(),
            ("podman", false) => "`sudo apt-get install podman`".to_owned(),
            (_, false) => "`sudo apt-get install docker.io`".to_owned(),
        },
    )
}

/// What the environment says; else the command's default and then the sockets that are there.
fn addresses(name: &str, environment: &BTreeMap<String, String>) -> Vec<Option<String>> {
    let set = |variable: &str| {
        environment
            .get(variable)
            .filter(|address| !address.is_empty())
            .cloned()
    };
    let given = set(variable(name)).or_else(|| {
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

fn current_context(environment: &BTreeMap<String, String>) -> Option<String> {
    let directory = match environment.get("DOCKER_CONFIG") {
        Some(directory) => PathBuf::from(directory),
        None => Path::new(environment.get("HOME")?).join(".docker"),
    };
    let text = fs::read_to_string(directory.join("config.json")).ok()?;
    let config: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(config.get("currentContext")?.as_str()?.to_owned())
}

/// Whether ports that the engine publishes on 127.0.0.1 are this computer's.
fn is_this_computer(address: &str) -> bool {
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

    #[test]
    fn podman_is_given_full_names() {
        let podman = Engine::new("podman", "/bin/podman".into(), None, &BTreeMap::new());
        assert_eq!(
            podman.pull_name("postgres:17"),
            "docker.io/library/postgres:17"
        );
        assert_eq!(podman.pull_name("a/b"), "docker.io/a/b");
        assert_eq!(podman.pull_name("quay.io/a/b"), "quay.io/a/b");
    }
}
