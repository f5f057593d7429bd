//! What a new data directory is made of: a seed of the caller's, an entry of the cache, or `initdb`.

use std::fs;
use std::path::Path;

use crate::cache::{Cache, Held, Hold};
use crate::context::Context;
use crate::copy_tree::copy_tree;
use crate::initdb::Initdb;
use crate::{Error, Event, seed};

/// Makes a complete data directory at `draft`, which must not be there.
pub(crate) async fn fill(
    cx: &mut Context<'_>,
    initdb: Initdb<'_>,
    draft: &Path,
) -> Result<(), Error> {
    if let Some(upstream) = cx.call.upstream {
        cx.tell(Event::CopyingPrimary {
            directory: &upstream.directory,
        });
        return initdb.copy_primary(cx, upstream, draft).await;
    }
    if let Some(seed) = &cx.call.request.seed {
        seed::check(cx.request, seed, Some(initdb.binaries.major))?;
        cx.tell(Event::Copying { directory: seed });
        copy_tree(seed, draft, initdb.account, cx.deadline.remaining()).await?;
        return Ok(());
    }
    if let Some(cache) = Cache::open(cx, &initdb.binaries.directory).await {
        if let Some(held) = cache.hold(cx, Hold::ToCopy).await
            && copy(cx, &cache, &held, initdb, draft).await
        {
            return Ok(());
        }
        if let Some(held) = cache.hold(cx, Hold::ToMake).await {
            // Somebody else may have made it in between.
            if copy(cx, &cache, &held, initdb, draft).await {
                return Ok(());
            }
            cx.tell(Event::InitDb);
            initdb.run(cx, draft).await?;
            cache.store(&held, draft, cx.deadline.remaining()).await;
            drop(held);
            return initdb.set_password(cx, draft).await;
        }
    }
    cx.tell(Event::InitDb);
    initdb.run(cx, draft).await?;
    initdb.set_password(cx, draft).await
}

/// Whether `draft` is a copy of the entry, with the password. If not, it is not there.
async fn copy(
    cx: &mut Context<'_>,
    cache: &Cache,
    held: &Held,
    initdb: Initdb<'_>,
    draft: &Path,
) -> bool {
    let Some(directory) = cache.data(held) else {
        return false;
    };
    let limit = cx.deadline.remaining();
    let copied = match cache.copy_to(held, draft, initdb.account, limit).await {
        Ok(()) => initdb.set_password(cx, draft).await,
        failed => failed,
    };
    let Err(error) = copied else {
        cx.tell(Event::Copying {
            directory: &directory,
        });
        return true;
    };
    tracing::debug!("{} cannot be used: {error}", directory.display());
    if let Err(error) = fs::remove_dir_all(draft) {
        tracing::debug!("cannot remove {}: {error}", draft.display());
    }
    false
}
