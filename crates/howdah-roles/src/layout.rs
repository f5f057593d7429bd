use howdah_ident::{DatabaseName, RoleName, SchemaName};

use crate::Error;

/// The wanted state of one database: six roles and what each may do.
///
/// | role | logs in | may |
/// |---|---|---|
/// | owner | no | own the database, the schema and every object in it |
/// | `<owner>_rw` | no | connect; read and write rows, use sequences, call functions |
/// | `<owner>_ro` | no | connect; read rows and sequences |
/// | migrator | yes | connect; `set role` to the owner |
/// | app | yes | what `<owner>_rw` may |
/// | read-only | yes | what `<owner>_ro` may |
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    database: DatabaseName,
    schema: SchemaName,
    owner: RoleName,
    read_write_group: RoleName,
    read_only_group: RoleName,
    migrator: RoleName,
    app: RoleName,
    read_only: RoleName,
    alone_on_server: bool,
}

/// The four roles that settings name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    /// Owns everything, cannot log in.
    pub owner: RoleName,
    /// Migrates as the owner.
    pub migrator: RoleName,
    /// The service.
    pub app: RoleName,
    /// Backups and reports.
    pub read_only: RoleName,
}

impl Layout {
    /// The layout of `schema` in `database`; the groups are named after the owner.
    ///
    /// # Errors
    /// [`Error::Layout`] when two roles have one name, or the owner's name leaves no room for `_rw`.
    pub fn new(database: DatabaseName, schema: SchemaName, names: Names) -> Result<Self, Error> {
        let group = |suffix: &str| {
            RoleName::new(format!("{}{suffix}", names.owner.as_str())).map_err(|error| {
                Error::Layout {
                    why: format!(
                        "the group of owner {:?} with suffix {suffix}: {error}",
                        names.owner.as_str()
                    ),
                }
            })
        };
        let layout = Self {
            database,
            schema,
            read_write_group: group("_rw")?,
            read_only_group: group("_ro")?,
            owner: names.owner,
            migrator: names.migrator,
            app: names.app,
            read_only: names.read_only,
            alone_on_server: false,
        };
        layout.check_distinct()?;
        Ok(layout)
    }

    /// With a server that serves this database only: PUBLIC then loses its rights on the databases `postgres` and
    /// `template1` too, where any role could otherwise connect, make temporary tables and write large objects.
    #[must_use]
    pub fn alone_on_server(mut self) -> Self {
        self.alone_on_server = true;
        self
    }

    /// Whether the server serves this database only.
    pub fn is_alone_on_server(&self) -> bool {
        self.alone_on_server
    }

    fn check_distinct(&self) -> Result<(), Error> {
        let mut names: Vec<&str> = self.roles().iter().map(|role| role.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).find_map(|pair| match pair {
            [first, second] if first == second => Some(*first),
            _ => None,
        });
        twice.map_or(Ok(()), |name| {
            Err(Error::Layout {
                why: format!("the name {name:?} stands for two roles; each needs its own"),
            })
        })
    }

    /// The database.
    pub fn database(&self) -> &DatabaseName {
        &self.database
    }

    /// The schema.
    pub fn schema(&self) -> &SchemaName {
        &self.schema
    }

    /// Owns everything, cannot log in.
    pub fn owner(&self) -> &RoleName {
        &self.owner
    }

    /// The group that reads and writes, cannot log in.
    pub fn read_write_group(&self) -> &RoleName {
        &self.read_write_group
    }

    /// The group that reads, cannot log in.
    pub fn read_only_group(&self) -> &RoleName {
        &self.read_only_group
    }

    /// Migrates as the owner.
    pub fn migrator(&self) -> &RoleName {
        &self.migrator
    }

    /// The service.
    pub fn app(&self) -> &RoleName {
        &self.app
    }

    /// Backups and reports.
    pub fn read_only(&self) -> &RoleName {
        &self.read_only
    }

    /// All six, owner and groups first.
    pub(crate) fn roles(&self) -> [&RoleName; 6] {
        [
            &self.owner,
            &self.read_write_group,
            &self.read_only_group,
            &self.migrator,
            &self.app,
            &self.read_only,
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(owner: &str, app: &str) -> Result<Layout, Error> {
        let role = |name: &str| name.parse::<RoleName>().unwrap();
        let names = Names {
            owner: role(owner),
            migrator: role("m"),
            app: role(app),
            read_only: role("r"),
        };
        Layout::new("d".parse().unwrap(), "s".parse().unwrap(), names)
    }

    #[test]
    fn two_roles_of_one_name_are_refused() {
        let error = layout("m_owner", "r").unwrap_err().to_string();
        assert!(error.contains(r#""r" stands for two roles"#), "{error}");
        assert!(layout("x", "x_ro").is_err());
    }

    #[test]
    fn an_owner_whose_name_leaves_no_room_for_the_groups_is_refused() {
        let error = layout(&"o".repeat(61), "a").unwrap_err().to_string();
        assert!(error.contains("at most 63 bytes"), "{error}");
    }
}
