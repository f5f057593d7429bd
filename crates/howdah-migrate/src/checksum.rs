use std::collections::BTreeSet;
use std::fmt;

use sha2::{Digest, Sha384};

/// SHA-384 of a file's raw bytes, or of those that count: what sqlx stores in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Checksum(Box<[u8]>);

impl Checksum {
    pub(crate) fn of(bytes: impl AsRef<[u8]>) -> Self {
        Self(Sha384::digest(bytes).as_slice().into())
    }

    /// As sqlx does it with `ignored-chars`.
    pub(crate) fn without(text: &str, ignored: &BTreeSet<char>) -> Self {
        let mut digest = Sha384::new();
        for part in text.split(|c| ignored.contains(&c)) {
            digest.update(part);
        }
        Self(digest.finalize().as_slice().into())
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }

    /// Whether this is the hexadecimal `stored`. Each start of a service asks it of all files.
    pub(crate) fn is(&self, stored: &str) -> bool {
        self.digits().eq(stored.bytes())
    }

    fn digits(&self) -> impl Iterator<Item = u8> {
        let digit = |value: u8| value + if value < 10 { b'0' } else { b'a' - 10 };
        self.0
            .iter()
            .flat_map(move |byte| [digit(byte >> 4), digit(byte & 0xf)])
    }

    /// Whether the hexadecimal `stored` is the checksum of `sql` in any of its spellings: with LF or
    /// CRLF at the line ends, with a byte-order mark or without. Git and editors change these,
    /// people do not mean to. Characters that do not count may have counted when it was stored.
    pub(crate) fn is_any_spelling(sql: &str, ignored: &BTreeSet<char>, stored: &str) -> bool {
        let is = |checksum: Self| checksum.is(stored);
        let lf = sql.trim_start_matches(BOM).replace("\r\n", "\n");
        let crlf = lf.replace('\n', "\r\n");
        [lf, crlf]
            .into_iter()
            .flat_map(|text| [format!("{BOM}{text}"), text])
            .any(|text| {
                is(Self::of(&text)) || !ignored.is_empty() && is(Self::without(&text, ignored))
            })
    }
}

/// The byte-order mark that some editors put in front of a file.
pub(crate) const BOM: char = '\u{feff}';

impl fmt::Display for Checksum {
    /// Lowercase hexadecimal, without a prefix.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex: Vec<u8> = self.digits().collect();
        f.write_str(&String::from_utf8_lossy(&hex))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_a_byte_order_mark_do_not_matter() {
        let lf = "create table a ();\ncreate table b ();\n";
        let crlf = lf.replace('\n', "\r\n");
        let none = BTreeSet::new();
        for stored in [
            lf.to_owned(),
            crlf.clone(),
            format!("{BOM}{lf}"),
            format!("{BOM}{crlf}"),
        ] {
            let stored = Checksum::of(stored).to_string();
            assert!(Checksum::is_any_spelling(lf, &none, &stored));
            assert!(Checksum::is_any_spelling(&crlf, &none, &stored));
        }
    }

    #[test]
    fn one_changed_letter_matters() {
        let none = BTreeSet::new();
        let stored = Checksum::of("create table a ();\n").to_string();
        assert!(!Checksum::is_any_spelling(
            "create table b ();\n",
            &none,
            &stored
        ));
        assert!(!Checksum::is_any_spelling(
            "create table a ();",
            &none,
            &stored
        ));
    }

    #[test]
    fn what_does_not_count_may_change_and_may_have_counted() {
        let ignored = BTreeSet::from([' ', '\n']);
        let stored = Checksum::without("create table\na ();", &ignored);
        assert_eq!(stored, Checksum::of("createtablea();"));
        let stored = stored.to_string();
        assert!(Checksum::is_any_spelling(
            "create  table a ();\n",
            &ignored,
            &stored
        ));
        assert!(!Checksum::is_any_spelling(
            "create\ttable a ();",
            &ignored,
            &stored
        ));
        let before = Checksum::of("create table a ();").to_string();
        assert!(Checksum::is_any_spelling(
            "create table a ();",
            &ignored,
            &before
        ));
        assert!(!Checksum::is_any_spelling(
            "create  table a ();",
            &ignored,
            &before
        ));
    }

    #[test]
    fn it_is_the_checksum_that_sqlx_computes() {
        use sqlx::SqlSafeStr as _;
        let sql = "select 1";
        let theirs = sqlx::migrate::Migration::new(
            1,
            "x".into(),
            sqlx::migrate::MigrationType::Simple,
            sql.into_sql_str(),
            false,
        );
        assert_eq!(Checksum::of(sql), Checksum::from_bytes(&theirs.checksum));
    }
}
