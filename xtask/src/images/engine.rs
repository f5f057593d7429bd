use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};

use super::child::{self, Captured, command};
use super::recipe::{IMAGE, Recipe};

const QUICK: Duration = Duration::from_secs(30);
const SLOW: Duration = Duration::from_mins(15);

/// The command of a container engine that answers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Engine {
    program: &'static str,
}

/// An image the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) id: String,
    pub(super) size_bytes: u64,
}

impl Engine {
    /// Docker, else Podman. Both find their server by themselves (`DOCKER_HOST`, `CONTAINER_HOST`).
    pub(super) fn find() -> anyhow::Result<Self> {
        let mut refusals = Vec::new();
        for program in ["docker", "podman"] {
            match child::capture(command(program, ["version"]), QUICK)? {
                Captured::Done(_) => return Ok(Self { program }),
                Captured::Failed(words) => {
                    refusals.push(format!("; {program} says: {}", words.trim()));
                }
                Captured::Missing => {}
            }
        }
        bail!(
            "no container engine answers: start Docker or Podman, or set DOCKER_HOST{}",
            refusals.concat()
        )
    }

    /// The image with this tag, if there is one.
    pub(super) fn image(self, tag: &str) -> anyhow::Result<Option<Image>> {
        let arguments = ["image", "inspect", "--format", "{{.Id}} {{.Size}}", tag];
        match child::capture(command(self.program, arguments), QUICK)? {
            Captured::Done(words) => parse_image(&words).map(Some),
            // Docker: "No such image", Podman: "image not known".
            Captured::Failed(words)
                if words.to_lowercase().contains("no such image")
                    || words.contains("not known") =>
            {
                Ok(None)
            }
            Captured::Failed(words) => bail!(
                "{} cannot look for the image {tag}: {}",
                self.program,
                words.trim()
            ),
            Captured::Missing => bail!("{} has gone", self.program),
        }
    }

    /// Gives an image one more tag.
    pub(super) fn tag(self, from: &str, to: &str) -> anyhow::Result<()> {
        self.must(&["tag", from, to])
    }

    /// Builds the directory `context`. The tags are set at the very end, so an interrupted build has none.
    pub(super) fn build(
        self,
        recipe: &Recipe,
        packages: &str,
        context: &Path,
        log: &Path,
    ) -> anyhow::Result<()> {
        let mut build = command(self.program, ["build", "--force-rm"]);
        build
            .arg("--build-arg")
            .arg(format!("PG_MAJOR={}", recipe.release.major));
        build
            .arg("--label")
            .arg(format!("howdah.recipe={}", recipe.checksum));
        build
            .arg("--label")
            .arg(format!("howdah.packages={packages}"));
        build
            .arg("--tag")
            .arg(recipe.tag())
            .arg("--tag")
            .arg(recipe.moving_tag());
        let name = format!("`{} build`", self.program);
        child::run(build.arg(context), &name, log, SLOW)
    }

    /// Removes what interrupted builds and rebuilt images have left: images of ours without a tag. The young ones
    /// stay, because they may be steps of a build that another workspace is just doing.
    pub(super) fn prune(self) -> anyhow::Result<()> {
        let ours = format!("label=howdah.image={IMAGE}");
        self.must(&[
            "image", "prune", "--force", "--filter", &ours, "--filter", "until=1h",
        ])
    }

    fn must(self, arguments: &[&str]) -> anyhow::Result<()> {
        match child::capture(command(self.program, arguments.iter().copied()), QUICK)? {
            Captured::Done(_) => Ok(()),
            Captured::Failed(words) => bail!(
                "`{} {}` failed: {}",
                self.program,
                arguments.join(" "),
                words.trim()
            ),
            Captured::Missing => bail!("{} has gone", self.program),
        }
    }
}

fn parse_image(words: &str) -> anyhow::Result<Image> {
    let (id, size) = words
        .trim()
        .split_once(' ')
        .with_context(|| format!("the engine describes an image as `{}`", words.trim()))?;
    let size_bytes = size
        .parse()
        .with_context(|| format!("the engine gives an image's size as `{size}`"))?;
    Ok(Image {
        id: id.to_owned(),
        size_bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_its_id_and_size() {
        let image = parse_image("sha256:ab12 105393998\n").unwrap();
        assert_eq!(
            image,
            Image {
                id: "sha256:ab12".into(),
                size_bytes: 105_393_998
            }
        );
        assert!(parse_image("").is_err());
        assert!(parse_image("sha256:ab12 big").is_err());
    }
}
