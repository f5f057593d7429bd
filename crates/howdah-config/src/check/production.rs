//! What production refuses.

use howdah_secrets::is_placeholder;

use super::Check;
use crate::settings::{Direct, Environment, Host, OnFailure, TlsMode};
use crate::url::ConnectionUrl;
use crate::{Origin, Problem};

const URL: &str = "database.url";
const DIRECT_URL: &str = "database.direct_url";

const PASSWORDS: [(&str, &str); 3] = [
    (
        "database.secrets.migrator.value",
        "database.secrets.migrator.env",
    ),
    ("database.secrets.app.value", "database.secrets.app.env"),
    (
        "database.secrets.read_only.value",
        "database.secrets.read_only.env",
    ),
];

impl Check<'_> {
    pub(super) fn production(&self) -> Vec<Problem> {
        let environment = self.merged.text("database.environment");
        if environment.and_then(Environment::from_word) != Some(Environment::Production) {
            return Vec::new();
        }
        let mut problems = Vec::new();
        problems.extend(self.plaintext());
        problems.extend(self.continues_after_failure());
        problems.extend(self.direct_plaintext());
        problems.extend(self.password_in(URL, "database.secrets.app"));
        problems.extend(self.password_in(DIRECT_URL, "database.secrets.migrator"));
        for (value, variable) in PASSWORDS {
            problems.extend(self.written_password(value));
            problems.extend(self.placeholder(variable));
        }
        problems
    }

    fn plaintext(&self) -> Option<Problem> {
        let mode = "database.tls.mode";
        let is_enough = self.merged.text(mode).and_then(TlsMode::from_word)? >= TlsMode::Require;
        let addresses = self.merged.text("database.hostaddr");
        let hosts = addresses.filter(|text| !text.is_empty());
        let hosts = hosts.or_else(|| self.merged.text("database.host"))?;
        let is_default = self.merged.leaf(mode)?.origin == Origin::Default;
        let is_asked_for = self.merged.text("database.tls.local_plaintext") == Some("true");
        // What nobody set is the developer's default, and harmless on the loopback; what somebody wrote is checked.
        let may_be_local = is_default || is_asked_for;
        let is_safe = |host: &str| is_socket(host) || (may_be_local && is_loopback(host));
        if is_enough || hosts.split(',').all(is_safe) {
            return None;
        }
        let problem = self.problem(mode, "is not allowed in production");
        let is_local = hosts
            .split(',')
            .all(|host| is_socket(host) || is_loopback(host));
        Some(problem.expected(if is_local {
            "require, verify-ca or verify-full, or database.tls.local_plaintext: true"
        } else {
            "require, verify-ca or verify-full"
        }))
    }

    fn continues_after_failure(&self) -> Option<Problem> {
        let path = "database.migrations.on_failure";
        let continues = self.merged.text(path) == Some(OnFailure::Continue.to_string().as_str());
        let problem = || {
            self.problem(path, "is not allowed in production")
                .expected("abort")
        };
        continues.then(problem)
    }

    fn password_in(&self, path: &str, instead: &str) -> Option<Problem> {
        let url = ConnectionUrl::parse(self.merged.text(path)?).ok()?;
        let message = format!(
            "holds a password, which is not allowed in production; leave it out, and name a file or a variable below \
             {instead}"
        );
        url.password.is_some().then(|| self.problem(path, message))
    }

    /// What it does not say is said, and checked, for all.
    fn direct_plaintext(&self) -> Option<Problem> {
        let url = ConnectionUrl::parse(self.merged.text(DIRECT_URL)?).ok()?;
        let direct = Direct::of(&url).ok()?;
        let mode = self.merged.text("database.tls.mode");
        let mode = direct.tls_mode.or(mode.and_then(TlsMode::from_word))?;
        let is_asked_for = self.merged.text("database.tls.local_plaintext") == Some("true");
        let is_safe =
            |host: &Host| is_socket(&host.host) || is_asked_for && is_loopback(&host.host);
        if mode >= TlsMode::Require || direct.hosts.iter().all(is_safe) {
            return None;
        }
        let problem = self.problem(
            DIRECT_URL,
            "leads to the server without TLS, which is not allowed in production",
        );
        Some(problem.expected("sslmode=require, verify-ca or verify-full"))
    }

    fn written_password(&self, path: &str) -> Option<Problem> {
        let leaf = self.merged.leaf(path).filter(|_| self.is_given(path))?;
        let message = "is a password that is written down, which is not allowed in production; name a file or a variable";
        let is_of_url = matches!(leaf.origin, Origin::Url { .. });
        (!is_of_url).then(|| self.problem(path, message))
    }

    fn placeholder(&self, path: &str) -> Option<Problem> {
        let name = self.merged.text(path)?;
        let value = self.sources.environment.get(name)?;
        let message =
            format!("the variable {name} holds a placeholder, which is no password for production");
        is_placeholder(value).then(|| self.problem(path, message))
    }
}

/// A socket of this machine's file system: nobody listens in between, and TLS is not spoken there.
fn is_socket(host: &str) -> bool {
    host.starts_with('/') || host.starts_with('@')
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let loopback = |address: std::net::IpAddr| address.is_loopback();
    host.eq_ignore_ascii_case("localhost") || address.parse().is_ok_and(loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_this_machine_are_loopback_and_others_are_not() {
        for host in ["localhost", "127.0.0.1", "127.1.2.3", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "db",
            "10.0.0.1",
            "localhost.example.org",
            "127.0.0.1.example.org",
            "/run/pg",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
