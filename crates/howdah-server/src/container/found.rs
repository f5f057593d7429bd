use super::{Container, PATIENCE};
use crate::Error;

const INSPECT: &str = "{{.State.Status}}\n{{.State.ExitCode}}\n{{index .Config.Labels \"howdah.config\"}}\n\
                       {{index .Config.Labels \"howdah.port\"}}";

/// What the engine says about an existing container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) status: String,
    pub(super) exit_code: i32,
    /// Tells a container of these arguments from one of others.
    pub(super) config: String,
    pub(super) port: Option<u16>,
}

impl Container {
    pub(super) async fn inspect(&self) -> Result<Option<Found>, Error> {
        let args = ["container", "inspect", "--format", INSPECT, &self.name];
        let output = self.engine.ask(args, PATIENCE).await?;
        if output.status.success() {
            return Ok(Found::parse(&output.stdout));
        }
        let words = output.last_words();
        if words.to_lowercase().contains("no such container") {
            return Ok(None);
        }
        Err(self.failed("container inspect", &words))
    }

    /// The image of the container that has this name, if there is one: the record may be lost where it is not.
    pub(crate) async fn existing_image(&self) -> Option<String> {
        let args = [
            "container",
            "inspect",
            "--format",
            "{{.Config.Image}}",
            &self.name,
        ];
        let output = self.engine.ask(args, PATIENCE).await.ok()?;
        let image = output.stdout.trim();
        (output.status.success() && !image.is_empty()).then(|| image.to_owned())
    }

    pub(super) async fn has_volume(&self) -> Result<bool, Error> {
        let volume = self.volume();
        let output = self
            .engine
            .ask(["volume", "inspect", &volume], PATIENCE)
            .await?;
        if output.status.success() {
            return Ok(true);
        }
        let words = output.last_words();
        if words.to_lowercase().contains("no such volume") {
            return Ok(false);
        }
        Err(self.failed("volume inspect", &words))
    }

    pub(super) fn failed(&self, command: &str, words: &str) -> Error {
        Error::Command {
            command: format!("{} {command}", self.engine.path().display()),
            problem: format!("failed: {words}"),
            source: None,
        }
    }
}

impl Found {
    fn parse(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        Some(Self {
            status: lines.next()?.trim().to_owned(),
            exit_code: lines.next()?.trim().parse().ok()?,
            config: lines.next()?.trim().to_owned(),
            port: lines.next().and_then(|port| port.trim().parse().ok()),
        })
    }

    /// Podman says `stopped` until it has tidied up behind the container.
    pub(super) fn has_ended(&self) -> bool {
        matches!(self.status.as_str(), "exited" | "stopped")
    }

    pub(super) fn has_process(&self) -> bool {
        matches!(self.status.as_str(), "running" | "paused" | "restarting")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_says_is_read() {
        let found = Found::parse("exited\n137\nab12\n5433\n").unwrap();
        assert_eq!((found.exit_code, found.port), (137, Some(5433)));
        assert!(found.has_ended() && !found.has_process());
        let stopped = Found::parse("stopped\n137\nab12\n5433\n").unwrap();
        assert!(stopped.has_ended() && !stopped.has_process());
        assert_eq!(Found::parse(""), None);
    }
}
