use std::fs;
use std::path::Path;

use anyhow::Context;
use cargo_metadata::Metadata;

const FILE: &str = "ARCHITECTURE.md";
const MAX_LINES: usize = 150;

/// ARCHITECTURE.md is short, names every crate, and only paths that exist.
pub(crate) fn check(root: &Path, metadata: &Metadata) -> anyhow::Result<Vec<String>> {
    let path = root.join(FILE);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let names = metadata
        .workspace_packages()
        .iter()
        .map(|package| package.name.to_string())
        .filter(|name| name != "howdah-scenarios")
        .collect::<Vec<_>>();
    Ok(problems(&text, &names, |path| root.join(path).exists()))
}

fn problems(text: &str, crates: &[String], exists: impl Fn(&str) -> bool) -> Vec<String> {
    let mut errors = Vec::new();
    let lines = text.lines().count();
    if lines > MAX_LINES {
        errors.push(format!(
            "{FILE} has {lines} lines, at most {MAX_LINES} are allowed"
        ));
    }
    for name in crates {
        if !text.contains(&format!("`{name}`")) {
            errors.push(format!("{FILE} does not name the crate `{name}`"));
        }
    }
    for path in code_spans(text).filter(|span| is_path(span)) {
        if !exists(path.trim_end_matches('/')) {
            errors.push(format!("{FILE} names {path}, which does not exist"));
        }
    }
    errors
}

/// What stands between single backticks.
fn code_spans(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split('`').skip(1).step_by(2))
}

/// A path of this repository, and not a command, a glob or a path of a user's machine.
fn is_path(span: &str) -> bool {
    let plain =
        !span.contains([' ', '*', '<', '{', ':', '(']) && !span.starts_with(['/', '.', '~']);
    let ends = [".md", ".toml", ".rs", ".sql", ".sh"];
    let is_file = ends.iter().any(|end| span.ends_with(end));
    plain && (span.contains('/') || is_file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_is_not_named_is_reported() {
        let crates = ["howdah-pool".to_owned(), "howdah-gone".to_owned()];
        let errors = problems("The `howdah-pool`.", &crates, |_| true);
        assert_eq!(
            errors,
            ["ARCHITECTURE.md does not name the crate `howdah-gone`"]
        );
    }

    #[test]
    fn a_path_that_does_not_exist_is_reported() {
        let text = "See `crates/howdah-pool/src/lib.rs`, `crates/nowhere/` and `cargo xtask ci`.";
        let errors = problems(text, &[], |path| path.starts_with("crates/howdah-pool"));
        assert_eq!(
            errors,
            ["ARCHITECTURE.md names crates/nowhere/, which does not exist"]
        );
    }

    #[test]
    fn a_long_page_is_reported() {
        let errors = problems(&"line\n".repeat(151), &[], |_| true);
        assert_eq!(errors.len(), 1);
    }
}
