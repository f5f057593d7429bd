mod address;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::address::{addresses, current_context, is_this_computer};
use crate::process::{Output, Program, which};
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

    /// Runs a command of the engine to its end; how it ended is for the caller to judge, unless nobody was there to do
    /// it.
    pub(crate) async fn ask<A: Into<String>>(
        &self,
        args: impl IntoIterator<Item = A>,
        limit: Duration,
    ) -> Result<Output, Error> {
        let output = self.program(args).output(limit).await?;
        let words = output.last_words();
        let silent = !output.status.success()
            && [
                "Cannot connect to",
                "failed to connect",
                "connection refused",
            ]
            .iter()
            .any(|sign| words.contains(sign));
        if !silent {
            return Ok(output);
        }
        let why = words.lines().next().unwrap_or("it does not answer");
        Err(Error::NotFound {
            wanted: "engine for the container",
            tried: vec![self.silent(why)],
        })
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

#[cfg(test)]
mod tests {
    use super::*;

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
