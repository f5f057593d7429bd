use std::fs;
use std::path::Path;

use anyhow::Context;

use crate::command::{command, output};

const WARN_ABOVE: usize = 400;
const FAIL_ABOVE: usize = 800;

/// Long source files.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) warnings: Vec<String>,
    pub(crate) errors: Vec<String>,
}

/// Checks every Rust and SQL file that git knows or would add.
pub(crate) fn check(root: &Path) -> anyhow::Result<Lengths> {
    let mut git = command("git", root);
    git.args([
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "*.rs",
        "*.sql",
    ]);
    let mut lengths = Lengths::default();
    for name in output(&mut git)?.lines() {
        let path = root.join(name);
        if !path.exists() {
            continue;
        }
        let text = fs::read_to_string(&path).with_context(|| format!("cannot read {name}"))?;
        lengths.add(name, text.lines().count());
    }
    Ok(lengths)
}

impl Lengths {
    fn add(&mut self, name: &str, lines: usize) {
        if lines > FAIL_ABOVE {
            self.errors.push(format!(
                "{name} has {lines} lines, at most {FAIL_ABOVE} are allowed"
            ));
        } else if lines > WARN_ABOVE {
            self.warnings.push(format!(
                "{name} has {lines} lines; split it before {FAIL_ABOVE}"
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_hundred_lines_pass_more_warn_and_more_than_eight_hundred_fail() {
        let mut lengths = Lengths::default();
        lengths.add("a", 400);
        assert_eq!(lengths, Lengths::default());
        lengths.add("b", 401);
        lengths.add("c", 800);
        lengths.add("d", 801);
        assert_eq!((lengths.warnings.len(), lengths.errors.len()), (2, 1));
    }
}
