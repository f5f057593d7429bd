use std::fmt;

use howdah_ident::SchemaName;

use crate::Step;

/// What a `revert` would take back, after everything was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reversal {
    schema: SchemaName,
    steps: Vec<Step>,
    log_exists: bool,
}

impl Reversal {
    pub(crate) fn new(schema: SchemaName, steps: Vec<Step>, log_exists: bool) -> Self {
        Self {
            schema,
            steps,
            log_exists,
        }
    }

    pub(crate) fn log_exists(&self) -> bool {
        self.log_exists
    }

    /// The schema.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// The migrations, the newest first; their files are those that lead back.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Whether there is nothing to take back.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }
}

impl fmt::Display for Reversal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "schema {}: {} to take back",
            self.schema,
            self.steps.len()
        )?;
        for step in &self.steps {
            write!(f, "\ntake back  {}  {}", step.version, step.description)?;
            if !step.transactional {
                f.write_str(" (outside a transaction)")?;
            }
        }
        Ok(())
    }
}
