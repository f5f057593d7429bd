//! The rules between values; a rule that lacks a usable value has nothing to say.

use super::Check;
use crate::keys::find;
use crate::settings::Limits;
use crate::{Kind, Origin, Problem, duration, value};

const ROLES: [&str; 4] = [
    "database.roles.owner",
    "database.roles.migrator",
    "database.roles.app",
    "database.roles.read_only",
];

impl Check<'_> {
    pub(super) fn rules(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.hosts_and_ports());
        problems.extend(self.certificate_and_key());
        problems.extend(self.open_connections());
        problems.extend(self.idle_within_size());
        problems.extend(self.idle_within_lifetime());
        problems.extend(self.four_roles());
        problems.extend(self.one_source_of_each_secret());
        problems.extend(self.decodable_secrets());
        problems.extend(self.extended_limits());
        problems.extend(self.files());
        problems.extend(self.production());
        problems
    }

    /// One port for all, or one for each.
    fn hosts_and_ports(&self) -> Option<Problem> {
        let count = |path| Some(self.merged.text(path)?.split(',').count());
        let hosts = count("database.host")?;
        let of = |path| {
            let number = count(path).filter(|number| *number != 1 && *number != hosts)?;
            let message =
                format!("has {number} entries for {hosts} hosts; write one, or one per host");
            Some(self.problem(path, message))
        };
        let ports = of("database.port");
        let has_addresses = self.merged.text("database.hostaddr") != Some("");
        ports.or_else(|| has_addresses.then(|| of("database.hostaddr")).flatten())
    }

    fn certificate_and_key(&self) -> Option<Problem> {
        let (cert, key) = ("database.tls.cert", "database.tls.key");
        match (self.is_given(cert), self.is_given(key)) {
            (true, false) => Some(self.problem(cert, format!("needs {key} too"))),
            (false, true) => Some(self.problem(key, format!("needs {cert} too"))),
            _ => None,
        }
    }

    fn open_connections(&self) -> Option<Problem> {
        let (size, overflow) = ("database.pool.size", "database.pool.overflow");
        let limits = self
            .merged
            .text("database.pool.limits")
            .and_then(Limits::from_word)?;
        let sum = self
            .get(size, value::integer)?
            .saturating_add(self.get(overflow, value::integer)?);
        if limits == Limits::Standard || sum <= 1_000 {
            return None;
        }
        let path = self.given_one(size, overflow);
        let message = format!("size and overflow must be at most 1000 together, they are {sum}");
        Some(self.problem(path, message))
    }

    fn idle_within_size(&self) -> Option<Problem> {
        let (idle, size) = ("database.pool.max_idle", "database.pool.size");
        let most = self.get(size, value::integer)?;
        if self.get(idle, value::integer)? <= most {
            return None;
        }
        let message = format!(
            "must be at most {size}, which is {most}{}",
            self.place(size)
        );
        Some(self.problem(idle, message))
    }

    fn idle_within_lifetime(&self) -> Option<Problem> {
        let (idle, lifetime) = ("database.pool.idle_timeout", "database.pool.max_lifetime");
        let is_within = self.get(idle, duration::parse)? <= self.get(lifetime, duration::parse)?;
        if is_within || self.given_one(idle, lifetime) == lifetime {
            return None;
        }
        let lifetime_text = self.merged.text(lifetime)?;
        let place = self.place(lifetime);
        let message = format!("must be at most {lifetime}, which is {lifetime_text}{place}");
        Some(self.problem(idle, message))
    }

    fn four_roles(&self) -> Vec<Problem> {
        let pairs = ROLES.iter().enumerate().flat_map(|(index, first)| {
            ROLES
                .iter()
                .skip(index + 1)
                .map(move |second| (*first, *second))
        });
        let same = pairs.filter(|(a, b)| {
            let first = self.merged.text(a);
            first.is_some() && first == self.merged.text(b)
        });
        same.map(|(first, second)| {
            let path = self.given_one(second, first);
            let other = if path == first { second } else { first };
            self.problem(path, format!("must not be the same role as {other}"))
        })
        .collect()
    }

    /// A file and a variable go together, in the order of `secrets.order`; nothing else does.
    fn one_source_of_each_secret(&self) -> Vec<Problem> {
        let sections = ["migrator", "app", "read_only"];
        let problem = |section: &str| {
            let path = |source: &str| format!("database.secrets.{section}.{source}");
            let given =
                |source: &&str| self.is_given(&path(source)) && !self.is_of_url(&path(source));
            let sources = ["file", "env", "credential", "command", "value"];
            let given: Vec<&str> = sources.into_iter().filter(|source| given(source)).collect();
            let [first, .., second] = given[..] else {
                return None;
            };
            if given == ["file", "env"] {
                return None;
            }
            let (first, second) = (path(first), path(second));
            let place = self.place(&first);
            let message = format!("and {first}{place} are two sources of one secret; keep one");
            Some(self.problem(&second, message).with_value(None))
        };
        sections.into_iter().filter_map(problem).collect()
    }

    fn decodable_secrets(&self) -> Vec<Problem> {
        let named = self.merged.leaves().filter_map(|(path, leaf)| {
            let name = leaf
                .as_text()
                .filter(|name| self.sources.undecodable.contains(*name))?;
            let is_secret = find(path).is_some_and(|key| key.kind == Kind::VariableName);
            is_secret.then(|| self.problem(path, format!("the variable {name} is not UTF-8")))
        });
        named.collect()
    }

    fn is_of_url(&self, path: &str) -> bool {
        let leaf = self.merged.leaf(path);
        leaf.is_some_and(|leaf| matches!(leaf.origin, Origin::Url { .. }))
    }

    /// The one that somebody wrote; a default is nobody's mistake.
    fn given_one<'p>(&self, first: &'p str, second: &'p str) -> &'p str {
        let leaf = self.merged.leaf(first);
        if leaf.is_some_and(|leaf| leaf.origin == Origin::Default) {
            second
        } else {
            first
        }
    }
}
