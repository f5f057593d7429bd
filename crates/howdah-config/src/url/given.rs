use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use howdah_secrets::Secret;

use super::fault::Fault;
use super::parameter::{self, Parameter};
use super::part::Part;
use super::{ConnectionUrl, hosts, unknown, value};

/// What was given so far.
#[derive(Default)]
pub(super) struct Given {
    pub(super) user: Option<String>,
    pub(super) password: Option<Secret>,
    pub(super) dbname: Option<String>,
    /// One for each server; empty when no server is named.
    pub(super) hosts: Vec<Option<String>>,
    pub(super) addresses: Vec<Option<IpAddr>>,
    pub(super) ports: Vec<Option<u16>>,
    pub(super) params: BTreeMap<String, String>,
    pub(super) notices: Vec<String>,
    seen: BTreeSet<&'static str>,
}

impl Given {
    /// Takes a parameter. `shown`: its name cannot be part of a password.
    pub(super) fn set(&mut self, name: &str, value: Part<'_>, shown: bool) -> Result<(), Fault> {
        let fault = |message| Fault::at(value.at, message);
        let Some(parameter) = parameter::find(name) else {
            return Err(fault(unknown::sentence(name, shown)));
        };
        if let Some(message) = value::fault(parameter, value.text) {
            return Err(fault(message));
        }
        let name = parameter.name;
        if !self.seen.insert(name) {
            return Err(fault(format!("`{name}` stands here twice: give it once")));
        }
        if self.has(name) {
            return Err(fault(format!(
                "`{name}` stands in front of the `?` and behind it: give it once"
            )));
        }
        self.store(parameter, value)
    }

    pub(super) fn finish(self) -> Result<ConnectionUrl, Fault> {
        Ok(ConnectionUrl {
            hosts: hosts::combine(self.hosts, &self.addresses, &self.ports)?,
            user: self.user,
            password: self.password,
            dbname: self.dbname,
            params: self.params,
            notices: self.notices,
        })
    }

    pub(super) fn has_password_parameter(&self) -> bool {
        self.seen.contains("password")
    }

    fn has(&self, name: &str) -> bool {
        match name {
            "user" => self.user.is_some(),
            "password" => self.password.is_some(),
            "dbname" => self.dbname.is_some(),
            "host" => self.hosts.iter().any(Option::is_some),
            "port" => self.ports.iter().any(Option::is_some),
            _ => false,
        }
    }

    /// An empty value is not given at all, as in libpq; the other parameters stay as they are.
    fn store(&mut self, parameter: &Parameter, value: Part<'_>) -> Result<(), Fault> {
        let text = || Some(value.text.to_owned());
        match parameter.name {
            "user" | "password" | "dbname" | "host" | "hostaddr" | "port" if value.is_empty() => {}
            "user" => self.user = text(),
            "password" => self.password = Some(Secret::new(value.text)),
            "dbname" => self.dbname = text(),
            "host" => self.hosts = hosts::names(value)?,
            "hostaddr" => self.addresses = hosts::addresses(value)?,
            "port" => self.ports = hosts::ports(value)?,
            name => {
                self.params.insert(name.to_owned(), value.text.to_owned());
            }
        }
        Ok(())
    }
}
