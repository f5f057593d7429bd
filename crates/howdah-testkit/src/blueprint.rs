use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};

use howdah_ident::SchemaName;
use howdah_migrate::Migrations as Files;

use crate::Error;
use crate::admin::Admin;
use crate::setup::{Migrations, Roles, Setup, nearest};
use crate::shared::place::digest;

/// Changes whenever templates are made in another way.
const FORMAT: &[u8] = b"1";

/// A setup with everything it names read.
#[derive(Debug, Clone)]
pub(crate) struct Blueprint {
    pub(crate) migrations: Files,
    pub(crate) fixtures: Vec<Fixture>,
    pub(crate) roles: Roles,
    pub(crate) schema: SchemaName,
    /// A digest of all of it.
    contents: String,
}

/// A file of SQL.
#[derive(Debug, Clone)]
pub(crate) struct Fixture {
    pub(crate) path: PathBuf,
    pub(crate) sql: String,
}

impl Blueprint {
    /// Once for each setup of this process.
    pub(crate) fn get(setup: &Setup) -> Result<Arc<Self>, Error> {
        let key = key(setup);
        if let Some(known) = known().get(&key) {
            return Ok(Arc::clone(known));
        }
        let blueprint = Arc::new(Self::read(setup)?);
        known().insert(key, Arc::clone(&blueprint));
        Ok(blueprint)
    }

    fn read(setup: &Setup) -> Result<Self, Error> {
        let fixtures = setup.fixtures.iter().map(|path| {
            let path = setup.package.join(path);
            let sql = fs::read_to_string(&path).map_err(|error| Error::Setup {
                what: format!("cannot read the fixture {}: {error}", path.display()),
            })?;
            // Editors of some systems put a mark there, which is no SQL.
            let sql = sql.trim_start_matches('\u{feff}').to_owned();
            Ok(Fixture { path, sql })
        });
        let mut blueprint = Self {
            migrations: read(setup)?,
            fixtures: fixtures.collect::<Result<_, Error>>()?,
            roles: setup.roles,
            schema: setup.schema.clone(),
            contents: String::new(),
        };
        blueprint.contents = blueprint.digest();
        Ok(blueprint)
    }

    /// What all databases that are made of the same have in common. The passwords of shared roles are made from the
    /// superuser's, so that goes in, too.
    pub(crate) fn fingerprint(&self, admin: &Admin) -> String {
        let major = admin.major().to_be_bytes();
        let password = admin.login().password.expose().as_bytes();
        digest([FORMAT, self.contents.as_bytes(), &major, password])
    }

    fn digest(&self) -> String {
        let own = |text: &str| text.as_bytes().to_vec();
        let mut parts = vec![own(&format!("{:?}", self.roles)), own(self.schema.as_str())];
        for migration in self.migrations.iter() {
            parts.push(migration.version().to_string().into_bytes());
            parts.push(own(migration.description()));
            parts.push(own(migration.sql()));
            parts.push(own(if migration.is_transactional() {
                ""
            } else {
                "no-transaction"
            }));
        }
        for fixture in &self.fixtures {
            parts.push(b"fixture".to_vec());
            parts.push(own(&fixture.sql));
        }
        digest(parts.iter().map(Vec::as_slice))
    }
}

static KNOWN: Mutex<BTreeMap<String, Arc<Blueprint>>> = Mutex::new(BTreeMap::new());

fn known() -> MutexGuard<'static, BTreeMap<String, Arc<Blueprint>>> {
    match KNOWN.lock() {
        Ok(known) => known,
        Err(poisoned) => poisoned.into_inner(),
    }
}

/// What a blueprint is read from. Files do not change while tests run.
fn key(setup: &Setup) -> String {
    let migrations = match &setup.migrations {
        Migrations::Embedded(migrator) => format!("{:p}", *migrator),
        other => format!("{other:?}"),
    };
    format!(
        "{migrations} {} {:?} {:?} {:?}",
        setup.package.display(),
        setup.fixtures,
        setup.roles,
        setup.schema
    )
}

fn read(setup: &Setup) -> Result<Files, Error> {
    const STEP: &str = "reading the migrations";
    let directory = match &setup.migrations {
        Migrations::None => return Ok(Files::default()),
        Migrations::Embedded(migrator) => {
            return Files::embedded(migrator).map_err(Error::step(STEP));
        }
        Migrations::Directory(directory) => setup.package.join(directory),
        Migrations::Nearest => match nearest(&setup.package) {
            Some(directory) => directory,
            None => return Ok(Files::default()),
        },
    };
    Files::read(&directory).map_err(Error::step(STEP))
}
