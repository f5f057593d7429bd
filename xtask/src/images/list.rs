use std::io::Write;
use std::path::Path;

use super::BuiltImage;
use super::build::existing;
use super::engine::Engine;
use super::recipe::Recipe;
use super::release::RELEASES;

/// The images of the present recipe that are there. To `words` goes how to build the others.
///
/// # Errors
/// A file of the recipe is missing, or no container engine answers.
pub(crate) fn list(root: &Path, words: &mut dyn Write) -> anyhow::Result<Vec<BuiltImage>> {
    let engine = Engine::find()?;
    let mut images = Vec::new();
    for release in RELEASES {
        let recipe = Recipe::load(root, release)?;
        match existing(&recipe, engine)? {
            Some(image) => images.push(image),
            None => writeln!(
                words,
                "{} is not there; build it with: cargo xtask images build --pg {}",
                recipe.tag(),
                release.major
            )?,
        }
    }
    Ok(images)
}
