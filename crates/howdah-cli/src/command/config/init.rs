use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde_json::json;

use crate::args::InitArgs;
use crate::documents::render_starter;
use crate::{Error, Exit, Output};

/// Named in the file when it is there.
const SCHEMA: &str = "howdah.schema.json";

/// `howdah config init`
pub(super) fn init(args: &InitArgs, output: &mut Output) -> Result<Exit, Error> {
    if args.stdout {
        let text = render_starter(None);
        return print(&text, &json!({ "text": text }), output);
    }
    check_name(&args.path)?;
    let has_schema = args.path.with_file_name(SCHEMA).is_file();
    let text = render_starter(has_schema.then_some(SCHEMA));
    let was_there = args.path.symlink_metadata().is_ok();
    write(&args.path, &text, args.force).map_err(|error| refused(&args.path, error))?;
    let done = if was_there { "replaced" } else { "made" };
    let value = json!({ "path": args.path, "replaced": was_there });
    print(&format!("{done} {}\n", args.path.display()), &value, output)
}

/// Another name would be read by no one, or as TOML.
fn check_name(path: &Path) -> Result<(), Error> {
    let extension = path.extension().and_then(|extension| extension.to_str());
    if matches!(extension, Some("yaml" | "yml")) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "{} does not end in .yaml or .yml, and a YAML file is written",
        path.display()
    )))
}

/// Complete or not at all, where a file is replaced.
fn write(path: &Path, text: &str, force: bool) -> io::Result<()> {
    if !force {
        return write_to(&mut File::create_new(path)?, text);
    }
    let draft = path.with_extension("yaml.new");
    write_to(&mut File::create(&draft)?, text)?;
    fs::rename(&draft, path)
}

fn write_to(file: &mut File, text: &str) -> io::Result<()> {
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn refused(path: &Path, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::AlreadyExists {
        return Error::Usage(format!(
            "{} is there already; --force replaces it, --stdout prints the file instead",
            path.display()
        ));
    }
    Error::file(path)(error)
}

fn print(text: &str, value: &serde_json::Value, output: &mut Output) -> Result<Exit, Error> {
    output
        .result(text, value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
