use std::collections::BTreeMap;
use std::fmt;

use sha2::{Digest as _, Sha256};

use super::object::{Object, ObjectName};

/// SHA-256 of a [`Catalog`](super::Catalog).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    pub(super) fn of(objects: &BTreeMap<ObjectName, Object>) -> Self {
        let mut hash = Sha256::new();
        for (name, object) in objects {
            let position = object.position.unwrap_or(0).to_string();
            for text in [name.to_string(), name.name.clone(), position] {
                put(&mut hash, &text);
            }
            for map in [&object.properties, &object.privileges] {
                put(&mut hash, &map.len().to_string());
                for (what, value) in map {
                    put(&mut hash, what);
                    put(&mut hash, value);
                }
            }
        }
        Self(hash.finalize().into())
    }
}

impl fmt::Display for Fingerprint {
    /// Lowercase hexadecimal.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for byte in self.0 {
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

/// With its length in front, so that no two lists of texts give the same bytes.
fn put(hash: &mut Sha256, text: &str) {
    hash.update(format!("{} ", text.len()));
    hash.update(text);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ObjectKind;

    fn with(what: &str, value: &str) -> BTreeMap<ObjectName, Object> {
        let properties = BTreeMap::from([(what.to_owned(), value.to_owned())]);
        let object = Object {
            properties,
            ..Object::default()
        };
        BTreeMap::from([(ObjectName::new(ObjectKind::Table, "users"), object)])
    }

    /// People keep fingerprints and compare them with those of a newer version of this crate.
    #[test]
    fn it_stays_what_it_is() {
        assert_eq!(
            Fingerprint::of(&with("options", "fillfactor=70")).to_string(),
            "0867551d530d8bef6c917840fe6c850594c60495139bf4871822479f109f8232"
        );
    }

    #[test]
    fn texts_that_move_over_their_border_change_it() {
        assert_ne!(
            Fingerprint::of(&with("ab", "c")),
            Fingerprint::of(&with("a", "bc"))
        );
    }
}
