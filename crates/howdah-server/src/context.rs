use std::fmt;
use std::path::Path;

use howdah_secrets::Secret;

use crate::deadline::Deadline;
use crate::{Event, Request};

/// What every step of a start needs.
pub(crate) struct Context<'a> {
    pub(crate) directory: &'a Path,
    pub(crate) request: &'a Request,
    pub(crate) password: &'a Secret,
    pub(crate) deadline: Deadline,
    pub(crate) on_event: &'a mut (dyn FnMut(Event<'_>) + Send),
}

impl Context<'_> {
    pub(crate) fn tell(&mut self, event: Event<'_>) {
        tracing::debug!("{event}");
        (self.on_event)(event);
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("directory", &self.directory)
            .finish_non_exhaustive()
    }
}
