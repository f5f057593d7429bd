/// What is wrong with the command line in `options`. The sentence does not show it.
pub(super) fn fault(value: &str) -> Option<&'static str> {
    let mut words = words(value).into_iter();
    while let Some(word) = words.next() {
        let setting = match word.strip_prefix("--") {
            Some(setting) => Some(setting.to_owned()),
            None => match word.strip_prefix("-c") {
                Some("") => words.next(),
                Some(setting) => Some(setting.to_owned()),
                None => None,
            },
        };
        if !setting.is_some_and(|setting| is_setting(&setting)) {
            return Some(NO_SETTING);
        }
    }
    None
}

/// Splits as the server does: at white space, unless a backslash stands before it.
fn words(value: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = None;
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        if c.is_ascii_whitespace() {
            words.extend(word.take());
            continue;
        }
        let word = word.get_or_insert_with(String::new);
        match c {
            '\\' => word.extend(characters.next()),
            c => word.push(c),
        }
    }
    words.extend(word);
    words
}

fn is_setting(text: &str) -> bool {
    let Some((name, _)) = text.split_once('=') else {
        return false;
    };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.chars().all(plain)
}

const NO_SETTING: &str = "`options` must be a list of `-c name=value` or `--name=value`, \
                          with a backslash before a space in a value";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_session_are_options() {
        for value in [
            "",
            " ",
            "-c search_path=app",
            "-csearch_path=app",
            "--search_path=app  -c a.b=",
            r"-c search_path=app,\ public --work-mem=1MB",
            r"-c a=\\",
        ] {
            assert_eq!(fault(value), None, "{value}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for value in [
            "garbage",
            "-c",
            "-c -c a=b",
            "-c search_path",
            "--",
            "--=x",
            "-B 5",
            "a=b",
            "-c search_path=app, public",
            "-c 1=2",
        ] {
            assert_eq!(fault(value), Some(NO_SETTING), "{value}");
        }
    }
}
