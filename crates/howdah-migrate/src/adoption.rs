use std::fmt;

use crate::{LegacyTool, Migration, Version};

/// What another tool has applied, and which files that is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adoption {
    /// Whose ledger it is.
    pub tool: LegacyTool,
    /// Its table, quoted.
    pub table: String,
    /// The files, in the order of their versions.
    pub files: Vec<Adopted>,
}

/// A file that another tool has applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Adopted {
    /// What the other ledger calls it, or the newest that is applied.
    pub entry: String,
    /// When it was applied, as the other ledger says.
    pub at: Option<String>,
    /// Its version.
    pub version: Version,
    /// Its description.
    pub description: String,
    /// The file.
    pub file: String,
    /// Whether our ledger has it already.
    pub is_recorded: bool,
}

impl Adoption {
    /// Whether there is nothing to write.
    pub fn is_recorded(&self) -> bool {
        self.files.iter().all(|file| file.is_recorded)
    }
}

impl Adopted {
    pub(crate) fn new(migration: &Migration, entry: &str, at: Option<&str>) -> Self {
        Self {
            entry: entry.to_owned(),
            at: at.map(str::to_owned),
            version: migration.version(),
            description: migration.description().to_owned(),
            file: migration.file().to_owned(),
            is_recorded: false,
        }
    }
}

impl fmt::Display for Adoption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.files.len();
        write!(f, "{} of {}: {count} applied", self.table, self.tool)?;
        for file in &self.files {
            let done = if file.is_recorded {
                "recorded"
            } else {
                "adopt"
            };
            write!(
                f,
                "\n{done}  {}  {}  from {}",
                file.version, file.description, file.entry
            )?;
        }
        Ok(())
    }
}
