//! Which server to start, as a function of facts: it asks nobody and does nothing.

use crate::binaries::{Binaries, OLDEST};
use crate::engine::Engine;
use crate::{Choice, Request, Tried};

/// Major versions of locally built images, in the order in which they are taken.
const BUILT: [u16; 4] = [17, 18, 15, 13];
const DEFAULT_MAJOR: u16 = 17;

/// An engine with the images it has.
pub(crate) type Answering = (Engine, Vec<String>);

/// What was found on this computer.
#[derive(Debug)]
pub(crate) struct Facts {
    /// An engine that answers with its images, or why there is none. `None`: nobody asked.
    pub(crate) engine: Option<Result<Answering, Vec<Tried>>>,
    /// Server binaries. `None`: nobody asked.
    pub(crate) binaries: Option<Vec<Binaries>>,
    /// Whether server binaries may be installed, or why not.
    pub(crate) install: Result<(), Tried>,
}

/// A way to a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    Container {
        engine: Engine,
        image: String,
        pull: bool,
    },
    Local(Binaries),
    Install,
}

/// The ways to go, best first, and those that are closed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Decision {
    pub(crate) ways: Vec<Way>,
    pub(crate) closed: Vec<Tried>,
    /// Why nothing may be installed: only of interest when nothing else helps.
    pub(crate) no_install: Option<Tried>,
}

/// What is there comes before what has to be fetched, and containers before binaries.
pub(crate) fn decide(request: &Request, facts: Facts) -> Decision {
    let mut decision = Decision::default();
    let mut pull = None;
    if let Some(engine) = facts.engine {
        match container(request, engine) {
            Ok(way @ Way::Container { pull: true, .. }) => pull = Some(way),
            Ok(way) => decision.ways.push(way),
            Err(closed) => decision.closed.extend(closed),
        }
    }
    if let Some(binaries) = facts.binaries {
        match local(request, binaries) {
            Ok(way) => decision.ways.push(way),
            Err(closed) => decision.closed.push(closed),
        }
    }
    decision.ways.extend(pull);
    if request.choice != Choice::Container {
        match facts.install {
            Ok(()) => decision.ways.push(Way::Install),
            Err(closed) => decision.no_install = Some(closed),
        }
    }
    decision
}

/// The image that is asked for, by name or by version.
pub(crate) fn wanted_image(request: &Request) -> String {
    request.image.clone().unwrap_or_else(|| {
        let major = request.version.unwrap_or(DEFAULT_MAJOR);
        format!("postgres:{major}-alpine")
    })
}

fn container(request: &Request, engine: Result<Answering, Vec<Tried>>) -> Result<Way, Vec<Tried>> {
    let (engine, images) = engine?;
    let wanted = wanted_image(request);
    let built: Vec<String> = match (&request.image, request.version) {
        (Some(_), _) => Vec::new(),
        (None, Some(major)) => vec![built(major)],
        (None, None) => BUILT.iter().map(|major| built(*major)).collect(),
    };
    let present = std::iter::once(&wanted)
        .chain(&built)
        .find(|image| images.iter().any(|there| same_image(there, image)));
    Ok(Way::Container {
        engine,
        pull: present.is_none(),
        image: present.unwrap_or(&wanted).clone(),
    })
}

fn built(major: u16) -> String {
    format!("howdah-postgres:{major}")
}

/// Podman gives full names where Docker gives short ones.
fn same_image(full: &str, wanted: &str) -> bool {
    let short = |name: &str| -> String {
        let name = ["docker.io/library/", "docker.io/", "localhost/"]
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name);
        if name
            .rsplit('/')
            .next()
            .is_some_and(|last| last.contains(':'))
        {
            name.to_owned()
        } else {
            format!("{name}:latest")
        }
    };
    short(full) == short(wanted)
}

fn local(request: &Request, binaries: Vec<Binaries>) -> Result<Way, Tried> {
    let found: Vec<u16> = binaries.iter().map(|binaries| binaries.major).collect();
    let fitting = binaries
        .into_iter()
        .filter(|binaries| match request.version {
            Some(major) => binaries.major == major,
            None => binaries.major >= OLDEST,
        });
    fitting
        .max_by_key(|binaries| binaries.major)
        .map(Way::Local)
        .ok_or_else(|| no_binaries(request.version, &found))
}

fn no_binaries(wanted: Option<u16>, found: &[u16]) -> Tried {
    let what = wanted.map_or_else(
        || "server binaries".to_owned(),
        |major| format!("server binaries of version {major}"),
    );
    let why = if found.is_empty() {
        "no `postgres` and `initdb` on the PATH, in `pg_config --bindir` or where packages put them"
            .to_owned()
    } else {
        let found: Vec<String> = found.iter().map(u16::to_string).collect();
        format!("only those of version {} are here", found.join(", "))
    };
    Tried::new(what, why, install_command(wanted))
}

