//! `cargo xtask fuzz`: the targets in fuzz/, each for a while.

mod install;
mod target;

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use clap::Args;

use crate::command::words;
use crate::workspace;

/// The workspace of the targets, from the root.
const FOLDER: &str = "fuzz";

/// Options of `fuzz`.
#[derive(Debug, Args)]
pub(crate) struct FuzzArgs {
    /// Which; all in `fuzz/fuzz_targets` if none is named
    #[arg(value_name = "TARGET")]
    targets: Vec<String>,
    /// How long each
    #[arg(long, default_value_t = 600, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// How many processes at a time
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    jobs: u16,
}

/// Runs the targets one after the other; the first failure ends it.
pub(crate) fn fuzz(args: &FuzzArgs) -> anyhow::Result<()> {
    let root = workspace::root()?;
    let known = known(&root.join(FOLDER).join("fuzz_targets"))?;
    let wanted = wanted(&args.targets, &known)?;
    let target_directory = workspace::metadata()?.target_directory.into_std_path_buf();
    let fuzzer = target::Fuzzer {
        cargo_fuzz: install::cargo_fuzz(&root, &target_directory.join("tools"))?,
        target_directory: target_directory.join("fuzz"),
        root,
        seconds: args.seconds,
        jobs: args.jobs,
    };
    for name in &wanted {
        fuzzer.run(name)?;
    }
    words(&format!(
        "fuzz: nothing found by {} in {} s each",
        wanted.join(", "),
        args.seconds
    ));
    Ok(())
}

/// The names of the files, sorted.
fn known(folder: &Path) -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(stem) = stem.filter(|_| path.extension().is_some_and(|end| end == "rs")) {
            names.push(stem.to_owned());
        }
    }
    names.sort_unstable();
    Ok(names)
}

/// Every name once, in the given order; all when none is given.
fn wanted(names: &[String], known: &[String]) -> anyhow::Result<Vec<String>> {
    if names.is_empty() {
        return Ok(known.to_vec());
    }
    let mut wanted: Vec<String> = Vec::new();
    for name in names {
        if !known.contains(name) {
            bail!(
                "there is no fuzz target `{name}`; there are {}",
                known.join(", ")
            );
        }
        if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    Ok(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn strings(names: &[&str]) -> Vec<String> {
        names.iter().map(|&name| name.to_owned()).collect()
    }

    #[test]
    fn no_name_means_all_and_a_name_given_twice_counts_once() {
        let known = strings(&["dotenv", "url"]);
        assert_eq!(wanted(&[], &known).unwrap(), known);
        let twice = strings(&["url", "url"]);
        assert_eq!(wanted(&twice, &known).unwrap(), ["url"]);
    }

    #[test]
    fn an_unknown_name_is_refused_with_the_known_ones() {
        let error = wanted(&strings(&["urls"]), &strings(&["dotenv", "url"])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no fuzz target `urls`; there are dotenv, url"
        );
    }

    #[test]
    fn every_target_has_seeds() {
        let folder = workspace::root().unwrap().join(FOLDER);
        let known = known(&folder.join("fuzz_targets")).unwrap();
        assert!(!known.is_empty());
        for name in known {
            assert!(folder.join("seeds").join(&name).is_dir(), "{name}");
        }
    }
}
