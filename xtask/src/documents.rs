//! `cargo xtask gen`: files that are printed from the keys of the settings.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;
use howdah_cli::{render_reference, render_schema, render_starter};

use crate::command::{data, words};
use crate::workspace;

/// Options of `gen`.
#[derive(Debug, Args)]
pub(crate) struct GenArgs {
    /// Write nothing, and fail when a file differs
    #[arg(long)]
    check: bool,
}

/// A file of the repository, and what must be in it.
struct Document {
    name: &'static str,
    text: String,
}

/// Writes the files that differ, or says which do.
pub(crate) fn generate(args: &GenArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    if args.check {
        let outdated = outdated(&root);
        for error in &outdated {
            words(&format!("error: {error}"));
        }
        return match outdated.len() {
            0 => Ok(()),
            count => bail!("{count} generated file(s) differ"),
        };
    }
    for document in documents()
        .iter()
        .filter(|document| document.differs(&root))
    {
        let path = root.join(document.name);
        fs::write(&path, &document.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        data(document.name);
    }
    Ok(())
}

/// A sentence for each file that is not what the keys say.
pub(crate) fn outdated(root: &Path) -> Vec<String> {
    let documents = documents();
    let different = documents.iter().filter(|document| document.differs(root));
    different
        .map(|document| {
            format!(
                "{} is not what the keys of howdah-config say; run `cargo xtask gen`",
                document.name
            )
        })
        .collect()
}

fn documents() -> [Document; 3] {
    [
        Document {
            name: "docs/src/reference.md",
            text: render_reference(),
        },
        Document {
            name: "docs/howdah.schema.json",
            text: render_schema(),
        },
        Document {
            name: "docs/howdah.example.yaml",
            text: render_starter(Some("howdah.schema.json")),
        },
    ]
}

impl Document {
    fn differs(&self, root: &Path) -> bool {
        !fs::read_to_string(root.join(self.name)).is_ok_and(|text| text == self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_differs_or_is_missing_is_reported_with_what_to_do() {
        let root = workspace::root().unwrap();
        assert_eq!(outdated(&root), Vec::<String>::new());
        let outdated = outdated(Path::new("/nowhere"));
        assert_eq!(outdated.len(), 3);
        assert!(outdated[0].contains("docs/src/reference.md"));
        assert!(outdated[0].contains("cargo xtask gen"));
    }
}
