use super::work::Work;
use crate::{Error, Exit, Output};

pub(super) async fn run(work: &Work, yes: bool, output: &mut Output) -> Result<Exit, Error> {
    output.begin("laying out the roles");
    let parts = work.apply(yes).await?;
    output.done(format_args!("{} change(s) made", parts.len()));
    output
        .result(&parts, &parts.json())
        .map_err(Error::step("printing the result"))?;
    Ok(Exit::Ok)
}
