use howdah_secrets::{Secret, generate};
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, ImageExt};
use testcontainers_modules::postgres::Postgres;

use crate::reaper::Reaper;
use crate::{Error, TestServer};

/// What a container's server needs to stay alive.
#[derive(Debug)]
pub(crate) struct Container {
    _container: ContainerAsync<Postgres>,
    _reaper: Reaper,
}

/// Starts a container with `image` (`name:tag`) through testcontainers.
pub(crate) async fn start(image: &str) -> Result<TestServer, Error> {
    let (name, tag) = image.rsplit_once(':').unwrap_or((image, "latest"));
    let password = generate().map_err(Error::step("generating a password"))?;
    let started = Postgres::default()
        .with_name(name)
        .with_tag(tag)
        .with_env_var("POSTGRES_PASSWORD", password.expose())
        .with_env_var("POSTGRES_DB", "postgres")
        .start()
        .await;
    let container = started.map_err(|source| Error::NoServer {
        source: source.into(),
    })?;
    adopt(container, password).await
}

async fn adopt(container: ContainerAsync<Postgres>, password: Secret) -> Result<TestServer, Error> {
    // Removal by the destructor does not happen for a server that is shared until the process ends.
    let remove = "docker rm --force --volumes \"$1\" || podman rm --force --volumes \"$1\"";
    let reaper =
        Reaper::spawn(remove, &[container.id()]).map_err(Error::step("starting the reaper"))?;
    let port = container
        .get_host_port_ipv4(5432)
        .await
        .map_err(Error::step("asking the container for its port"))?;
    let keep = Container {
        _container: container,
        _reaper: reaper,
    };
    TestServer::new(
        "127.0.0.1",
        port,
        "postgres",
        password,
        Some(Box::new(keep)),
    )
}
