use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

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

/// A log that is read from near its end, and then as it grows.
#[derive(Debug)]
pub(crate) struct LogFile {
    path: PathBuf,
    file: File,
    /// The beginning of a line whose end is not written yet.
    rest: Vec<u8>,
}

impl LogFile {
    /// Before the last `lines` lines.
    pub(crate) fn open(path: &Path, lines: usize) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let start = start_of_last(&mut file, lines)?;
        file.seek(SeekFrom::Start(start))?;
        Ok(Self {
            path: path.to_owned(),
            file,
            rest: Vec::new(),
        })
    }

    /// Hands on what was added since, in whole lines.
    pub(crate) fn read(&mut self, on_line: &mut (dyn FnMut(&str) + Send)) -> io::Result<()> {
        self.read_open(on_line)?;
        // A start puts an old log that has become long aside, and begins another one.
        if let Ok(there) = std::fs::metadata(&self.path)
            && there.ino() != self.file.metadata()?.ino()
        {
            self.file = File::open(&self.path)?;
            self.read_open(on_line)?;
        }
        Ok(())
    }

    fn read_open(&mut self, on_line: &mut (dyn FnMut(&str) + Send)) -> io::Result<()> {
        self.file.read_to_end(&mut self.rest)?;
        let whole = self
            .rest
            .iter()
            .rposition(|byte| *byte == b'\n')
            .map_or(0, |end| end + 1);
        let rest = self.rest.split_off(whole);
        let lines = std::mem::replace(&mut self.rest, rest);
        for line in String::from_utf8_lossy(&lines).lines() {
            on_line(line);
        }
        Ok(())
    }
}

/// Where the last `lines` lines begin, looked for from the end.
fn start_of_last(file: &mut File, lines: usize) -> io::Result<u64> {
    let mut end = file.metadata()?.len();
    let mut missing = lines;
    while end > 0 {
        let start = end.saturating_sub(WINDOW);
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(start))?;
        Read::take(&mut *file, end - start).read_to_end(&mut bytes)?;
        for (place, byte) in (start..end).rev().zip(bytes.into_iter().rev()) {
            if byte != b'\n' {
                continue;
            }
            if missing == 0 {
                return Ok(place + 1);
            }
            missing -= 1;
        }
        end = start;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

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

    #[test]
    fn a_log_is_followed_line_by_line_and_into_the_next_file() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("log");
        let filler = "x".repeat(80) + "\n";
        std::fs::write(&path, filler.repeat(2000) + "a\nb\nc\n").unwrap();
        let mut file = LogFile::open(&path, 2).unwrap();
        let mut read = || {
            let mut lines = Vec::new();
            file.read(&mut |line| lines.push(line.to_owned())).unwrap();
            lines
        };
        assert_eq!(read(), ["b", "c"]);
        let mut append = File::options().append(true).open(&path).unwrap();
        append.write_all(b"d\ne").unwrap();
        assert_eq!(read(), ["d"]);
        append.write_all(b"f\n").unwrap();
        std::fs::rename(&path, root.path().join("old")).unwrap();
        std::fs::write(&path, "g\n").unwrap();
        assert_eq!(read(), ["ef", "g"]);
        for (lines, expected) in [(0, 0), (1500, 1500), (5000, 2003)] {
            let mut file = LogFile::open(&root.path().join("old"), lines).unwrap();
            let mut count = 0;
            file.read(&mut |_| count += 1).unwrap();
            assert_eq!(count, expected + usize::from(lines == 5000) * 2);
        }
    }
}
