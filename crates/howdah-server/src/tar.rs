//! As much of the tar format as it takes to hand files to `docker cp -`.
//! <https://pubs.opengroup.org/onlinepubs/9799919799/utilities/pax.html#tag_20_94_13_06>

const BLOCK: usize = 512;

/// One directory with files in it, for root only. Names are short and the files fit into memory.
pub(crate) fn archive<'a>(
    directory: &str,
    files: impl IntoIterator<Item = (&'a str, &'a [u8])>,
) -> Vec<u8> {
    let mut archive = header(&format!("{directory}/"), 0, "5", 0o700);
    for (name, content) in files {
        let path = format!("{directory}/{name}");
        archive.extend(header(&path, content.len(), "0", 0o600));
        archive.extend(content);
        archive.resize(archive.len().next_multiple_of(BLOCK), 0);
    }
    archive.resize(archive.len() + 2 * BLOCK, 0);
    archive
}

fn header(path: &str, size: usize, kind: &str, mode: u32) -> Vec<u8> {
    let (mode, size) = (format!("{mode:07o}"), format!("{size:011o}"));
    let with_sum = |sum: &str| {
        let mut header = Vec::with_capacity(BLOCK);
        let fields = [
            (path, 100),
            (&mode, 8),
            ("0000000", 8),
            ("0000000", 8),
            (&size, 12),
            ("00000000000", 12),
            (sum, 8),
            (kind, 1),
            ("", 100),
            ("ustar", 6),
            ("00", 2),
            ("", 247),
        ];
        for (text, width) in fields {
            let end = header.len() + width;
            header.extend(text.as_bytes());
            header.resize(end, 0);
        }
        header
    };
    // The sum is taken with blanks in its own place.
    let sum: u32 = with_sum("        ").into_iter().map(u32::from).sum();
    with_sum(&format!("{sum:06o}\0 "))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::process::Program;

    #[tokio::test]
    async fn tar_reads_it() {
        let archive = archive("given", [("a", b"one".as_slice()), ("b", &[b'x'; 512])]);
        assert_eq!(archive.len() % BLOCK, 0);
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join("x.tar");
        std::fs::File::create(&path)
            .unwrap()
            .write_all(&archive)
            .unwrap();
        let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())].into();
        Program::new("tar", &environment)
            .args(["-xf", &path.display().to_string(), "-C"])
            .arg(root.path().display().to_string())
            .succeed(std::time::Duration::from_secs(10))
            .await
            .unwrap();
        let read = |name: &str| std::fs::read(root.path().join("given").join(name)).unwrap();
        assert_eq!(
            (read("a").as_slice(), read("b").len()),
            (b"one".as_slice(), 512)
        );
    }
}