fn install_command(wanted: Option<u16>) -> String {
    if cfg!(target_os = "macos") {
        return format!(
            "`brew install postgresql@{}`",
            wanted.unwrap_or(DEFAULT_MAJOR)
        );
    }
    let package = wanted.map_or_else(
        || "postgresql".to_owned(),
        |major| format!("postgresql-{major}"),
    );
    format!(
        "`sudo apt-get install --no-install-recommends {package}`, or your system's package of the server"
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn engine() -> Engine {
        Engine::new("docker", "/usr/bin/docker".into(), None, &BTreeMap::new())
    }

    fn facts(images: Option<&[&str]>, majors: &[u16], install: bool) -> Facts {
        let closed = || Tried::new("install", "not root", "sudo");
        Facts {
            engine: Some(images.map_or_else(
                || Err(vec![Tried::new("docker", "no answer", "start it")]),
                |images| {
                    Ok((
                        engine(),
                        images.iter().map(|image| (*image).to_owned()).collect(),
                    ))
                },
            )),
            binaries: Some(majors.iter().map(|major| binaries(*major)).collect()),
            install: if install { Ok(()) } else { Err(closed()) },
        }
    }

    fn binaries(major: u16) -> Binaries {
        Binaries {
            directory: format!("/usr/lib/postgresql/{major}/bin").into(),
            major,
        }
    }

    fn request(version: Option<u16>, image: Option<&str>) -> Request {
        let mut request = Request::new(BTreeMap::new());
        request.version = version;
        request.image = image.map(ToOwned::to_owned);
        request
    }

    /// `c:image`, `p:image` (pulled), `l:major`, `i`.
    fn ways(request: &Request, facts: Facts) -> Vec<String> {
        let decision = decide(request, facts);
        decision
            .ways
            .iter()
            .map(|way| match way {
                Way::Container { image, pull, .. } => {
                    format!("{}:{image}", if *pull { 'p' } else { 'c' })
                }
                Way::Local(binaries) => format!("l:{}", binaries.major),
                Way::Install => "i".to_owned(),
            })
            .collect()
    }

    #[test]
    fn an_image_that_is_here_comes_first_then_binaries_then_what_must_be_fetched() {
        let any = request(None, None);
        let images: &[&str] = &["howdah-postgres:15", "postgres:17-alpine"];
        assert_eq!(
            ways(&any, facts(Some(images), &[15], true)),
            ["c:postgres:17-alpine", "l:15", "i"]
        );
        assert_eq!(
            ways(&any, facts(Some(&[]), &[13, 16, 15], true)),
            ["l:16", "p:postgres:17-alpine", "i"]
        );
        assert_eq!(
            ways(&any, facts(Some(&[]), &[12], false)),
            ["p:postgres:17-alpine"]
        );
        assert_eq!(ways(&any, facts(None, &[], true)), ["i"]);
    }

    #[test]
    fn a_locally_built_image_stands_in_for_the_default_one() {
        let images: &[&str] = &["localhost/howdah-postgres:13", "howdah-postgres:15"];
        assert_eq!(
            ways(&request(None, None), facts(Some(images), &[], false)),
            ["c:howdah-postgres:15"]
        );
        assert_eq!(
            ways(&request(Some(13), None), facts(Some(images), &[15], false)),
            ["c:howdah-postgres:13"]
        );
        assert_eq!(
            ways(&request(Some(18), None), facts(Some(images), &[15], false)),
            ["p:postgres:18-alpine"]
        );
    }

    #[test]
    fn an_image_asked_for_by_name_is_not_replaced_by_another() {
        let images: &[&str] = &["howdah-postgres:17", "docker.io/library/postgres:17-alpine"];
        assert_eq!(
            ways(
                &request(None, Some("timescale/db")),
                facts(Some(images), &[], false)
            ),
            ["p:timescale/db"]
        );
        assert_eq!(
            ways(&request(Some(17), None), facts(Some(images), &[], false)),
            ["c:postgres:17-alpine"]
        );
    }

    #[test]
    fn every_closed_way_says_what_would_open_it() {
        let decision = decide(&request(Some(17), None), facts(None, &[15], false));
        assert!(decision.ways.is_empty());
        let all: Vec<&Tried> = decision.closed.iter().chain(&decision.no_install).collect();
        assert_eq!(all.len(), 3);
        assert!(all.iter().all(|tried| !tried.mend.is_empty()));
        assert_eq!(decision.closed[1].why, "only those of version 15 are here");
    }
}
