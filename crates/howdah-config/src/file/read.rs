use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

/// A larger file is no configuration.
const MAX_BYTES: u64 = 1024 * 1024;

/// The text of a file of at most 1 MiB, without a byte order mark; the error says why not.
pub(crate) fn read_text(path: &Path) -> Result<String, String> {
    // Asked before opening: opening a FIFO would wait for a writer.
    let metadata = fs::metadata(path).map_err(|error| why_unreadable(&error))?;
    if metadata.is_dir() {
        return Err("is a directory, not a file".to_owned());
    }
    if !metadata.is_file() {
        return Err("is not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
        .map_err(|error| why_unreadable(&error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > MAX_BYTES) {
        return Err("is larger than 1 MiB".to_owned());
    }
    let text = String::from_utf8(bytes).map_err(|error| why_not_utf8(&error))?;
    if let Some(at) = text.find('\0') {
        return Err(format!("holds a NUL byte (byte {at})"));
    }
    Ok(text)
}

pub(crate) fn why_unreadable(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "is not there: file not found".to_owned(),
        io::ErrorKind::PermissionDenied => "cannot be read: permission denied".to_owned(),
        kind => format!("cannot be read: {kind}"),
    }
}

fn why_not_utf8(error: &std::string::FromUtf8Error) -> String {
    let at = error.utf8_error().valid_up_to();
    let utf16 = matches!(
        error.as_bytes().first_chunk(),
        Some([0xff, 0xfe] | [0xfe, 0xff])
    );
    let hint = if utf16 { "; it looks like UTF-16" } else { "" };
    format!("is not UTF-8 (byte {at}){hint}")
}
