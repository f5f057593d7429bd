mod parts;

use std::ffi::OsString;
use std::io::{self, BufRead as _, Read as _};

use howdah_config::ConnectionUrl;
use howdah_secrets::Secret;

use crate::args::{ParseArgs, UrlCommand};
use crate::{Error, Exit, Output};

use parts::Parts;

/// No URL is longer than 16 KiB; with room for a sentence about one that is.
const MAX_LINE: u64 = 64 * 1024;

/// Runs `howdah url`.
pub(crate) fn run(command: UrlCommand, output: &mut Output) -> Result<Exit, Error> {
    let UrlCommand::Parse(args) = command;
    let text = text(args)?;
    let url = ConnectionUrl::parse(text.expose()).map_err(|error| {
        let place = error
            .position
            .map_or_else(String::new, |at| format!(" (at character {at})"));
        Error::Usage(format!("{}{place}", error.message))
    })?;
    for notice in &url.notices {
        output.note(notice);
    }
    let parts = Parts(&url);
    output
        .result(&parts, &parts.json())
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

fn text(args: ParseArgs) -> Result<Secret, Error> {
    if !args.rest.is_empty() {
        return Err(Error::Usage(
            "a connection URL is a single word; put it into quotes".to_owned(),
        ));
    }
    let uri = args.uri.unwrap_or_default();
    if uri == "-" {
        return line_of_input();
    }
    let text = OsString::into_string(uri)
        .map_err(|_not_utf8| Error::Usage("the connection URL is not UTF-8".to_owned()))?;
    Ok(Secret::new(text))
}

/// The first line of standard input, without its end.
fn line_of_input() -> Result<Secret, Error> {
    let mut line = Vec::new();
    io::stdin()
        .lock()
        .take(MAX_LINE)
        .read_until(b'\n', &mut line)
        .map_err(Error::step("reading standard input"))?;
    let text = String::from_utf8(line)
        .map_err(|_not_utf8| Error::Usage("the connection URL is not UTF-8".to_owned()))?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    Ok(Secret::new(line.strip_suffix('\r').unwrap_or(line)))
}
