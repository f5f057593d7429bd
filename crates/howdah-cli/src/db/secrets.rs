use howdah_config::{Environment, Loaded};
use howdah_roles::{Layout, Passwords};
use howdah_secrets::{Secret, SecretDir, SecretRef};

use super::project::Project;
use crate::settings::resolve;
use crate::{Error, Output, secret_files};

const STEP: &str = "resolving the secrets";

/// The passwords of the development database.
pub(crate) struct Secrets {
    pub(crate) superuser: Secret,
    pub(crate) migrator: Secret,
    pub(crate) app: Secret,
    pub(crate) read_only: Secret,
    /// How many of them this run generated.
    pub(crate) generated: usize,
}

/// What to do about a secret without a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Make one, and keep it. The project is locked.
    Generate,
    /// Say so: this command changes nothing.
    Refuse,
}

impl Secrets {
    /// Reads the configured secrets; in development and testing, those without a source are generated once and kept
    /// in `.howdah/secrets/`.
    pub(crate) fn resolve(
        project: &Project,
        loaded: &Loaded,
        missing: Missing,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let dir = SecretDir::open(project.secrets()).map_err(Error::step(STEP))?;
        let references = &loaded.database.secrets;
        let mut generated = 0;
        let mut secret = |reference: &SecretRef, name: &str| {
            if is_configured(loaded, reference) {
                return resolve(loaded, reference, output).map_err(Error::step(STEP));
            }
            if missing == Missing::Refuse && !dir.file(name).exists() {
                return Err(Error::MissingSecret {
                    path: dir.file(name),
                });
            }
            let (secret, new) = dir.get_or_generate(name).map_err(Error::step(STEP))?;
            generated += usize::from(new);
            Ok::<_, Error>(secret)
        };
        let superuser = secret(&SecretRef::default(), secret_files::SUPERUSER)?;
        let migrator = secret(&references.migrator, secret_files::MIGRATOR)?;
        let app = secret(&references.app, secret_files::APP)?;
        let read_only = secret(&references.read_only, secret_files::READ_ONLY)?;
        if generated > 0 {
            secret_files::say_unless_ignored(&dir, output);
        }
        Ok(Self {
            superuser,
            migrator,
            app,
            read_only,
            generated,
        })
    }

    pub(crate) fn passwords(&self, layout: &Layout) -> Passwords {
        Passwords::default()
            .with(layout.migrator(), self.migrator.clone())
            .with(layout.app(), self.app.clone())
            .with(layout.read_only(), self.read_only.clone())
    }
}

/// Outside of production, a reference to a file or variable that is not there means: generate. The same settings then
/// serve the developer, who has no mounted secrets, and the deployment, which has.
fn is_configured(loaded: &Loaded, reference: &SecretRef) -> bool {
    if reference == &SecretRef::default() {
        return false;
    }
    loaded.database.environment == Environment::Production || loaded.has_secret(reference)
}
