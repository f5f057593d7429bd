use std::fs::{File, Metadata};
use std::io::{self, Read, Seek};
use std::path::Path;

use zeroize::Zeroizing;

use crate::{Error, Rules, open_file, permissions};

/// What is larger is no password.
const MAX_BYTES: usize = 64 * 1024;

/// The bundles of operating systems have some 250 KiB.
#[cfg(feature = "certificates")]
const MAX_BUNDLE_BYTES: usize = 1024 * 1024;

/// A file that holds a secret, as it is called and as it is opened.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SecretFile<'a> {
    /// The name for messages and for the rules of its place.
    pub(crate) path: &'a Path,
    /// What is opened: the same, or the same in one generation of a directory that is swapped.
    pub(crate) opened: &'a Path,
    /// `$CREDENTIALS_DIRECTORY`.
    pub(crate) credentials: Option<&'a Path>,
}

impl<'a> SecretFile<'a> {
    pub(crate) fn at(path: &'a Path) -> Self {
        Self {
            path,
            opened: path,
            credentials: None,
        }
    }

    pub(crate) fn with_credentials(self, credentials: Option<&'a Path>) -> Self {
        Self {
            credentials,
            ..self
        }
    }

    pub(crate) fn opened_as(self, opened: &'a Path) -> Self {
        Self { opened, ..self }
    }

    /// The bytes, after the rules for the file itself. Kind, owner and mode are those of the file that was opened.
    pub(crate) fn read(
        &self,
        rules: Rules,
        warnings: &mut Vec<String>,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let file = self.open()?;
        permissions::check(self, &file, rules, warnings)?;
        let too_large = "it is larger than 64 KiB, which is no password";
        self.read_open(file, MAX_BYTES, too_large)
    }

    /// The bytes of a file that everybody may read, as a certificate.
    #[cfg(feature = "certificates")]
    pub(crate) fn read_public(&self) -> Result<Zeroizing<Vec<u8>>, Error> {
        let too_large = "it is larger than 1 MiB, which is no certificate";
        self.read_open(self.open()?, MAX_BUNDLE_BYTES, too_large)
    }

    fn open(&self) -> Result<File, Error> {
        let file = open_file::open(self)?;
        let metadata = file
            .metadata()
            .map_err(|source| Error::file(self.path, source))?;
        if metadata.is_file() {
            return Ok(file);
        }
        Err(not_regular(self.path))
    }

    fn read_open(
        &self,
        mut file: File,
        limit: usize,
        too_large: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let fail = |source| Error::file(self.path, source);
        let metadata = file.metadata().map_err(fail)?;
        if size(&metadata) > limit {
            return Err(Error::not_safe(self.path, too_large));
        }
        if let Some(bytes) = read_up_to(&mut file, size(&metadata)).map_err(fail)? {
            return Ok(bytes);
        }
        // It grows, or its file system does not tell sizes: once more, with the largest buffer there is.
        file.rewind().map_err(fail)?;
        read_up_to(&mut file, limit)
            .map_err(fail)?
            .ok_or_else(|| Error::not_safe(self.path, too_large))
    }
}

pub(crate) fn not_regular(path: &Path) -> Error {
    Error::not_safe(
        path,
        "it is not a regular file, but a directory, a pipe, a socket or a device; name the file itself",
    )
}

fn size(metadata: &Metadata) -> usize {
    usize::try_from(metadata.len()).unwrap_or(usize::MAX)
}

/// Everything, if it is not more than `limit`. One buffer with room for one byte more: growing it would leave copies of
/// the secret behind.
pub(crate) fn read_up_to(
    source: &mut impl Read,
    limit: usize,
) -> io::Result<Option<Zeroizing<Vec<u8>>>> {
    let mut bytes = Zeroizing::new(vec![0; limit.saturating_add(1)]);
    let mut filled = 0;
    while let Some(room) = bytes.get_mut(filled..).filter(|room| !room.is_empty()) {
        match source.read(room) {
            Ok(0) => {
                bytes.truncate(filled);
                return Ok(Some(bytes));
            }
            Ok(count) => filled = filled.saturating_add(count),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_buffer_is_filled_and_not_one_byte_more() {
        for (limit, fits) in [(6, false), (7, true), (8, true)] {
            let read = read_up_to(&mut "hunter2".as_bytes(), limit).unwrap();
            assert_eq!(read.is_some(), fits, "{limit}");
        }
    }

    #[test]
    fn a_source_that_never_ends_is_left_at_the_limit() {
        assert!(read_up_to(&mut io::repeat(b'x'), 64).unwrap().is_none());
    }
}
