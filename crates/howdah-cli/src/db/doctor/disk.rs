use std::path::Path;

use super::finding::Finding;
use super::site::Site;

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

pub(crate) fn check(site: &Site) -> Vec<Finding> {
    let data = site.project.state().join("data");
    let project = if data.exists() {
        data.as_path()
    } else {
        site.project.root()
    };
    let mut findings: Vec<Finding> = space(project)
        .map(|(free, _)| of_space(&format!("where {} is", project.display()), free))
        .into_iter()
        .collect();
    // A Mac has none.
    findings.extend(space(Path::new("/dev/shm")).map(|(_, size)| of_shared_memory(size)));
    findings
}

pub(crate) fn of_engine(name: &str, root: &Path) -> Option<Finding> {
    // The engine of another system, as Docker Desktop's, has its files elsewhere.
    let (free, _) = space(root)?;
    Some(of_space(
        &format!("where {name} keeps its images and volumes"),
        free,
    ))
}

fn of_space(place: &str, free: u64) -> Finding {
    let detail = format!("{} free {place}", shown(free));
    let mend = "docker system prune, or remove what is not needed";
    match free {
        free if free < 100 * MIB => Finding::problem("disk", detail).mend(mend),
        free if free < GIB => Finding::warning("disk", detail).mend(mend),
        _ => Finding::ok("disk", detail),
    }
}

/// A container of db-up has its own, of 256 MB.
fn of_shared_memory(size: u64) -> Finding {
    let detail = format!("{} in /dev/shm", shown(size));
    if size < 64 * MIB {
        return Finding::warning(
            "shm",
            format!("{detail}, too little for parallel queries of a local server"),
        )
        .mend("sudo mount -o remount,size=256m /dev/shm");
    }
    Finding::ok("shm", detail)
}

/// Free for this user, and in all.
fn space(path: &Path) -> Option<(u64, u64)> {
    let found = rustix::fs::statvfs(path).ok()?;
    Some((
        found.f_bavail.saturating_mul(found.f_frsize),
        found.f_blocks.saturating_mul(found.f_frsize),
    ))
}

fn shown(bytes: u64) -> String {
    if bytes >= GIB {
        format!("{} GB", bytes / GIB)
    } else {
        format!("{} MB", bytes / MIB)
    }
}

#[cfg(test)]
mod tests {
    use super::super::finding::State;
    use super::*;

    #[test]
    fn little_space_is_a_warning_and_none_a_problem() {
        let state = |free| of_space("here", free).state;
        assert_eq!(state(99 * MIB), State::Problem);
        assert_eq!(state(GIB - 1), State::Warning);
        assert_eq!(state(GIB), State::Ok);
    }

    #[test]
    fn little_shared_memory_is_a_warning() {
        assert_eq!(of_shared_memory(63 * MIB).state, State::Warning);
        assert_eq!(of_shared_memory(64 * MIB).state, State::Ok);
    }

    #[test]
    fn every_path_has_a_file_system() {
        assert!(space(Path::new("/")).is_some_and(|(free, all)| free <= all && all > 0));
    }
}
