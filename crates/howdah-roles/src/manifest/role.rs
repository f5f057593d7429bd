use std::collections::BTreeMap;

use howdah_ident::{DatabaseName, Ident};
use serde::{Deserialize, Serialize};

use super::login::Login;
use super::{Problems, is_default};
use crate::parameter::Value;
use crate::timestamp::Timestamp;
use crate::wanted;

/// One role as somebody writes it.
#[expect(
    clippy::struct_excessive_bools,
    reason = "the options of `create role`"
)]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Role {
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) login: Login,
    #[serde(skip_serializing_if = "is_true")]
    pub(crate) inherit: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) createdb: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) createrole: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) replication: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) bypassrls: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) connection_limit: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) valid_until: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) password: Password,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) member_of: BTreeMap<String, Membership>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) settings: BTreeMap<String, Written>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) settings_in: BTreeMap<String, BTreeMap<String, Written>>,
}

impl Default for Role {
    fn default() -> Self {
        Self {
            login: Login::No,
            inherit: true,
            createdb: false,
            createrole: false,
            replication: false,
            bypassrls: false,
            connection_limit: None,
            valid_until: None,
            password: Password::Managed,
            member_of: BTreeMap::new(),
            settings: BTreeMap::new(),
            settings_in: BTreeMap::new(),
        }
    }
}

/// What becomes of a role that is to go.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Removed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) successor: Option<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) end_sessions: bool,
}

/// Who sees to the password of a role that logs in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Password {
    /// The caller hands it over.
    #[default]
    Managed,
    /// Somebody else, such as another way to log in.
    Unmanaged,
}

/// What a membership gives; without a word, what the server gives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Membership {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) inherit: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) set: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) admin: bool,
}

/// The value of a parameter, in whichever type a file has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub(crate) enum Written {
    Switch(bool),
    Whole(i64),
    Text(String),
    List(Vec<String>),
}

impl Written {
    fn value(&self, parameter: &str) -> Value {
        match self {
            Self::Switch(on) => Value::Text(if *on { "on" } else { "off" }.to_owned()),
            Self::Whole(number) => Value::Text(number.to_string()),
            Self::Text(text) => Value::written(parameter, text),
            Self::List(list) => Value::List(list.clone()),
        }
    }
}

pub(super) fn all(
    roles: &BTreeMap<String, Role>,
    problems: &mut Problems,
) -> BTreeMap<Ident, wanted::Role> {
    let one = |(name, role): (&String, &Role)| {
        let place = format!("roles.{name}");
        let checked = role.check(&place, problems);
        Some((problems.role(&place, name)?, checked))
    };
    roles.iter().filter_map(one).collect()
}

impl Role {
    fn check(&self, place: &str, problems: &mut Problems) -> wanted::Role {
        let limit = self.connection_limit.unwrap_or(-1);
        if limit < -1 {
            let what = format!("{limit} is no limit; -1 stands for none");
            problems.add(&format!("{place}.connection_limit"), what);
        }
        wanted::Role {
            login: self.login == Login::Yes,
            takes_turns: self.login == Login::Rotation,
            inherit: self.inherit,
            creates_databases: self.createdb,
            creates_roles: self.createrole,
            replication: self.replication,
            bypass_rls: self.bypassrls,
            connection_limit: limit,
            valid_until: self.moment(place, problems),
            needs_password: self.login == Login::Yes && self.password == Password::Managed,
            settings: self.settings(place, problems),
        }
    }

    fn moment(&self, place: &str, problems: &mut Problems) -> Option<Timestamp> {
        let text = self.valid_until.as_ref()?;
        let moment = Timestamp::parse(text);
        if moment.is_none() {
            let what = format!("{text:?} is no moment such as 2030-01-31 or 2030-01-31T12:00:00Z");
            problems.add(&format!("{place}.valid_until"), what);
        }
        moment
    }

    fn settings(
        &self,
        place: &str,
        problems: &mut Problems,
    ) -> BTreeMap<(Option<Ident>, String), Value> {
        let mut all = BTreeMap::new();
        for (parameter, written) in &self.settings {
            if parameter_is_sound(&format!("{place}.settings"), parameter, problems) {
                all.insert((None, parameter.clone()), written.value(parameter));
            }
        }
        for (database, settings) in &self.settings_in {
            let place = format!("{place}.settings_in.{database}");
            let name = DatabaseName::new(database).map(|name| name.ident().clone());
            let Some(name) = problems.keep(&place, name) else {
                continue;
            };
            for (parameter, written) in settings {
                if parameter_is_sound(&place, parameter, problems) {
                    let key = (Some(name.clone()), parameter.clone());
                    all.insert(key, written.value(parameter));
                }
            }
        }
        all
    }
}

/// Names of parameters are not checked by the server when they have a dot.
fn parameter_is_sound(place: &str, parameter: &str, problems: &mut Problems) -> bool {
    let part = |part: &str| {
        let mut bytes = part.bytes();
        bytes
            .next()
            .is_some_and(|byte| byte.is_ascii_lowercase() || byte == b'_')
            && bytes.all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    let sound = parameter.split('.').all(part);
    if !sound {
        let what = format!("{parameter:?} is no parameter: letters in lower case, digits and _");
        problems.add(place, what);
    }
    sound
}

pub(super) fn removed(
    roles: &BTreeMap<String, Removed>,
    problems: &mut Problems,
) -> BTreeMap<Ident, wanted::Removed> {
    let one = |(name, role): (&String, &Removed)| {
        let place = format!("removed.{name}");
        let successor = role.successor.as_ref();
        let removed = wanted::Removed {
            successor: successor.and_then(|name| problems.role(&place, name)),
            end_sessions: role.end_sessions,
        };
        Some((problems.role(&place, name)?, removed))
    };
    roles.iter().filter_map(one).collect()
}

pub(super) fn memberships(
    roles: &BTreeMap<String, Role>,
    problems: &mut Problems,
) -> BTreeMap<(Ident, Ident), wanted::Membership> {
    let mut all = BTreeMap::new();
    for (member, role) in roles {
        let Ok(member_name) = Ident::new(member.as_str()) else {
            continue;
        };
        for (name, written) in &role.member_of {
            let place = format!("roles.{member}.member_of.{name}");
            // Roles of the server's own are nobody's to declare, but can have members.
            let role_name = if name.starts_with("pg_") {
                problems.keep(&place, Ident::new(name.as_str()))
            } else {
                problems.role(&place, name)
            };
            if let Some(role_name) = role_name {
                let membership = wanted::Membership {
                    admin: written.admin,
                    inherit: written.inherit.unwrap_or(role.inherit),
                    set_role: written.set.unwrap_or(true),
                    strict: written
                        .inherit
                        .is_some_and(|inherit| inherit != role.inherit)
                        || written.set == Some(false),
                };
                all.insert((role_name, member_name.clone()), membership);
            }
        }
    }
    all
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands out a reference"
)]
fn is_true(value: &bool) -> bool {
    *value
}
