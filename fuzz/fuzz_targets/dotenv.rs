//! The reader of `.env`: never panics, and no problem quotes the file or a value of the environment.
#![no_main]

use std::collections::BTreeMap;

use howdah_config::dotenv_problems;
use howdah_fuzz::{leaked, marked};
use libfuzzer_sys::fuzz_target;

/// A longer piece of the file in a message is a leak.
const LONGEST_PIECE: usize = 3;

/// Names that problems may show.
const PREFIX: &str = "HOWDAH__";

const VALUE: &str = "nzoztz_zszhzozwznz";

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let environment =
        BTreeMap::from(["A", "azbzcz", "HOME"].map(|name| (name.into(), VALUE.into())));
    // As it is, for panics; the marks make most escapes and names others.
    dotenv_problems(text, &environment);

    let is_ours = |word: &str| word == "export" || word.starts_with(PREFIX);
    let Some(text) = marked(text, is_ours) else {
        return;
    };
    for problem in dotenv_problems(&text, &environment) {
        // The place is a number: what is left is what was written by a person.
        let shown = problem.to_string();
        for secret in [&*text, VALUE] {
            let piece = leaked(secret, &shown, LONGEST_PIECE + 1);
            assert_eq!(
                piece, None,
                "the problem shows a piece of the file: {shown}"
            );
        }
    }
});
