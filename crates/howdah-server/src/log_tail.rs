use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// More than the last lines of a log ever need.
const WINDOW: u64 = 64 * 1024;

/// The last `lines` lines of a file, or none if it cannot be read; only what was written after `from`.
pub(crate) fn of_file(path: &Path, from: u64, lines: usize) -> Vec<String> {
    match read_end(path, from) {
        Ok(text) => of_text(&text, lines),
        Err(error) => {
            tracing::debug!("cannot read {}: {error}", path.display());
            Vec::new()
        }
    }
}

pub(crate) fn of_text(text: &str, lines: usize) -> Vec<String> {
    let all: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    let start = all.len().saturating_sub(lines);
    all.get(start..)
        .unwrap_or_default()
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// A server logs statements that fail, and a statement may hold a password.
pub(crate) fn without(secret: &str, mut lines: Vec<String>) -> Vec<String> {
    if secret.is_empty() {
        return lines;
    }
    for line in &mut lines {
        if line.contains(secret) {
            *line = line.replace(secret, "[REDACTED]");
        }
    }
    lines
}

fn read_end(path: &Path, from: u64) -> io::Result<String> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(from.max(length.saturating_sub(WINDOW))))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_lines_are_given_and_none_of_an_earlier_run() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("log");
        std::fs::write(&path, "old\na\n\nb\nc\n").unwrap();
        assert_eq!(of_file(&path, 0, 2), ["b", "c"]);
        assert_eq!(of_file(&path, 4, 9), ["a", "b", "c"]);
        assert!(of_file(&root.path().join("none"), 0, 9).is_empty());
    }

    #[test]
    fn a_password_in_a_logged_statement_is_taken_out() {
        let lines = vec!["STATEMENT: alter role x password 's3cret'".to_owned()];
        assert_eq!(
            without("s3cret", lines),
            ["STATEMENT: alter role x password '[REDACTED]'"]
        );
    }
}
