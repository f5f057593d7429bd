use howdah_secrets::Secret;

use super::fault::Fault;
use super::given::Given;
use super::part::Part;
use super::percent::decode;

/// Reads `user:password`.
pub(super) fn read(credentials: Part<'_>, given: &mut Given) -> Result<(), Fault> {
    if let Some(fault) = unescaped(credentials) {
        return Err(fault);
    }
    let (user, password) = credentials
        .cut(':')
        .unwrap_or_else(|| credentials.split_at(credentials.text.len()));
    let decoded = |part| decode(part).map_err(|fault| fault.advise(OR_A_FILE));
    given.user = Some(decoded(user)?).filter(|user| !user.is_empty());
    let password = decoded(password)?;
    given.password = (!password.is_empty()).then(|| Secret::new(password));
    Ok(())
}

/// A character that ends the credentials too early where it is not escaped.
fn unescaped(credentials: Part<'_>) -> Option<Fault> {
    let mut colons = 0;
    for (index, c) in credentials.text.char_indices() {
        colons += u8::from(c == ':');
        if colons > 1 || c.is_whitespace() || "@/?#[]".contains(c) {
            return Some(Fault::at(credentials.at + index, sentence(c)));
        }
    }
    None
}

/// What to do about this character in a user name or a password.
pub(super) fn sentence(c: char) -> String {
    let (shown, escaped) = match c {
        ' ' => ("space".to_owned(), "%20".to_owned()),
        c if c.is_ascii_graphic() => (format!("`{c}`"), format!("%{:02X}", u32::from(c))),
        _ => ("character".to_owned(), "%XX".to_owned()),
    };
    format!(
        "the user name or the password holds an unescaped {shown}: percent-encode it as {escaped}{OR_A_FILE}"
    )
}

const OR_A_FILE: &str = ", or leave the password out and name a secret file";
