use serde::{Deserialize, Serialize};

use super::{Problems, is_default};
use crate::privilege::{Privilege, Privileges, list};
use crate::wanted;

const ON_SCHEMAS: [Privilege; 2] = [Privilege::Usage, Privilege::Create];
const ON_TABLES: [Privilege; 8] = [
    Privilege::Select,
    Privilege::Insert,
    Privilege::Update,
    Privilege::Delete,
    Privilege::Truncate,
    Privilege::References,
    Privilege::Trigger,
    Privilege::Maintain,
];
const ON_SEQUENCES: [Privilege; 3] = [Privilege::Usage, Privilege::Select, Privilege::Update];

/// What a role may do in a schema, in one word or in lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Grants {
    Word(Word),
    Detailed(Detailed),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Word {
    Read,
    Write,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Detailed {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) schema: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) tables: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sequences: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) routines: Routines,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Routines {
    #[default]
    None,
    Safe,
    All,
}

impl Grants {
    pub(super) fn check(&self, place: &str, problems: &mut Problems) -> wanted::Access {
        match self {
            Self::Word(Word::Read) => wanted::Access::read(),
            Self::Word(Word::Write) => wanted::Access::write(),
            Self::Detailed(lists) => wanted::Access {
                schema: privileges(
                    &format!("{place}.schema"),
                    &lists.schema,
                    &ON_SCHEMAS,
                    problems,
                ),
                tables: privileges(
                    &format!("{place}.tables"),
                    &lists.tables,
                    &ON_TABLES,
                    problems,
                ),
                sequences: privileges(
                    &format!("{place}.sequences"),
                    &lists.sequences,
                    &ON_SEQUENCES,
                    problems,
                ),
                routines: match lists.routines {
                    Routines::None => wanted::Routines::None,
                    Routines::Safe => wanted::Routines::Safe,
                    Routines::All => wanted::Routines::All,
                },
            },
        }
    }
}

/// Reads privileges of which each must be among those that there are on the object.
pub(super) fn privileges(
    place: &str,
    names: &[String],
    valid: &[Privilege],
    problems: &mut Problems,
) -> Privileges {
    let mut found = Privileges::new();
    for name in names {
        match Privilege::parse(name) {
            Some(privilege) if valid.contains(&privilege) => {
                found.insert(privilege);
            }
            _ => {
                let valid = list(&valid.iter().copied().collect());
                problems.add(
                    place,
                    format!("{name:?} is no privilege here; there are {valid}"),
                );
            }
        }
    }
    found
}
