const WORDS: [&str; 14] = [
    "password",
    "changeme",
    "change-me",
    "change_me",
    "devpass",
    "secret",
    "postgres",
    "admin",
    "root",
    "test",
    "example",
    "default",
    "pass",
    "placeholder",
];

/// Whether this is a text that stands where a password is meant to be filled in: a well-known word in any case,
/// `your-...` or `your_...`, `<...>`, an unexpanded `${...}`, or three and more `x`.
pub fn is_placeholder(text: &str) -> bool {
    let is_word = WORDS.iter().any(|word| text.eq_ignore_ascii_case(word));
    is_word || is_your(text) || is_bracketed(text) || is_crossed_out(text)
}

fn is_your(text: &str) -> bool {
    ["your-", "your_"].iter().any(|start| {
        text.get(..start.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(start))
    })
}

fn is_bracketed(text: &str) -> bool {
    let within = |start, end| text.starts_with(start) && text.ends_with(end);
    within("<", ">") || within("${", "}")
}

fn is_crossed_out(text: &str) -> bool {
    text.len() >= 3 && text.chars().all(|c| c.eq_ignore_ascii_case(&'x'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_known_in_any_case() {
        let all = [
            "password",
            "ChangeMe",
            "change-me",
            "CHANGE_ME",
            "devpass",
            "Secret",
            "postgres",
            "admin",
            "root",
            "test",
            "example",
            "default",
            "pass",
            "your-password",
            "YOUR_DB_PW",
            "<password>",
            "${PGPASSWORD}",
            "xxx",
            "XXXXXXXX",
        ];
        for text in all {
            assert!(is_placeholder(text), "{text}");
        }
    }

    #[test]
    fn what_only_resembles_a_placeholder_is_none() {
        for text in [
            "hunter2",
            "password1",
            "xx",
            "yours",
            "<a",
            "$a}",
            "testing",
            "",
            "xxxy",
            "yöur-",
        ] {
            assert!(!is_placeholder(text), "{text}");
        }
    }
}
