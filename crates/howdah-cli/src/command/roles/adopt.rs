use howdah_ident::DatabaseName;
use howdah_roles::Manifest;

use super::admin::Admin;
use super::yaml;
use crate::{Error, Exit, Output};

pub(super) async fn run(
    admin: &Admin,
    database: Option<DatabaseName>,
    output: &mut Output,
) -> Result<Exit, Error> {
    let name = database.unwrap_or_else(|| admin.named_database().clone());
    let Some(mut connection) = admin.database(&name).await? else {
        return Err(Error::Usage(format!(
            "there is no database {:?} on this server",
            name.as_str()
        )));
    };
    let manifest = Manifest::adopt(&mut connection)
        .await
        .map_err(Error::step("reading the roles"))?;
    let value = serde_json::to_value(&manifest).map_err(Error::step("writing the manifest"))?;
    output
        .result(yaml::render(&value), &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
