use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::split::{Statement, split};

/// A query of the program, as `cargo sqlx prepare` wrote it down.
#[derive(Debug)]
pub(super) struct Query {
    pub(super) file: String,
    /// All names and keywords in it, as the catalog spells them.
    pub(super) names: BTreeSet<String>,
    /// The columns it gives: those behind a `*` are only here.
    pub(super) columns: BTreeSet<String>,
}

/// The queries in the order of their files, and the paths that cannot be read with the reason.
pub(super) fn read_all(directory: &Path) -> (Vec<Query>, Vec<(String, String)>) {
    let problem = |path: &Path, message: String| (path.display().to_string(), message);
    let paths = match paths(directory) {
        Ok(paths) => paths,
        Err(error) => {
            let message = format!("the directory of the queries cannot be read: {error}");
            return (Vec::new(), vec![problem(directory, message)]);
        }
    };
    let mut queries = Vec::new();
    let mut problems = Vec::new();
    if paths.is_empty() {
        let message = "there is no query-*.json in it, so no drop can be checked";
        problems.push(problem(directory, message.to_owned()));
    }
    for path in paths {
        match read(&path) {
            Ok(query) => queries.push(query),
            Err(message) => problems.push(problem(&path, message)),
        }
    }
    (queries, problems)
}

fn paths(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let is_json = Path::new(name.as_ref())
            .extension()
            .is_some_and(|extension| extension == "json");
        if is_json && name.starts_with("query-") {
            paths.push(entry.path());
        }
    }
    paths.sort();
    Ok(paths)
}

fn read(path: &Path) -> Result<Query, String> {
    let text = fs::read_to_string(path).map_err(|error| format!("it cannot be read: {error}"))?;
    let file = path.file_name().unwrap_or(path.as_os_str());
    parse(&file.to_string_lossy(), &text)
}

fn parse(file: &str, text: &str) -> Result<Query, String> {
    let json: Value =
        serde_json::from_str(text).map_err(|error| format!("it is not JSON: {error}"))?;
    let query = json
        .get("query")
        .and_then(Value::as_str)
        .ok_or("it has no text `query`")?;
    let columns = json
        .pointer("/describe/columns")
        .and_then(Value::as_array)
        .into_iter()
        .flatten();
    Ok(Query {
        file: file.to_owned(),
        names: split(query).iter().flat_map(Statement::names).collect(),
        columns: columns
            .filter_map(|column| column.get("name")?.as_str())
            .map(str::to_owned)
            .collect(),
    })
}
