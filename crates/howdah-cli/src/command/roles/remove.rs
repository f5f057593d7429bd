use howdah_roles::Error as RolesError;

use super::plan;
use super::work::Work;
use crate::args::RemoveArgs;
use crate::{Error, Exit, Output};

pub(super) async fn run(
    work: &Work,
    args: &RemoveArgs,
    output: &mut Output,
) -> Result<Exit, Error> {
    if args.dry_run {
        return plan::run(work, false, output).await;
    }
    output.begin("removing the role");
    let parts = work.apply(args.yes).await?;
    // Such as something in a database that nobody may connect to.
    if !parts.left().is_empty() {
        let left = parts.left().to_vec();
        return Err(Error::step("removing the role")(RolesError::NotEffective {
            left,
        }));
    }
    match parts.len() {
        0 => output.done(format_args!("there is no role {}", args.role.as_str())),
        _ => output.done(format_args!("{} is gone", args.role.as_str())),
    }
    output
        .result(&parts, &parts.json())
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
