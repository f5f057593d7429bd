//! `interpolate`: a value is inserted as it is and never looked at again, and no error holds one.
#![no_main]

use howdah_config::{Unset, interpolate};
use libfuzzer_sys::fuzz_target;

/// Only values hold these two; a template with one of them is left out.
const OPEN: char = '⟦';
const CLOSE: char = '⟧';

const MAX_BYTES: usize = 64 * 1024;

fuzz_target!(|data: &[u8]| {
    let Ok(template) = str::from_utf8(data) else {
        return;
    };
    if template.contains([OPEN, CLOSE]) {
        return;
    }
    for unset in [Unset::Error, Unset::Empty] {
        check(template, unset);
    }
    escaped_is_literal(template);
});

/// Unset, empty, or a value that would be expanded if it were looked at again.
fn value(name: &str) -> Option<String> {
    match name.chars().next() {
        Some('U') => None,
        Some('E') => Some(String::new()),
        _ => Some(format!("{OPEN}{name}:$X${{X}}$${{X:-$X}}{CLOSE}")),
    }
}

fn check(template: &str, unset: Unset) {
    match interpolate(template, &value, unset) {
        Ok(done) => {
            assert!(done.text.len() <= MAX_BYTES, "{} bytes", done.text.len());
            values_are_whole(&done.text, &done.variables);
            let is_unset = |name: &String| value(name).is_none();
            assert!(done.unset.iter().all(is_unset), "set: {:?}", done.unset);
            assert!(unset == Unset::Empty || done.unset.is_empty());
        }
        Err(error) => {
            let shown = format!("{error} {error:?}");
            assert!(!shown.contains([OPEN, CLOSE]), "shows a value: {shown}");
            let at = template.get(error.offset..);
            assert!(at.is_some(), "{} is no place in the text", error.offset);
            if let Some(name) = &error.variable {
                let reference = at.is_some_and(|rest| rest.starts_with('$') && rest.contains(name));
                assert!(reference, "no reference to {name} at {}", error.offset);
            }
        }
    }
}

/// Every value in the result stands there verbatim and is listed, and every listed one stands there.
fn values_are_whole(text: &str, listed: &[String]) {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        assert!(!before.contains(CLOSE), "a value without its start: {text}");
        let (name, _) = after.split_once(':').expect("the name of the value");
        let whole = value(name).expect("a variable that is set");
        rest = rest[before.len()..]
            .strip_prefix(&whole)
            .expect("the whole value");
        assert!(
            listed.iter().any(|known| known == name),
            "{name} is not listed"
        );
        found.push(name);
    }
    for name in listed {
        let is_empty = value(name).as_deref() == Some("");
        assert!(
            is_empty || found.contains(&name.as_str()),
            "{name} is listed and not there"
        );
    }
}

/// `$$` is a dollar sign, everywhere.
fn escaped_is_literal(text: &str) {
    if text.len() > MAX_BYTES {
        return;
    }
    let done = interpolate(&text.replace('$', "$$"), &value, Unset::Error);
    assert_eq!(done.map(|done| done.text).as_deref(), Ok(text));
}
