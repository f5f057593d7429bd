use howdah_config::Loaded;
use howdah_ident::RoleName;
use howdah_pool::Login;
use howdah_secrets::Secret;
use howdah_server::Server;

use super::secrets::Secrets;
use super::server;
use crate::Error;

/// The connections of a run.
pub(crate) struct Logins {
    /// The superuser, in the database that administrators connect to.
    pub(crate) cluster: Login,
    /// The superuser, in the project's database.
    pub(crate) admin: Login,
    pub(crate) migrator: Login,
    pub(crate) app: Login,
    pub(crate) read_only: Login,
}

impl Logins {
    pub(crate) fn new(running: &Server, loaded: &Loaded, secrets: &Secrets) -> Result<Self, Error> {
        let database = &loaded.database;
        let login = |user: &RoleName, password: &Secret| {
            let mut login = running.login(database.name.clone(), user.clone(), password.clone());
            login.session = database.session.clone();
            login
        };
        let admin = login(&server::superuser()?, &secrets.superuser);
        Ok(Self {
            cluster: admin.clone().with_database(server::maintenance_database()?),
            migrator: login(&database.roles.migrator, &secrets.migrator),
            app: login(&database.roles.app, &secrets.app),
            read_only: login(&database.roles.read_only, &secrets.read_only),
            admin,
        })
    }
}
