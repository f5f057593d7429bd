use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::finding::Finding;
use super::program::{Answer, ask, which};
use super::site::Site;

const CHECK: &str = "engine";

/// What is known of container engines.
pub(crate) struct Engines {
    pub(crate) findings: Vec<Finding>,
    pub(crate) answering: Option<Answering>,
}

/// An engine that answers.
pub(crate) struct Answering {
    name: &'static str,
    version: String,
    /// Those that db-up would take.
    pub(crate) images: Vec<String>,
    root: PathBuf,
    lost: Vec<(String, String)>,
}

/// Docker and Podman, the first of which that answers is used.
pub(crate) async fn check(site: &Site) -> Engines {
    let (docker, podman) = tokio::join!(
        probe("docker", &site.environment),
        probe("podman", &site.environment)
    );
    let mut findings = Vec::new();
    let mut answering = None;
    for probed in [docker, podman] {
        match probed {
            Some(Ok(engine)) if answering.is_none() => {
                findings.extend(engine.findings());
                answering = Some(engine);
            }
            Some(Err(finding)) => findings.push(finding),
            Some(Ok(_)) | None => {}
        }
    }
    if findings.is_empty() {
        findings.push(Finding::ok(
            CHECK,
            "there is no docker or podman command; db-up uses server binaries",
        ));
    }
    Engines {
        findings,
        answering,
    }
}

/// `None`: there is no such command.
async fn probe(
    name: &'static str,
    environment: &BTreeMap<String, String>,
) -> Option<Result<Answering, Finding>> {
    let program = which(name, environment)?;
    let context = [
        "context",
        "inspect",
        "--format",
        "{{.Endpoints.docker.Host}}",
    ];
    let images = ["images", "--format", "{{.Repository}}:{{.Tag}}"];
    let info = match name {
        "podman" => [
            "info",
            "--format",
            "{{.Version.Version}}\t{{.Store.GraphRoot}}",
        ],
        _ => ["info", "--format", "{{.ServerVersion}}\t{{.DockerRootDir}}"],
    };
    let labels = "{{.Names}}\t{{.Label \"howdah.directory\"}}";
    let containers = [
        "ps",
        "--all",
        "--filter=label=howdah.directory",
        "--format",
        labels,
    ];
    let (address, images, info, containers) = tokio::join!(
        address(name, &program, &context, environment),
        ask(&program, &images, environment),
        ask(&program, &info, environment),
        ask(&program, &containers, environment),
    );
    if let Some(address) = address.filter(|address| !is_here(address)) {
        return Some(Err(elsewhere(name, &address)));
    }
    Some(match (images, info) {
        (Ok(images), Ok(info)) => Ok(Answering::new(name, &images, &info, containers)),
        (Err(why), _) | (_, Err(why)) => Err(silent(name, &why)),
    })
}

/// Where it is, if the environment or a context says so.
async fn address(
    name: &str,
    program: &Path,
    context: &[&str],
    environment: &BTreeMap<String, String>,
) -> Option<String> {
    let given = environment.get(variable(name));
    match given.filter(|address| !address.is_empty()) {
        Some(address) => Some(address.clone()),
        None if name == "docker" => {
            let answer = ask(program, context, environment).await.ok()?;
            Some(answer.trim().to_owned()).filter(|address| !address.is_empty())
        }
        None => None,
    }
}

impl Answering {
    fn new(name: &'static str, images: &str, info: &str, containers: Answer) -> Self {
        let (version, root) = info.trim().split_once('\t').unwrap_or((info.trim(), ""));
        let pair = |line: &str| {
            let (name, directory) = line.split_once('\t')?;
            Some((name.to_owned(), directory.to_owned()))
        };
        let is_lost = |(_, directory): &(String, String)| !Path::new(directory).exists();
        let containers = containers.unwrap_or_default();
        Self {
            name,
            version: version.to_owned(),
            images: images.lines().filter_map(usable_image).collect(),
            root: PathBuf::from(root),
            lost: containers
                .lines()
                .filter_map(pair)
                .filter(is_lost)
                .collect(),
        }
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings = vec![
            Finding::ok(CHECK, format!("{} {} answers", self.name, self.version)),
            self.of_images(),
        ];
        findings.extend(super::disk::of_engine(self.name, &self.root));
        findings.extend(self.lost.iter().map(|lost| self.of_lost(lost)));
        findings
    }

