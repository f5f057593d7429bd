use std::path::Path;

use howdah_config::{Environment, Loaded};
use howdah_ident::RoleName;
use howdah_roles::{Mode, Wanted};
use howdah_secrets::{Secret, SecretRef};

use super::admin::Admin;
use super::work::Work;
use super::{manifest, unchanged};
use crate::args::{RemoveArgs, WantedArgs};
use crate::output::causes;
use crate::{Error, Output, settings};

/// What is to be there.
pub(super) struct Intent {
    wanted: Wanted,
    passwords: Vec<(RoleName, Secret)>,
    mode: Mode,
    is_production: bool,
}

impl Intent {
    /// Of the manifest, or of the settings' section `roles`.
    pub(super) fn of(
        args: &WantedArgs,
        loaded: &Loaded,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let wanted = match &args.manifest {
            Some(path) => manifest::read(path)?,
            None => Wanted::from(&settings::shared_layout(loaded)?),
        };
        let logins = match &args.manifest {
            Some(_) => wanted.logins().collect(),
            None => own_logins(loaded),
        };
        let mut passwords = Vec::new();
        for role in logins {
            match password(&role, args.passwords.as_deref(), loaded, output)? {
                Some(password) => passwords.push((role, password)),
                None if args.manifest.is_none() => output.note(format_args!(
                    "the settings have no password for {} (database.secrets): what the server has stays",
                    role.as_str()
                )),
                None => {}
            }
        }
        Ok(Self {
            wanted,
            passwords,
            mode: args.mode.into(),
            is_production: is_production(loaded),
        })
    }

    /// That a role is gone.
    pub(super) fn removal(args: &RemoveArgs, loaded: &Loaded) -> Self {
        let successor = args.reassign_to.as_ref();
        Self {
            wanted: Wanted::removal(&args.role, successor, args.end_sessions),
            passwords: Vec::new(),
            mode: Mode::Additive,
            is_production: is_production(loaded),
        }
    }

    /// By this administrator.
    pub(super) async fn work(self, admin: Admin) -> Result<Work, Error> {
        Ok(Work {
            passwords: unchanged::without(self.passwords, &admin).await?,
            admin,
            wanted: self.wanted,
            mode: self.mode,
            is_production: self.is_production,
        })
    }
}

pub(super) fn is_production(loaded: &Loaded) -> bool {
    loaded.database.environment == Environment::Production
}

fn own_logins(loaded: &Loaded) -> Vec<RoleName> {
    let roles = &loaded.database.roles;
    let logins = [&roles.migrator, &roles.app, &roles.read_only];
    logins.into_iter().cloned().collect()
}

/// From the directory, else from the settings, if it is one of theirs.
fn password(
    role: &RoleName,
    directory: Option<&Path>,
    loaded: &Loaded,
    output: &mut Output,
) -> Result<Option<Secret>, Error> {
    let Some(reference) = reference(role, directory, loaded) else {
        return Ok(None);
    };
    let secret = settings::resolve(loaded, &reference, output).map_err(|error| {
        let causes = causes(&error).into_iter();
        let causes = causes.fold(String::new(), |list, cause| format!("{list}: {cause}"));
        Error::Usage(format!(
            "the password of {}: {error}{causes}",
            role.as_str()
        ))
    });
    secret.map(Some)
}

fn reference(role: &RoleName, directory: Option<&Path>, loaded: &Loaded) -> Option<SecretRef> {
    let name = role.as_str();
    // The name of a role may be a way out of the directory.
    let is_file_name = !name.contains('/') && name != "." && name != "..";
    if let Some(directory) = directory.filter(|_| is_file_name) {
        // The command line's paths begin where it was typed, those of settings beside their file.
        let file = std::path::absolute(directory.join(name)).ok()?;
        if file.exists() {
            return Some(SecretRef::default().with_file(file));
        }
    }
    let database = &loaded.database;
    let (roles, secrets) = (&database.roles, &database.secrets);
    let own = [
        (&roles.migrator, &secrets.migrator),
        (&roles.app, &secrets.app),
        (&roles.read_only, &secrets.read_only),
    ];
    let (_, reference) = own.into_iter().find(|(own, _)| *own == role)?;
    loaded.has_secret(reference).then(|| reference.clone())
}
