use super::fault::Fault;
use super::given::Given;
use super::part::Part;
use super::percent::decode;
use super::scheme::Scheme;
use super::{authority, credentials};

/// Reads what stands behind `postgresql://`.
pub(super) fn read(rest: Part<'_>, scheme: &Scheme<'_>, given: &mut Given) -> Result<(), Fault> {
    refuse_misplaced(rest)?;
    let end = rest.text.find(['/', '?']).unwrap_or(rest.text.len());
    let (front, behind) = rest.split_at(end);
    let (logins, servers) = front.cut_last('@').unwrap_or_else(|| front.split_at(0));
    credentials::read(logins, given)?;
    authority::read(servers, given)?;
    let (path, query) = behind
        .cut('?')
        .unwrap_or_else(|| behind.split_at(behind.text.len()));
    read_path(path, given)?;
    read_query(query, scheme, given)
}

/// A `/`, a `?` or a `#` in a password moves the rest of it into another part of the URL: refuse before any part is
/// looked at.
fn refuse_misplaced(rest: Part<'_>) -> Result<(), Fault> {
    let login_end = rest.text.rfind('@').unwrap_or(0);
    let fault = |index: usize, message| Err(Fault::at(rest.at + index, message));
    match rest.text.find(['/', '?', '#']) {
        // Without a server in front there is no login in front either: the `@` belongs to a value.
        Some(0) if rest.text.starts_with('/') => {}
        Some(index) if index < login_end => {
            let c = rest.text.get(index..).and_then(|text| text.chars().next());
            let login = credentials::sentence(c.unwrap_or('/'));
            return fault(
                index,
                format!("{login}; in a path or a parameter write `@` as %40"),
            );
        }
        _ => {}
    }
    match rest.text.find('#') {
        Some(index) => fault(index, FRAGMENT.to_owned()),
        None => Ok(()),
    }
}

fn read_path(path: Part<'_>, given: &mut Given) -> Result<(), Fault> {
    let (_, name) = path.split_at(1);
    let refused = [('/', SLASH), ('@', AT), (';', SEMICOLON), ('&', AMPERSAND)];
    for (index, c) in name.text.char_indices() {
        if let Some((_, message)) = refused.iter().find(|(refused, _)| *refused == c) {
            return Err(Fault::at(name.at + index, *message));
        }
    }
    given.dbname = Some(decode(name)?).filter(|name| !name.is_empty());
    Ok(())
}

fn read_query(query: Part<'_>, scheme: &Scheme<'_>, given: &mut Given) -> Result<(), Fault> {
    if query.is_empty() {
        return Ok(());
    }
    // libpq does not mind a `&` at the end.
    let trimmed = query.text.strip_suffix('&').unwrap_or(query.text);
    let (query, _) = query.split_at(trimmed.len());
    let safe = !query.text.contains('@');
    for pair in query.pieces('&') {
        let (name, value) = read_pair(pair)?;
        let value = Part {
            text: &value,
            at: pair.at,
        };
        let (name, value) = scheme.translate(&name, value, &mut given.notices);
        let shown = safe && !given.has_password_parameter();
        given.set(name, value, shown)?;
    }
    Ok(())
}

fn read_pair(pair: Part<'_>) -> Result<(String, String), Fault> {
    let Some((name, value)) = pair.cut('=') else {
        return Err(Fault::at(pair.at, NO_EQUALS));
    };
    if value.text.contains('=') {
        return Err(Fault::at(pair.at, TWO_EQUALS));
    }
    Ok((decode(name)?, decode(value)?))
}

const FRAGMENT: &str = "a `#` (a fragment) has no meaning here: remove it, or percent-encode it as %23 \
                        where it belongs to a name or a password";
const SLASH: &str =
    "the name of the database holds an unescaped `/`: percent-encode it as %2F, or remove it";
const AT: &str = "the name of the database holds an unescaped `@`: percent-encode it as %40";
const SEMICOLON: &str = "the name of the database holds an unescaped `;`: parameters stand behind a `?` and are \
                         separated by `&`; percent-encode a `;` that is meant as %3B";
const AMPERSAND: &str = "the name of the database holds an unescaped `&`: the first parameter stands behind a `?`; \
                         percent-encode a `&` that is meant as %26";
const NO_EQUALS: &str = "a parameter behind the `?` has no `=`: write name=value, separated by `&`, \
                         and percent-encode a `&` in a value as %26";
const TWO_EQUALS: &str =
    "the value of a parameter holds an unescaped `=`: percent-encode it as %3D";
