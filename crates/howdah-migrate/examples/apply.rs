//! Applies a directory of migrations to a schema: `apply DIRECTORY SCHEMA [ROLE]`, with the address in `DATABASE_URL`.

use std::error::Error;

use howdah_migrate::{Connector, Migrations, Migrator, Options};
use sqlx::postgres::PgConnectOptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("say {what}"));
    let migrations = Migrations::read(next("the directory of the migrations")?)?;
    let mut options = Options::new(next("the schema")?.parse()?);
    options.role = next("the role").ok().map(|role| role.parse()).transpose()?;
    #[expect(clippy::disallowed_methods, reason = "a program reads its environment")]
    let url = std::env::var("DATABASE_URL")?;
    let connector = Connector::from(url.parse::<PgConnectOptions>()?);
    Migrator::new(migrations, options)
        .apply(&connector, |_event| {})
        .await?;
    Ok(())
}
