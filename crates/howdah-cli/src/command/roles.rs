mod admin;
mod adopt;
mod apply;
mod intent;
mod manifest;
mod parts;
mod plan;
mod remove;
mod rotate;
mod unchanged;
mod verify;
mod work;
mod yaml;

pub(crate) use manifest::InManifest;

use std::path::Path;

use self::admin::Admin;
use self::intent::Intent;
use crate::args::{Common, RolesArgs, RolesCommand};
use crate::settings::Sources;
use crate::{Error, Exit, Output, settings};

/// Runs `howdah roles`.
pub(crate) async fn run(
    args: RolesArgs,
    common: Common,
    output: &mut Output,
) -> Result<Exit, Error> {
    let sources = Sources {
        file: common.config.clone(),
        ..Sources::default()
    };
    let loaded = settings::load(Path::new("."), sources, output)?;
    let url = admin::url(args.url);
    let admin = |output: &mut Output| Admin::of(url.as_deref(), &common, &loaded, output);
    match args.command {
        RolesCommand::Plan { wanted, sql } => {
            let intent = Intent::of(&wanted, &loaded, output)?;
            plan::run(&intent.work(admin(output)?).await?, sql, output).await
        }
        RolesCommand::Apply { wanted, yes } => {
            let intent = Intent::of(&wanted, &loaded, output)?;
            apply::run(&intent.work(admin(output)?).await?, yes, output).await
        }
        RolesCommand::Verify { wanted } => {
            let work = match url {
                Some(_) => {
                    let intent = Intent::of(&wanted, &loaded, output)?;
                    Some(intent.work(admin(output)?).await?)
                }
                None => None,
            };
            verify::run(&loaded, work.as_ref(), output).await
        }
        RolesCommand::Adopt(args) => adopt::run(&admin(output)?, args.database, output).await,
        RolesCommand::Remove(args) => {
            let intent = Intent::removal(&args, &loaded);
            remove::run(&intent.work(admin(output)?).await?, &args, output).await
        }
        RolesCommand::Rotate(args) => {
            let is_production = intent::is_production(&loaded);
            rotate::run(&admin(output)?, &args, is_production, output).await
        }
    }
}
