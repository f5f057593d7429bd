//! `cargo xtask tidy`: what no compiler checks.

mod architecture;
mod layers;
mod lengths;
mod trees;

use anyhow::bail;

use crate::command::words;
use crate::{documents, workspace};

/// Checks layering, dependency trees, ARCHITECTURE.md, generated files and file lengths, and reports everything it finds.
pub(crate) fn tidy() -> anyhow::Result<()> {
    let root = workspace::root()?;
    let metadata = workspace::metadata_with_dependencies()?;
    let mut errors = layers::check(&metadata);
    errors.extend(trees::check(&metadata));
    errors.extend(architecture::check(&root, &metadata)?);
    errors.extend(documents::outdated(&root));
    let lengths = lengths::check(&root)?;
    for warning in &lengths.warnings {
        words(&format!("warning: {warning}"));
    }
    errors.extend(lengths.errors);
    for error in &errors {
        words(&format!("error: {error}"));
    }
    match errors.len() {
        0 => Ok(()),
        count => bail!("tidy found {count} error(s)"),
    }
}
