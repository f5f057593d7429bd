//! What is printed about the keys: all of it comes from [`howdah_config::keys`] and [`howdah_config::parameters`].

mod kind;
mod range;
mod reference;
mod schema;
mod starter;

pub use reference::render_reference;
pub use schema::render_schema;
pub use starter::render_starter;

pub(crate) use reference::reference_json;

use howdah_config::Key;

/// `database.pool` and `size`.
fn section_and_name(key: &Key) -> (&'static str, &'static str) {
    key.path.rsplit_once('.').unwrap_or(("", key.path))
}
