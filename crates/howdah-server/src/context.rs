use std::fmt;
use std::ops::Deref;
use std::path::Path;

use howdah_secrets::Secret;

use crate::deadline::Deadline;
use crate::files::Files;
use crate::replica::Upstream;
use crate::{Event, Request};

/// What is asked for, where, and until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) request: &'a Request,
    pub(crate) password: &'a Secret,
    pub(crate) files: &'a Files,
    /// The primary, if it is a replica that is started.
    pub(crate) upstream: Option<&'a Upstream>,
    pub(crate) deadline: Deadline,
}

/// The same with somebody to tell about it. Steps that tell nothing take the [`Call`].
pub(crate) struct Context<'a> {
    pub(crate) call: Call<'a>,
    pub(crate) on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
}

impl Context<'_> {
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        tracing::debug!("{event}");
        (self.on_event)(event);
    }
}

impl<'a> Deref for Context<'a> {
    type Target = Call<'a>;

    fn deref(&self) -> &Call<'a> {
        &self.call
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.call.fmt(f)
    }
}
