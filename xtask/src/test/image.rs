use std::path::Path;

use anyhow::anyhow;

use crate::command::{command, output, run};
use crate::images::{self, BuildRequest};

/// An image of this version: our own or the public one if it is there, the public one if it can be had, else our own,
/// built now.
pub(super) fn find(root: &Path, major: u16) -> anyhow::Result<String> {
    output(command("docker", root).args(["version", "--format", "{{.Server.Version}}"]))
        .map_err(|error| anyhow!("no container engine answers: {error:#}"))?;
    let own = format!("howdah-postgres:{major}");
    let public = format!("postgres:{major}-alpine");
    for image in [&own, &public] {
        if output(command("docker", root).args(["image", "inspect", "--format", "{{.Id}}", image]))
            .is_ok()
        {
            return Ok(image.clone());
        }
    }
    if run(command("docker", root).args(["pull", "--quiet", &public])).is_ok() {
        return Ok(public);
    }
    let request = BuildRequest {
        versions: vec![major],
        root: root.to_owned(),
        force: false,
    };
    images::build(&request, &mut std::io::stderr())?;
    Ok(own)
}
