//! The rules between values; a rule that lacks a usable value has nothing to say.

use super::Check;
use crate::settings::{Environment, Limits, OnFailure, TlsMode};
use crate::{Origin, Problem, duration, value};

const ROLES: [&str; 4] = [
    "database.roles.owner",
    "database.roles.migrator",
    "database.roles.app",
    "database.roles.read_only",
];

impl Check<'_> {
    pub(super) fn rules(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        problems.extend(self.host());
        problems.extend(self.certificate_and_key());
        problems.extend(self.open_connections());
        problems.extend(self.idle_within_lifetime());
        problems.extend(self.four_roles());
        if self.is_production() {
            problems.extend(self.production_tls());
            problems.extend(self.production_failure());
        }
        problems
    }

    fn is_production(&self) -> bool {
        let environment = self.merged.text("database.environment");
        environment.and_then(Environment::from_word) == Some(Environment::Production)
    }

    fn host(&self) -> Option<Problem> {
        let host = self.merged.text("database.host")?;
        let message = if host.contains("://") {
            "must be a host name, not a URL"
        } else if host.contains(char::is_whitespace) {
            "must not hold spaces"
        } else {
            return None;
        };
        // A URL may hold a password.
        let problem = self.problem("database.host", message);
        Some(if host.contains('@') {
            problem.with_value(None)
        } else {
            problem
        })
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

    fn idle_within_lifetime(&self) -> Option<Problem> {
        let (idle, lifetime) = ("database.pool.idle_timeout", "database.pool.max_lifetime");
        let is_within = self.get(idle, duration::parse)? <= self.get(lifetime, duration::parse)?;
        if is_within || self.given_one(idle, lifetime) == lifetime {
            return None;
        }
        let lifetime_text = self.merged.text(lifetime)?;
        let message = format!("must be at most {lifetime}, which is {lifetime_text}");
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

    fn production_tls(&self) -> Option<Problem> {
        let mode = "database.tls.mode";
        let is_enough = self.merged.text(mode).and_then(TlsMode::from_word)? >= TlsMode::Require;
        let host = self.merged.text("database.host")?;
        if is_enough || is_this_machine(host) {
            return None;
        }
        let message = "must be require, verify-ca or verify-full in production, unless the host is this machine";
        Some(self.problem(mode, message))
    }

    fn production_failure(&self) -> Option<Problem> {
        let path = "database.migrations.on_failure";
        let continues = self.merged.text(path) == Some(OnFailure::Continue.to_string().as_str());
        continues.then(|| self.problem(path, "must be abort in production"))
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

/// Loopback, or the directory of a Unix socket: nobody listens in between.
fn is_this_machine(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = |address: std::net::IpAddr| address.is_loopback();
    host.starts_with('/')
        || host.starts_with('@')
        || host.eq_ignore_ascii_case("localhost")
        || address.parse().is_ok_and(loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_and_sockets_are_this_machine() {
        for host in [
            "localhost",
            "127.0.0.1",
            "127.1.2.3",
            "::1",
            "[::1]",
            "/var/run/postgresql",
        ] {
            assert!(is_this_machine(host), "{host}");
        }
        for host in [
            "db",
            "10.0.0.1",
            "localhost.example.org",
            "127.0.0.1.example.org",
        ] {
            assert!(!is_this_machine(host), "{host}");
        }
    }
}
