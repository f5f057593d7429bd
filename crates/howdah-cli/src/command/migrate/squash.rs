use std::path::Path;

use howdah_migrate::{
    Beside, Migration, Migrations, Target, Version, replaces_comment, script_of_dump,
};
use serde_json::json;

use super::pg_dump::PgDump;
use super::place::{Place, version};
use super::proof::{self, Ask};
use super::{json, new};
use crate::args::SquashArgs;
use crate::{Error, Exit, Output, clock};

/// Writes one file that makes what many make, and proves that it does.
pub(super) async fn run(
    place: &Place,
    args: &SquashArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    let migrations = place.migrations()?;
    let chosen = Chosen::of(&migrations, args)?;
    let (script, fingerprint, left_out) = write(place, &migrations, &chosen, args, output).await?;
    let path = place.files.directory.join(&chosen.file);
    if !args.dry_run {
        new::put(&path, &script)?;
        output.note(format_args!(
            "the {} file(s) that it replaces may be removed now, or once every database has it",
            chosen.versions.len()
        ));
    }
    let value = json!({
        "version": chosen.version.as_i64(),
        "file": path.display().to_string(),
        "replaces": json::versions(&chosen.versions),
        "left_out": left_out,
        "fingerprint": fingerprint,
        "script": args.dry_run.then_some(&script),
    });
    let text = if args.dry_run {
        script
    } else {
        format!("{}\n", path.display())
    };
    output
        .result(text, &value)
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}

/// What is replaced, and by which file.
struct Chosen {
    versions: Vec<Version>,
    version: Version,
    file: String,
}

impl Chosen {
    fn of(migrations: &Migrations, args: &SquashArgs) -> Result<Self, Error> {
        let to = args.to.map(version).transpose()?;
        let (old, newer): (Vec<&Migration>, Vec<&Migration>) = migrations
            .iter()
            .partition(|migration| to.is_none_or(|to| migration.version() <= to));
        let last = old
            .last()
            .filter(|last| to.is_none_or(|to| last.version() == to));
        let Some(last) = last else {
            let what = to.map_or_else(|| "at all".to_owned(), |to| format!("of the version {to}"));
            return Err(Error::Usage(format!("there is no migration {what}")));
        };
        if let [one] = old.as_slice() {
            let message = format!(
                "{} is the only one, so there is nothing to make one of",
                one.file()
            );
            return Err(Error::Usage(message));
        }
        no_squash_beside(&old)?;
        let version = behind(last, newer.first().copied())?;
        let name = new::name(&args.description)?;
        Ok(Self {
            versions: old.iter().map(|migration| migration.version()).collect(),
            file: format!("{version}_{name}.sql"),
            version: self::version(version.parse().unwrap_or_default())?,
        })
    }

    /// The head of the file: what it replaces, and what it is.
    fn head(&self, args: &SquashArgs) -> String {
        let replaces = replaces_comment(self.versions.iter().copied());
        format!(
            "{replaces}-- {}: what these make together.\n",
            args.description
        )
    }
}

/// The files of an older squash must be gone: two that stand for each other would be in one directory.
fn no_squash_beside(old: &[&Migration]) -> Result<(), Error> {
    for squash in old.iter().filter(|one| one.replaces().len() > 0) {
        let replaced =
            |one: &&&Migration| squash.replaces().any(|version| version == one.version());
        if let Some(beside) = old.iter().find(replaced) {
            return Err(Error::Usage(format!(
                "{} replaces {}, which is still there: remove what it replaces first, and bring every database there",
                squash.file(),
                beside.file()
            )));
        }
    }
    Ok(())
}

/// With as many digits as the others have.
fn behind(last: &Migration, next: Option<&Migration>) -> Result<String, Error> {
    let Some(next) = next else {
        return new::version(Some(last), None, clock::now());
    };
    let free = last.version().as_i64() + 1;
    if next.version().as_i64() == free {
        return Err(Error::Usage(format!(
            "there is no free version between {} and {}: squash up to the newest, or to one that has a gap behind it",
            last.file(),
            next.file()
        )));
    }
    let digits = Path::new(last.file())
        .file_name()
        .and_then(|name| name.to_str()?.split('_').next())
        .map_or(0, str::len);
    Ok(format!("{free:0digits$}"))
}

async fn write(
    place: &Place,
    migrations: &Migrations,
    chosen: &Chosen,
    args: &SquashArgs,
    output: &mut Output,
) -> Result<(String, String, Vec<String>), Error> {
    let server = {
        let conn = place.connect(output).await?;
        proof::major(conn.server_version_num())
    };
    let ask = Ask {
        pg_dump: PgDump::find(&args.dump, server).await?,
        data: args.with_data,
    };
    let last = chosen.versions.last().copied();
    let target = last.map_or(Target::Newest, Target::Version);
    output.begin("applying the old files to a scratch database");
    let history = (migrations.clone(), target);
    let history = proof::make(place, &args.shadow, history, Some(ask), output).await?;
    output.done("the old files ran in a scratch database, which is dropped");

    let dump = history.dump.as_deref().unwrap_or_default();
    let options = &place.options;
    let body = script_of_dump(
        dump,
        &history.beside,
        &options.schema,
        options.role.as_ref(),
    );
    let script = format!("{}\n{body}", chosen.head(args));
    output.begin("applying the new file to a scratch database");
    let squash =
        Migrations::single(&chosen.file, &script).map_err(Error::step("reading the file"))?;
    let squash = (squash, Target::Newest);
    let made = proof::make(place, &args.shadow, squash, None, output).await?;
    proof::compare(&history.catalog, &made.catalog)?;
    let left_out = left_out(&history.beside, &made.beside);
    if !left_out.is_empty() && !args.schema_only {
        return Err(Error::NotConfirmed(format!(
            "the old files also make what is no definition in the schema, and the new one would not: {}. Give --with-data \
             to keep rows, or --schema-only to leave all of it out",
            left_out.join(", ")
        )));
    }
    for one in &left_out {
        output.note(format_args!("left out: {one}"));
    }
    output.done("the new file makes the same in a scratch database, which is dropped");
    Ok((script, made.catalog.fingerprint().to_string(), left_out))
}

fn left_out(history: &Beside, squash: &Beside) -> Vec<String> {
    let rows = history
        .rows
        .iter()
        .filter(|table| !squash.rows.contains(table));
    let rows = rows.map(|table| format!("rows of {table}"));
    let objects = history.objects.difference(&squash.objects).cloned();
    rows.chain(objects).collect()
}
