use super::{Container, PATIENCE};
use crate::Error;
use crate::deadline::{Deadline, Pause};

impl Container {
    /// Removes it and its data.
    pub(crate) async fn wipe(&self) -> Result<(), Error> {
        self.remove_copier().await;
        self.remove().await?;
        self.remove_network(&self.name).await;
        self.remove_volume().await
    }

    /// With the volumes that have no name: an image may declare some, and they would stay for ever. Also one that cannot
    /// be inspected: where Podman was killed while it made a container, only its storage knows the name.
    pub(super) async fn remove(&self) -> Result<(), Error> {
        match self
            .command(["rm", "--force", "--volumes", &self.name])
            .await
        {
            Err(error) if !is_absent(&error) => Err(error),
            _ => Ok(()),
        }
    }

    /// The engine may still be making a container for a command that was interrupted, and then holds the volume.
    async fn remove_volume(&self) -> Result<(), Error> {
        let deadline = Deadline::new(PATIENCE);
        let mut pause = Pause::new();
        while self.has_volume().await? {
            match self
                .command(["volume", "rm", "--force", &self.volume()])
                .await
            {
                Ok(()) => return Ok(()),
                Err(error) if deadline.has_passed() || !is_in_use(&error) => return Err(error),
                Err(_in_use) => pause.wait().await,
            }
            self.remove().await?;
        }
        Ok(())
    }
}

fn is_absent(failure: &Error) -> bool {
    failure
        .to_string()
        .to_lowercase()
        .contains("no such container")
}

fn is_in_use(failure: &Error) -> bool {
    let text = failure.to_string();
    text.contains("in use") || text.contains("being used")
}
