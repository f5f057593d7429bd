use std::fmt::Write as _;

use super::fault::Fault;
use super::part::Part;

/// Resolves `%41`; a `+` is a plus, as in libpq.
pub(super) fn decode(part: Part<'_>) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(part.text.len());
    let mut rest = part.text.bytes().enumerate();
    while let Some((index, byte)) = rest.next() {
        if byte != b'%' {
            refuse_raw(byte, part.at + index)?;
            bytes.push(byte);
            continue;
        }
        let digits = (rest.next(), rest.next());
        let byte = escaped(digits).ok_or_else(|| Fault::at(part.at + index, NO_ESCAPE))?;
        if byte == 0 {
            return Err(Fault::at(part.at + index, NO_NUL));
        }
        bytes.push(byte);
    }
    String::from_utf8(bytes).map_err(|_not_utf8| Fault::at(part.at, NOT_UTF8))
}

/// Everything but letters, digits and `-._~` as `%41`.
pub(super) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String does not fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

type Digit = Option<(usize, u8)>;

fn escaped((high, low): (Digit, Digit)) -> Option<u8> {
    let digit = |digit: Digit| char::from(digit?.1).to_digit(16);
    u8::try_from(digit(high)? * 16 + digit(low)?).ok()
}

fn refuse_raw(byte: u8, at: usize) -> Result<(), Fault> {
    match byte {
        b' ' => Err(Fault::at(
            at,
            "an unescaped space: percent-encode it as %20",
        )),
        byte if byte.is_ascii_control() => Err(Fault::at(
            at,
            "a line break, a tab or another control character: remove it, or percent-encode it",
        )),
        _ => Ok(()),
    }
}

const NO_ESCAPE: &str =
    "a `%` without two hexadecimal digits after it: percent-encode a `%` that is meant as %25";
const NO_NUL: &str = "`%00` is a NUL, which PostgreSQL does not accept anywhere: remove it";
const NOT_UTF8: &str =
    "the percent-encoded bytes are no UTF-8: encode the characters as UTF-8 first";
