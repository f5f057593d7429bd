use std::collections::BTreeSet;

const KEY: &str = "password";

/// What stands behind the word `password` inside a string: SQL that is made there, or a connection string. As it would
/// be shown, with its quotes, or with the key of a connection string.
pub(crate) fn nested(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let lower = text.to_ascii_lowercase();
    for (at, _) in lower.match_indices(KEY) {
        let behind = at + KEY.len();
        if let Some(rest) = text.get(behind..) {
            found.extend(value(text.get(at..behind).unwrap_or(KEY), rest));
        }
    }
    found
}

fn value(key: &str, rest: &str) -> Vec<String> {
    let trimmed = rest.trim_start();
    let assigned = trimmed.strip_prefix('=');
    if assigned.is_none() && trimmed.len() == rest.len() {
        return Vec::new();
    }
    let value = assigned.unwrap_or(trimmed).trim_start();
    let quoted = value.strip_prefix(['e', 'E']).unwrap_or(value);
    if quoted.starts_with('\'') {
        return quoted_forms(quoted);
    }
    let Some(bare) = assigned.filter(|_| rest.starts_with('=')) else {
        return Vec::new();
    };
    let end = bare.find(|c: char| c.is_whitespace() || matches!(c, '\'' | '"' | '$' | ';' | ')'));
    let bare = bare.get(..end.unwrap_or(bare.len())).unwrap_or(bare);
    if bare.is_empty() {
        return Vec::new();
    }
    vec![format!("{key}={bare}")]
}

/// A string in a string has its quotes twice; the server shows them once, where it runs what is in it.
fn quoted_forms(text: &str) -> Vec<String> {
    let (depth, content) = quoted(text);
    // What follows is code: the string has ended, and something is put together.
    if content.trim().is_empty() || content.trim_start().starts_with("||") {
        return Vec::new();
    }
    let run_of = |count: usize| "'".repeat(count);
    let plain = content.replace(&run_of(2 * depth), &run_of(1));
    let mut forms = vec![content.to_owned(), plain.replace('\'', "''"), plain];
    forms.dedup();
    let lines = forms.iter().flat_map(|form| {
        let is_one = !form.contains('\n');
        let lines = form.lines().filter(|line| !line.trim().is_empty());
        lines.map(move |line| {
            if is_one {
                format!("'{line}'")
            } else {
                line.to_owned()
            }
        })
    });
    lines.collect()
}

/// By how many quotes the string is opened and closed, and what stands between, as it is written.
fn quoted(text: &str) -> (usize, &str) {
    let opening = text.len() - text.trim_start_matches('\'').len();
    // An odd number is one quote, and quotes of the content.
    let depth = if opening.is_multiple_of(2) {
        opening
    } else {
        1
    };
    let content = text.get(depth..).unwrap_or_default();
    let mut at = 0;
    while let Some(found) = content.get(at..).and_then(|rest| rest.find('\'')) {
        let start = at + found;
        let behind = content.get(start..).unwrap_or_default();
        let run = behind.len() - behind.trim_start_matches('\'').len();
        if run % (2 * depth) >= depth {
            let escaped = run - run % (2 * depth);
            return (depth, content.get(..start + escaped).unwrap_or(content));
        }
        at = start + run;
    }
    (depth, content.lines().next().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        nested(text).into_iter().collect()
    }

    #[test]
    fn a_password_in_a_string_or_a_body_is_found() {
        for (text, secret) in [
            (
                "$$ begin create role b password 'hunter' valid until 'now'; end $$",
                "'hunter'",
            ),
            (
                "$$ begin execute 'create role b PASSWORD ''hunter'' xx'; end $$",
                "'hunter'",
            ),
            ("'create role b password ''hunter'''", "'hunter'"),
            (
                "$$ execute 'create role b password e''hunter'''; $$",
                "'hunter'",
            ),
            (
                "$$ execute 'do ''begin create role b password ''''hunter''''; end'''; $$",
                "'hunter'",
            ),
            ("'host=x password=hunter dbname=y'", "password=hunter"),
            ("'host=x sslpassword=hunter'", "password=hunter"),
            ("'host=x password = ''hunter'''", "'hunter'"),
            ("$$ password 'never closed", "'never closed'"),
        ] {
            assert_eq!(found(text), [secret], "{text}");
        }
    }

    #[test]
    fn quotes_in_it_are_found_as_they_stand_and_as_the_server_shows_them() {
        assert_eq!(found("$$ password 'x''y' $$"), ["'x''y'", "'x'y'"]);
        assert_eq!(
            found("'password ''x''''y'''"),
            ["'x''''y'", "'x''y'", "'x'y'"]
        );
    }

    #[test]
    fn what_is_no_password_is_left_alone() {
        for text in [
            "$$ alter table a add password text not null $$",
            "$$ execute 'alter role b password ' || quote_literal(p); $$",
            "$$ execute format('alter role b password %L', p); $$",
            "'wrong password'",
            "$$ create role b password null; $$",
            "$$ if new.password = old.password then $$",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
