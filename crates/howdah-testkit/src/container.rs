use std::time::Duration;

use howdah_secrets::{Secret, generate};
use testcontainers::bollard::Docker;
use testcontainers::bollard::models::{HostConfig, PortBinding};
use testcontainers::core::Mount;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ContainerRequest, ImageExt};
use testcontainers_modules::postgres::Postgres;
use tokio::time::timeout;

use crate::shared::{Membership, Record};
use crate::wanted::Choice;
use crate::{Error, names};

const STEP: &str = "starting a container";
/// The newest version that has been out for a year.
const MAJOR: u16 = 17;
/// Where the data is, in memory: a place that no image declares as a volume.
const MOUNT: &str = "/howdah";
const PATIENCE: Duration = Duration::from_secs(2);
const START_DEADLINE: Duration = Duration::from_mins(2);

/// As fast as possible, and lost when the machine stops: nobody else uses this server.
const SETTINGS: [&str; 6] = [
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "max_connections=200",
    // The log lives in memory, too.
    "max_wal_size=256MB",
    "max_locks_per_transaction=256",
];

/// Starts the container that the users of a membership share.
pub(crate) async fn ensure(
    membership: &Membership,
    choice: &Choice,
) -> Result<(Record, Secret), Error> {
    // The one before ended without being asked to: what was in it is gone.
    remove_earlier(membership).await;
    let name = format!("howdah-test-{}", names::random()?);
    let password = generate().map_err(Error::step(STEP))?;
    membership.tell_supervisor("container", &name)?;
    membership.tell_supervisor("password", password.expose())?;
    let container = run(choice, &name, &password).await?;
    let record = Record {
        port: port(&container).await?,
        pid: None,
        container: Some(container.id().to_owned()),
    };
    // It is the supervisor's to remove, not this process's: others use it, too.
    std::mem::forget(container);
    Ok((record, password))
}

async fn remove_earlier(membership: &Membership) {
    let Ok(name) = std::fs::read_to_string(membership.directory().join("container")) else {
        return;
    };
    if let Ok(engine) = Docker::connect_with_defaults() {
        let options =
            testcontainers::bollard::query_parameters::RemoveContainerOptionsBuilder::new()
                .force(true)
                .v(true)
                .build();
        let removed = engine.remove_container(&name, Some(options)).await;
        tracing::debug!(?removed, name, "an earlier container");
    }
}

async fn run(
    choice: &Choice,
    name: &str,
    password: &Secret,
) -> Result<ContainerAsync<Postgres>, Error> {
    let image = match &choice.image {
        Some(image) => image.clone(),
        None => default_image(choice.version.unwrap_or(MAJOR)).await,
    };
    match request(&image, name, password).start().await {
        Ok(container) => Ok(container),
        Err(source) => Err(Error::NoServer {
            source: explain(&image, &source).await.into(),
        }),
    }
}

fn request(image: &str, name: &str, password: &Secret) -> ContainerRequest<Postgres> {
    let (repository, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
    let command = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
    Postgres::default()
        .with_name(repository)
        .with_tag(tag)
        .with_container_name(name)
        .with_label("dev.howdah.testkit", "true")
        .with_env_var("POSTGRES_PASSWORD", password.expose())
        .with_env_var("POSTGRES_DB", "postgres")
        .with_env_var("PGDATA", format!("{MOUNT}/data"))
        .with_mount(Mount::tmpfs_mount(MOUNT))
        .with_cmd(command)
        .with_startup_timeout(START_DEADLINE)
        .with_host_config_modifier(publish_on_loopback)
}

/// testcontainers would publish the port on every address of the machine.
fn publish_on_loopback(host: &mut HostConfig) {
    let binding = PortBinding {
        host_ip: Some("127.0.0.1".to_owned()),
        host_port: Some("0".to_owned()),
    };
    host.publish_all_ports = Some(false);
    host.port_bindings = Some([("5432/tcp".to_owned(), Some(vec![binding]))].into());
}

/// The one that was built here if there is one: it needs no registry.
async fn default_image(major: u16) -> String {
    let own = format!("howdah-postgres:{major}");
    let public = format!("postgres:{major}-alpine");
    let Ok(engine) = Docker::connect_with_defaults() else {
        return public;
    };
    for image in [&public, &own] {
        if engine.inspect_image(image).await.is_ok() {
            return image.clone();
        }
    }
    public
}

/// The library speaks of a registry when an image is missing, and of a socket when Podman's is not told to it.
async fn explain(image: &str, source: &testcontainers::TestcontainersError) -> String {
    let podman = crate::variables::environment()
        .get("XDG_RUNTIME_DIR")
        .map(|directory| format!("{directory}/podman/podman.sock"))
        .filter(|socket| std::path::Path::new(socket).exists())
        .map(|socket| format!("; for Podman: export DOCKER_HOST=unix://{socket}"))
        .unwrap_or_default();
    let answers = match Docker::connect_with_defaults() {
        Ok(engine) => timeout(PATIENCE, engine.ping())
            .await
            .is_ok_and(|pong| pong.is_ok()),
        Err(_nobody) => false,
    };
    if answers {
        return format!(
            "the engine cannot start a container of {image}; is the image there? {source}"
        );
    }
    let host = crate::variables::environment().get("DOCKER_HOST");
    let address = host.map_or("its usual socket", String::as_str);
    format!("no container engine answers at {address}{podman}: {source}")
}

async fn port(container: &ContainerAsync<Postgres>) -> Result<u16, Error> {
    container
        .get_host_port_ipv4(5432)
        .await
        .map_err(Error::step("asking the container for its port"))
}
