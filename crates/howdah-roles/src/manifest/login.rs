use serde::{Deserialize, Serialize};

/// Whether a role logs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Written", into = "Written")]
pub(crate) enum Login {
    #[default]
    No,
    Yes,
    /// While it is its turn: `howdah roles rotate` switches it on and off, and sees to its password.
    Rotation,
}

/// As somebody writes it.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Written {
    Switch(bool),
    Word(String),
}

const WORD: &str = "rotation";

impl TryFrom<Written> for Login {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        match written {
            Written::Switch(switch) => Ok(switch.into()),
            Written::Word(word) if word == WORD => Ok(Self::Rotation),
            Written::Word(word) => Err(format!(
                "login is true, false or {WORD} (a login that takes turns with another one), not {word:?}"
            )),
        }
    }
}

impl From<Login> for Written {
    fn from(login: Login) -> Self {
        match login {
            Login::No => Self::Switch(false),
            Login::Yes => Self::Switch(true),
            Login::Rotation => Self::Word(WORD.to_owned()),
        }
    }
}

impl From<bool> for Login {
    fn from(switch: bool) -> Self {
        if switch { Self::Yes } else { Self::No }
    }
}
