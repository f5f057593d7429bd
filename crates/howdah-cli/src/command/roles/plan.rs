use super::work::{Work, lacking};
use crate::describe::describe;
use crate::{Error, Exit, Output};

pub(super) async fn run(work: &Work, sql: bool, output: &mut Output) -> Result<Exit, Error> {
    let parts = work.plan().await?;
    let error = lacking(&parts);
    let mut value = parts.json();
    if let (Some(error), Some(fields)) = (&error, value.as_object_mut()) {
        fields.insert("error".to_owned(), describe(error));
    }
    let text = if sql { parts.sql() } else { parts.to_string() };
    output
        .result(text, &value)
        .map_err(Error::step("printing the result"))?;
    error.map_or(Ok(()), Err)?;
    Ok(if parts.is_clean() {
        Exit::Ok
    } else {
        Exit::Pending
    })
}
