//! `ConnectionUrl`: what was parsed is rendered so that it is parsed the same, and no error and no
//! notice quotes a password.
#![no_main]

use howdah_config::ConnectionUrl;
use howdah_fuzz::{MARK, leaked, marked};
use libfuzzer_sys::fuzz_target;

/// A piece of this many characters of what may be a password is a leak.
const PIECE: usize = 5;

/// A longer text is refused, and percent escapes and a port for each host make a text longer.
const MAX_BYTES: usize = 16 * 1024;

fuzz_target!(|data: &[u8]| {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    comes_back(text);
    shows_no_password(text);
});

fn comes_back(text: &str) {
    let Ok(first) = ConnectionUrl::parse(text) else {
        return;
    };
    let rendered = first.render();
    if rendered.expose().len() > MAX_BYTES {
        return;
    }
    let second = match ConnectionUrl::parse(rendered.expose()) {
        Ok(second) => second,
        Err(error) => panic!("{:?} is refused: {error}", rendered.expose()),
    };
    // Not the notices: what was worth one is gone when it has been rendered.
    let rendered = rendered.expose();
    assert_eq!(first.user, second.user, "{rendered}");
    assert_eq!(exposed(&first), exposed(&second), "{rendered}");
    assert_eq!(first.dbname, second.dbname, "{rendered}");
    assert_eq!(first.hosts, second.hosts, "{rendered}");
    assert_eq!(first.params, second.params, "{rendered}");
    assert_eq!(rendered, second.render().expose());
}

fn exposed(url: &ConnectionUrl) -> Option<&str> {
    url.password.as_ref().map(|password| password.expose())
}

/// Whatever stands between the first colon and the last `@` was perhaps meant as the password, however wrong the rest.
fn shows_no_password(text: &str) {
    // Beside the password the mark would look copied from there.
    if text.contains(MARK) {
        return;
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return;
    };
    let Some((user, rest)) = rest.split_once(':') else {
        return;
    };
    let Some((secret, rest)) = rest.rsplit_once('@') else {
        return;
    };
    let Some(secret) = marked(secret, |_| false) else {
        return;
    };
    let text = format!("{scheme}://{user}:{secret}@{rest}");
    let shown = match ConnectionUrl::parse(&text) {
        Ok(url) => url.notices.join("\n"),
        Err(error) => format!("{error} {error:?}"),
    };
    let piece = leaked(&secret, &shown, PIECE);
    assert_eq!(
        piece, None,
        "a message shows a piece of the password: {shown}"
    );
}
