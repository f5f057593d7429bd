use std::sync::Arc;

use crate::Error;
use crate::admin::Admin;
use crate::reap::{Doomed, remove};

const STEP: &str = "dropping test databases";
/// A database of nothing but the catalogs.
const SMALLEST: u64 = 7 << 20;

/// Marks a database as one that nobody uses any more. What such databases may take is limited: beyond that, each that
/// comes drops the oldest. The others are gone with their server in the end, which costs much less than dropping each.
pub(crate) async fn doom(admin: &Arc<Admin>, name: &str, bytes: i64) -> Result<(), Error> {
    let owner = admin.owner().await?;
    let bytes = u64::try_from(bytes).unwrap_or(0).max(SMALLEST);
    let most = i64::try_from(admin.room() / bytes).unwrap_or(i64::MAX);
    let mut connection = admin.acquire().await?;
    sqlx::query(include_str!("../sql/doom_one.sql"))
        .bind(name)
        .bind(owner)
        .execute(&mut *connection)
        .await
        .map_err(Error::step(STEP))?;
    drop(connection);
    // Two for one: what dead processes left is also above the limit.
    for _ in 0..2 {
        let Some(claimed) = claim(admin, owner, most).await? else {
            break;
        };
        remove(admin, &claimed).await?;
    }
    Ok(())
}

/// The oldest, if there are too many.
async fn claim(admin: &Admin, owner: i64, most: i64) -> Result<Option<Doomed>, Error> {
    let mut connection = admin.acquire().await?;
    sqlx::query_as(include_str!("../sql/claim.sql"))
        .bind(owner)
        .bind(most)
        .fetch_optional(&mut *connection)
        .await
        .map_err(Error::step(STEP))
}
