use std::fmt;

use super::object::ObjectName;

/// One thing that is not as expected. `Display` is made for people, on one line.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Difference {
    /// Which object.
    pub object: ObjectName,
    /// How it differs.
    pub change: Change,
}

/// How an object differs from what is expected.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// It is expected and not there.
    Missing,
    /// It is there and not expected.
    Unexpected,
    /// It is there, but not as expected.
    Changed {
        /// Which of its properties: `type`, `not null`, `definition`, `privileges of app`, `column order`.
        what: String,
        /// What it should be; `None` if it should have none.
        expected: Option<String>,
        /// What it is; `None` if it has none.
        found: Option<String>,
    },
}

pub(super) const COLUMN_ORDER: &str = "column order";

impl Difference {
    /// Whether nothing but the order of columns differs, which matters only to `select *` and to `insert` without
    /// names.
    pub fn is_minor(&self) -> bool {
        matches!(&self.change, Change::Changed { what, .. } if what == COLUMN_ORDER)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.object.fmt(f)?;
        match &self.change {
            Change::Missing => f.write_str(" is missing"),
            Change::Unexpected => f.write_str(" is unexpected"),
            Change::Changed {
                what,
                expected,
                found,
            } => {
                let (expected, found) = (shown(expected.as_deref()), shown(found.as_deref()));
                let same = common(&expected, &found);
                let (expected, found) = (excerpt(&expected, same), excerpt(&found, same));
                write!(f, ": {what} is {found}, expected {expected}")
            }
        }
    }
}

/// On one line.
fn shown(value: Option<&str>) -> String {
    let Some(value) = value else {
        return "none".to_owned();
    };
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How many characters both begin with.
fn common(a: &str, b: &str) -> usize {
    a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count()
}

/// A long text is cut around the place where the difference begins.
fn excerpt(text: &str, same: usize) -> String {
    const WIDTH: usize = 160;
    const BEFORE: usize = 40;
    let length = text.chars().count();
    if length <= WIDTH {
        return text.to_owned();
    }
    let skipped = same.saturating_sub(BEFORE);
    let shown: String = text.chars().skip(skipped).take(WIDTH).collect();
    let before = if skipped > 0 { "..." } else { "" };
    let after = if skipped + WIDTH < length { "..." } else { "" };
    format!("{before}{shown}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::ObjectKind;

    #[test]
    fn a_long_definition_is_cut_around_the_place_where_it_differs() {
        let (a, b) = (
            "x, ".repeat(200),
            format!("{}y{}", "x, ".repeat(100), "\n  x,".repeat(100)),
        );
        let difference = Difference {
            object: ObjectName::new(ObjectKind::View, "a\nb"),
            change: Change::Changed {
                what: "definition".to_owned(),
                expected: Some(a),
                found: Some(b),
            },
        };
        let line = difference.to_string();
        assert!(
            line.starts_with(r"view a\nb: definition is ... x, x"),
            "{line}"
        );
        assert!(
            line.contains("x, y x, x,") && line.contains(", expected ... x,"),
            "{line}"
        );
        assert!(!line.contains('\n') && line.len() < 400, "{line}");
    }
}
