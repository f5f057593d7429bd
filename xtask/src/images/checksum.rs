use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// A SHA-256 over named parts, as 64 hexadecimal digits.
///
/// The order of the parts does not matter, and neither part can run over into the next one: each comes with its
/// length. File names are part of it, their dates and modes are not, so every checkout has the same.
pub(super) fn checksum<'a>(parts: impl IntoIterator<Item = (&'a str, &'a [u8])>) -> String {
    let mut parts: Vec<_> = parts.into_iter().collect();
    parts.sort_unstable();
    let mut hash = Sha256::new();
    for (name, content) in parts {
        hash.update(format!("{} {name} {} ", name.len(), content.len()));
        hash.update(content);
    }
    let mut hex = String::with_capacity(64);
    for byte in hash.finalize() {
        // Writing to a String cannot fail.
        let _infallible = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    type Part = (&'static str, &'static [u8]);
    const A: Part = ("entry.sh", b"one");
    const B: Part = ("shrink.sh", b"two");

    #[test]
    fn it_is_the_same_on_every_machine() {
        assert_eq!(
            checksum([A, B]),
            "32f7313ae27b40cd37cf075a373e521f5e41be2f7a70449713049d389263831e"
        );
    }

    #[test]
    fn the_order_of_the_parts_does_not_matter() {
        assert_eq!(checksum([A, B]), checksum([B, A]));
    }

    #[test]
    fn every_byte_and_every_name_counts() {
        let changed: [[Part; 2]; 4] = [
            [A, ("shrink.sh", b"twO")],
            [A, ("shrunk.sh", b"two")],
            [("entry.sh", b"onetwo"), ("shrink.sh", b"")],
            [("entry.sh", b"two"), ("shrink.sh", b"one")],
        ];
        for parts in changed {
            assert_ne!(checksum(parts), checksum([A, B]), "{parts:?}");
        }
        assert_ne!(checksum([A]), checksum([A, B]));
    }
}
