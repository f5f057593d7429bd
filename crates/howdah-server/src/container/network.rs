//! How a replica's container reaches that of its primary, which is published to this computer only.

use super::{Container, MOUNT, PATIENCE};
use crate::Error;
use crate::context::Call;
use crate::replica::{self, Upstream};

/// A line that lets replicas of the same network in, which neither `initdb` nor the entry points of the images write.
const LET_IN: &str = "hba=$PGDATA/pg_hba.conf
grep -q '^# howdah: replicas' \"$hba\" || printf '%s\\n' \
    '# howdah: replicas' 'host replication all samenet scram-sha-256' >>\"$hba\"";
/// Copies the primary into the volume, complete or not at all.
const COPY: &str = "set -e
umask 077
new=$1/data.new
pg_basebackup --pgdata=\"$new\" --wal-method=stream --checkpoint=fast --no-sync --no-password \
    --host=\"$2\" --port=\"$3\" --username=\"$4\" --slot=\"$4\"
touch \"$new/standby.signal\"
chown -R postgres:postgres \"$new\"
mv \"$new\" \"$1/data\"";

impl Container {
    /// Makes the network of this container if there is none, and joins it.
    pub(crate) async fn join_own_network(&self) -> Result<(), Error> {
        let network = network_of(&self.name);
        if !self.has_network(&network).await? {
            let label = format!("--label=howdah.container={}", self.name);
            // An interrupted call's command may get to its end meanwhile.
            match self.command(["network", "create", &label, &network]).await {
                Err(error) if !error.to_string().contains("already exists") => return Err(error),
                _ => {}
            }
        }
        match self
            .command(["network", "connect", &network, &self.name])
            .await
        {
            Err(error) if !is_there_already(&error.to_string()) => Err(error),
            _ => Ok(()),
        }
    }

    /// Adds the line to the `pg_hba.conf` of the data; where the caller gave another file, that one decides.
    pub(crate) async fn let_replicas_in(&self) -> Result<(), Error> {
        self.command(["exec", &self.name, "sh", "-c", LET_IN]).await
    }

    /// The network that a new container is to be in, if not in the engine's own.
    pub(super) async fn network(&self, call: &Call<'_>) -> Result<Option<String>, Error> {
        if let Some(upstream) = call.upstream {
            return Ok(Some(network_of(&upstream.host)));
        }
        let own = network_of(&self.name);
        Ok(self.has_network(&own).await?.then_some(own))
    }

    /// Fills the volume from the primary.
    pub(super) async fn copy_primary(
        &self,
        call: &Call<'_>,
        upstream: &Upstream,
    ) -> Result<(), Error> {
        self.engine
            .program(["run", "--rm", "--env=PGPASSWORD", "--entrypoint=/bin/sh"])
            .arg(format!("--name={}", self.copier()))
            .arg(format!("--network={}", network_of(&upstream.host)))
            .arg(format!("--volume={}:{MOUNT}", self.volume()))
            .args([&self.image, "-c", COPY, "copy", MOUNT, &upstream.host])
            .args([&upstream.port.to_string(), &upstream.name])
            .env("PGPASSWORD", replica::password(call.directory)?.expose())
            .succeed(call.deadline.remaining())
            .await
            .map(drop)
    }

    /// Ends a copying that nobody waits for any more.
    pub(super) async fn remove_copier(&self) {
        let removed = self
            .command(["rm", "--force", "--volumes", &self.copier()])
            .await;
        tracing::trace!(
            ?removed,
            "removed what an interrupted copying may have left"
        );
    }

    /// Removes the network, unless somebody is still in it.
    pub(crate) async fn remove_network(&self, of: &str) {
        let removed = self.command(["network", "rm", &network_of(of)]).await;
        tracing::trace!(?removed, "removed the network, if there was one");
    }

    async fn has_network(&self, network: &str) -> Result<bool, Error> {
        let output = self
            .engine
            .ask(["network", "inspect", network], PATIENCE)
            .await?;
        if output.status.success() {
            return Ok(true);
        }
        let words = output.last_words();
        let lower = words.to_lowercase();
        if lower.contains("no such network") || lower.contains("not found") {
            return Ok(false);
        }
        Err(self.failed("network inspect", &words))
    }

    fn copier(&self) -> String {
        format!("{}-copy", self.name)
    }
}

fn network_of(container: &str) -> String {
    format!("{container}-net")
}

/// Docker's and Podman's words for a container that is in the network.
fn is_there_already(words: &str) -> bool {
    words.contains("already exists in network") || words.contains("is already connected to network")
}
