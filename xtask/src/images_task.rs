use clap::Subcommand;

use crate::images::{self, BuildRequest};
use crate::{command, workspace};

/// Tasks about images.
#[derive(Debug, Subcommand)]
pub(crate) enum ImagesTask {
    /// Build them; one that is there already is left alone
    Build {
        /// Major versions: 13, 15, 17, 18 or all
        #[arg(long, value_delimiter = ',', default_value = "17")]
        pg: Vec<String>,
        /// Build also what is there
        #[arg(long)]
        force: bool,
    },
    /// Which are there
    List,
}

/// Runs the task.
pub(crate) fn run(task: ImagesTask) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let mut words = std::io::stderr();
    let images = match task {
        ImagesTask::Build { pg, force } => {
            let request = BuildRequest {
                versions: images::parse_versions(&pg)?,
                root,
                force,
            };
            images::build(&request, &mut words)?
        }
        ImagesTask::List => images::list(&root, &mut words)?,
    };
    for image in images {
        let megabytes = image.size_bytes / 1_000_000;
        let how = if image.built { "built" } else { "was there" };
        command::data(&format!("{}  {megabytes} MB  {how}", image.tag));
    }
    Ok(())
}