    fn of_images(&self) -> Finding {
        if self.images.is_empty() {
            return Finding::warning(
                "images",
                "there is no image of PostgreSQL; db-up downloads one",
            )
            .mend(format!("{} pull postgres:17-alpine", self.name));
        }
        Finding::ok("images", self.images.join(", "))
    }

    fn of_lost(&self, (container, directory): &(String, String)) -> Finding {
        let engine = self.name;
        Finding::warning(
            "leftovers",
            format!(
                "the container {container} belongs to {directory}, which is not there any more"
            ),
        )
        .mend(format!(
            "{engine} rm -f {container} && {engine} volume rm {container}-data"
        ))
    }
}

/// `docker.io/library/postgres:17` is `postgres:17`. Tags of content, as `17-e73923a9e5ce`, are second names.
fn usable_image(line: &str) -> Option<String> {
    let name = ["docker.io/library/", "localhost/"]
        .iter()
        .find_map(|prefix| line.strip_prefix(prefix))
        .unwrap_or(line);
    let (repository, tag) = name.split_once(':')?;
    let is_second_name = repository == "howdah-postgres" && tag.contains('-');
    (matches!(repository, "postgres" | "howdah-postgres") && tag != "<none>" && !is_second_name)
        .then(|| name.to_owned())
}

/// Whether a port that the engine publishes is one of this computer's.
fn is_here(address: &str) -> bool {
    let Some((scheme, rest)) = address.split_once("://") else {
        return address.starts_with('/');
    };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    matches!(scheme, "unix" | "fd" | "npipe")
        || ["localhost", "127.", "[::1]"]
            .iter()
            .any(|here| host.starts_with(here))
}

fn elsewhere(name: &str, address: &str) -> Finding {
    let detail =
        format!("{name} is at {address}, another computer, whose ports are not this one's");
    Finding::warning(CHECK, detail).mend(format!("unset {} DOCKER_CONTEXT", variable(name)))
}

fn silent(name: &str, why: &str) -> Finding {
    let words = why.to_lowercase();
    let mend = if words.contains("permission denied") {
        "sudo usermod --append --groups docker \"$USER\" && newgrp docker".to_owned()
    } else if words.contains("api version") {
        "install versions of the command and of the engine that fit each other, or set DOCKER_API_VERSION"
            .to_owned()
    } else if name == "podman" || words.contains("no answer within") {
        format!("{name} info")
    } else if cfg!(target_os = "macos") {
        "open -a Docker".to_owned()
    } else {
        "sudo systemctl start docker".to_owned()
    };
    Finding::warning(CHECK, format!("{name} cannot be used: {why}")).mend(mend)
}

fn variable(engine: &str) -> &'static str {
    if engine == "podman" {
        "CONTAINER_HOST"
    } else {
        "DOCKER_HOST"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_of_postgresql_are_listed_once() {
        assert_eq!(
            usable_image("docker.io/library/postgres:17-alpine").unwrap(),
            "postgres:17-alpine"
        );
        assert_eq!(
            usable_image("howdah-postgres:17").unwrap(),
            "howdah-postgres:17"
        );
        assert_eq!(usable_image("howdah-postgres:17-e73923a9e5ce"), None);
        assert_eq!(usable_image("redis:7"), None);
        assert_eq!(usable_image("postgres:<none>"), None);
    }

    #[test]
    fn an_engine_elsewhere_is_told_from_one_here() {
        for here in [
            "unix:///run/docker.sock",
            "tcp://127.0.0.1:2375",
            "ssh://a@localhost:1",
        ] {
            assert!(is_here(here), "{here}");
        }
        assert!(!is_here("tcp://10.0.0.5:2376"));
        assert!(!is_here("ssh://ann@build.example.com"));
    }
}
