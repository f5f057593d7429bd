use super::parameter::{honoured, parameters};
use crate::nearest::nearest;

/// Looking for a near name takes a time that grows with the square of the length.
const LONGEST_NAME: usize = 64;

/// The sentence about a parameter that is not known. `shown`: the name cannot be part of a password.
pub(super) fn sentence(name: &str, shown: bool) -> String {
    if let Some(advice) = foreign(name).filter(|_| shown) {
        return advice.to_owned();
    }
    let shown = shown && is_plain(name);
    let subject = if shown {
        format!("the parameter `{name}` is not known")
    } else {
        "a parameter is not known".to_owned()
    };
    let near = near(name).filter(|_| shown);
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    let known: Vec<&str> = honoured().collect();
    format!("{subject}{near} (known: {})", known.join(", "))
}

fn is_plain(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.len() <= LONGEST_NAME
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(plain)
}

fn near(name: &str) -> Option<&'static str> {
    if name.len() > LONGEST_NAME {
        return None;
    }
    nearest(name, honoured()).or_else(|| nearest(name, parameters().iter().map(|row| row.name)))
}

/// What other drivers call these things.
fn foreign(name: &str) -> Option<&'static str> {
    Some(match name {
        "ssl-mode" => "`ssl-mode` is sqlx's own spelling: write `sslmode`",
        "ssl-root-cert" => "`ssl-root-cert` is sqlx's own spelling: write `sslrootcert`",
        "ssl-ca" => "`ssl-ca` is sqlx's own spelling: write `sslrootcert`",
        "ssl-cert" => "`ssl-cert` is sqlx's own spelling: write `sslcert`",
        "ssl-key" => "`ssl-key` is sqlx's own spelling: write `sslkey`",
        "statement-cache-capacity" => {
            "`statement-cache-capacity` is sqlx's own and libpq has no name for it: leave it out"
        }
        "ssl" => "`ssl` must be true in a URL, and has no place elsewhere: write `sslmode`",
        "search_path" | "schema" | "currentSchema" => {
            "a schema is no parameter: write `options=-csearch_path%3Dapp` for a schema app"
        }
        _ if name.starts_with("options[") => {
            "`options[...]` is sqlx's own spelling: write `options=-cname%3Dvalue`"
        }
        _ => return None,
    })
}
