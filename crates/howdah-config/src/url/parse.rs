use super::fault::Fault;
use super::given::Given;
use super::scheme::Scheme;
use super::{ConnectionUrl, keyword_value, unexpanded, uri, wrapping};

/// Reads a URL or `keyword=value`.
pub(super) fn parse(text: &str) -> Result<ConnectionUrl, Fault> {
    wrapping::refuse(text)?;
    unexpanded::refuse(text)?;
    let mut given = Given::default();
    if keyword_value::is_keyword_value(text) {
        keyword_value::read(text, &mut given)?;
        return given.finish();
    }
    let Some((scheme, rest)) = Scheme::split(text)? else {
        return Err(Fault::whole(NO_SCHEME));
    };
    given.notices.extend(scheme.notice());
    uri::read(rest, &scheme, &mut given)?;
    given.finish()
}

const NO_SCHEME: &str = "the scheme is missing: a connection URL starts with `postgresql://`";
