use crate::check::{IDLE, IDLE_OUTSIDE};
use crate::lint::raw::Raw;
use crate::lint::source::Source;

/// Outside a transaction the engine refuses it. Inside, it counts as applied, and who fills it in later has edited what
/// is applied. A way back may have nothing to do.
pub(in crate::lint) fn check(source: &Source<'_>) -> Vec<Raw> {
    let help = "write its statements, or remove the file";
    let found = match source {
        source if !source.is_idle => None,
        source if !source.transactional => Some(Raw::new("no-statement", 0, IDLE_OUTSIDE)),
        source if source.is_down => None,
        _ => Some(Raw::new("no-statement", 0, IDLE).warning()),
    };
    found.map(|raw| raw.help(help)).into_iter().collect()
}
