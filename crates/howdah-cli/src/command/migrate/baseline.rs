use std::fs;

use howdah_migrate::{Beside, Catalog, Migrations, Migrator, Target, script_of_dump};
use serde_json::json;

use super::pg_dump::{PgDump, Wanted};
use super::place::Place;
use super::{new, proof};
use crate::args::BaselineArgs;
use crate::{Error, Exit, Output, clock};

/// Writes the first file from the schema as it is, proves that it makes the same one, and stamps it.
pub(super) async fn run(
    place: &Place,
    args: &BaselineArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    if place.files.directory.is_dir() && !place.migrations()?.is_empty() {
        return Err(Error::Usage(format!(
            "there are migrations in {}: a baseline is the first of all; to say that they are applied here, there is \
             `howdah migrate stamp`",
            place.files.directory.display()
        )));
    }
    let name = new::name(&args.description)?;
    let version = new::version(None, args.sequential.then_some(true), clock::now())?;
    let file = format!("{version}_{name}.sql");
    output.begin("reading the schema");
    let found = find(place, args, output).await?;
    output.done("the schema is read");
    if args.dry_run {
        let value = json!({ "file": file, "script": found.script });
        output
            .result(&found.script, &value)
            .map_err(Error::step("printing the result"))?;
        return Ok(Exit::Ok);
    }
    if !args.unproved {
        prove(place, args, (&file, &found), output).await?;
    }
    fs::create_dir_all(&place.files.directory).map_err(Error::file(&place.files.directory))?;
    let path = place.files.directory.join(&file);
    new::put(&path, &found.script)?;
    let report = place
        .migrator()?
        .stamp(place.connector(output)?, &args.reason, |_event| {})
        .await
        .map_err(Error::step(
            "writing the ledger (the file is there: `howdah migrate stamp` goes on)",
        ))?;
    let value = json!({
        "version": new::number(&version),
        "file": path.display().to_string(),
        "fingerprint": found.catalog.fingerprint().to_string(),
        "proved": !args.unproved,
        "stamped": report.stamped.len(),
    });
    output
        .result(format_args!("{}\n", path.display()), &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// The schema as it is, and as a file.
struct Found {
    catalog: Catalog,
    script: String,
    server: u32,
}

async fn find(place: &Place, args: &BaselineArgs, output: &mut Output) -> Result<Found, Error> {
    let options = &place.options;
    let migrator = Migrator::new(Migrations::default(), options.clone());
    let reading = "reading the schema";
    let login = place.login(output)?;
    let mut conn = place.connect(output).await?;
    migrator.plan(&mut conn).await.map_err(Error::step(
        "looking for a ledger, which must not be there yet,",
    ))?;
    let server = proof::major(conn.server_version_num());
    let pg_dump = PgDump::find(&args.dump, server).await?;
    let catalog = Catalog::read_beside(&mut conn, &options.schema, &options.ledger)
        .await
        .map_err(Error::step(reading))?;
    if catalog.names().len() < 2 {
        return Err(Error::Usage(format!(
            "there is nothing in the schema {}, so there is nothing to write down",
            options.schema.as_str()
        )));
    }
    let beside = Beside::read(&mut conn, &migrator)
        .await
        .map_err(Error::step(reading))?;
    let dump = pg_dump
        .dump(&Wanted {
            login: &login,
            role: options.role.as_ref(),
            schema: options.schema.to_string(),
            without_tables: &migrator.own_tables(),
            privileges: false,
            data: false,
        })
        .await?;
    let body = script_of_dump(&dump, &beside, &options.schema, options.role.as_ref());
    let head = format!(
        "-- {}: the schema as it was when this file was written.\n",
        args.description
    );
    Ok(Found {
        catalog: catalog.without_privileges(),
        script: format!("{head}\n{body}"),
        server,
    })
}

async fn prove(
    place: &Place,
    args: &BaselineArgs,
    (file, found): (&str, &Found),
    output: &mut Output,
) -> Result<(), Error> {
    output.begin("applying the file to a scratch database");
    let migrations =
        Migrations::single(file, &found.script).map_err(Error::step("reading the file"))?;
    let all = (migrations, Target::Newest);
    let made = proof::make(place, &args.shadow, all, None, output).await?;
    if made.server != found.server {
        return Err(Error::Usage(format!(
            "the database is on PostgreSQL {}, and --shadow-url leads to {}: they spell definitions in different ways; \
             give a server of the same major version",
            found.server, made.server
        )));
    }
    proof::compare(&found.catalog, &made.catalog.without_privileges())?;
    output.done("the file makes the same schema in a scratch database, which is dropped");
    Ok(())
}
