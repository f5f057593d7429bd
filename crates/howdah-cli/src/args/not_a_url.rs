//! A connection URL where a file is expected would be shown with its password, as the name of a file.

use std::path::PathBuf;

use clap::builder::{NonEmptyStringValueParser, PathBufValueParser, TypedValueParser};

const WHY: &str = "is a connection URL";

pub(super) fn path() -> impl TypedValueParser<Value = PathBuf> {
    PathBufValueParser::new().try_map(|path| {
        if path.to_string_lossy().contains("://") {
            return Err(WHY);
        }
        Ok(path)
    })
}

pub(super) fn name() -> impl TypedValueParser<Value = String> {
    NonEmptyStringValueParser::new().try_map(|name| {
        if name.contains("://") {
            return Err(WHY);
        }
        Ok(name)
    })
}
