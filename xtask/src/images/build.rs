use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use anyhow::{Context, bail};

use super::engine::Engine;
use super::recipe::Recipe;
use super::release::Release;
use super::workshop::Workshop;
use super::{BuildRequest, BuiltImage, rootfs};

/// Builds what is not there. What was done, and what was not, is said to `words`.
///
/// # Errors
/// A file of the recipe is missing, no container engine answers, a package cannot be installed, or a command of the
/// build fails or takes too long; the end of its log is in the message.
pub(crate) fn build(
    request: &BuildRequest,
    words: &mut dyn Write,
) -> anyhow::Result<Vec<BuiltImage>> {
    let releases = request.versions.iter().map(|major| Release::of(*major));
    let recipes = releases
        .map(|release| Recipe::load(&request.root, release?))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let engine = Engine::find()?;
    let mut workshop = None;
    let mut images = Vec::new();
    for recipe in &recipes {
        if !request.force
            && let Some(image) = reuse(recipe, engine)?
        {
            writeln!(words, "{} is there already", image.tag)?;
            images.push(image);
            continue;
        }
        if workshop.is_none() {
            workshop = Some(Workshop::open(&request.root, words)?);
        }
        if let Some(workshop) = &workshop {
            images.push(build_one(recipe, engine, workshop, request.force, words)?);
        }
    }
    Ok(images)
}

/// The recipe's image, if it is there.
pub(super) fn existing(recipe: &Recipe, engine: Engine) -> anyhow::Result<Option<BuiltImage>> {
    let tag = recipe.tag();
    let image = engine.image(&tag)?;
    Ok(image.map(|image| BuiltImage {
        version: recipe.release.major,
        tag,
        size_bytes: image.size_bytes,
        built: false,
    }))
}

/// The recipe's image, if it is there, with the moving tag on it: another recipe (a branch, a workspace) may have been
/// built since.
fn reuse(recipe: &Recipe, engine: Engine) -> anyhow::Result<Option<BuiltImage>> {
    let Some(found) = existing(recipe, engine)? else {
        return Ok(None);
    };
    let moving = recipe.moving_tag();
    if engine.image(&moving)? != engine.image(&found.tag)? {
        engine.tag(&found.tag, &moving)?;
    }
    Ok(Some(found))
}

fn build_one(
    recipe: &Recipe,
    engine: Engine,
    workshop: &Workshop,
    force: bool,
    words: &mut dyn Write,
) -> anyhow::Result<BuiltImage> {
    // Another build may have made it while this one waited for its turn.
    if !force && let Some(image) = reuse(recipe, engine)? {
        writeln!(words, "{} is there now", image.tag)?;
        return Ok(image);
    }
    let tag = recipe.tag();
    let tar = rootfs::rootfs(recipe, workshop, force, words)?;
    let packages = rootfs::packages(&tar, recipe.release.major)?;
    writeln!(words, "building {tag}")?;
    let context = workshop.unfinished()?;
    fill(&context, recipe, &tar)?;
    let log = workshop.path(&format!("build-{}.log", recipe.release.major));
    engine.build(recipe, &packages, &context, &log)?;
    workshop.clear()?;
    engine.prune()?;
    let Some(image) = engine.image(&tag)? else {
        bail!("the engine has built {tag}, but does not have it");
    };
    Ok(BuiltImage {
        version: recipe.release.major,
        tag,
        size_bytes: image.size_bytes,
        built: true,
    })
}

/// Lays out what `docker build` is given.
fn fill(context: &Path, recipe: &Recipe, tar: &Path) -> anyhow::Result<()> {
    for name in ["Dockerfile", "entry.sh"] {
        let from = recipe.directory.join(name);
        fs::copy(&from, context.join(name))
            .with_context(|| format!("cannot copy {}", from.display()))?;
    }
    // Set here, because a checkout may have lost it.
    fs::set_permissions(context.join("entry.sh"), fs::Permissions::from_mode(0o755))?;
    fs::hard_link(tar, context.join("rootfs.tar"))
        .with_context(|| format!("cannot link {}", tar.display()))
}
