//! The connection URL of a layer -> the values of its parts.

use howdah_secrets::Secret;

use super::{Layer, Leaf, Value};
use crate::sensitive::Sensitive;
use crate::url::{ConnectionUrl, UrlHost};
use crate::{AliasPlace, Origin, Problem, keys};

const URL: &str = "database.url";

/// Puts the parts of the strongest URL into its layer, where they win over what stands beside it. A weaker URL is
/// replaced as a whole, but what is wrong with it is said all the same.
pub(crate) fn expand_urls(layers: &mut [Layer], secret: &Sensitive) {
    let mut strongest: Option<String> = None;
    for layer in layers.iter_mut().rev() {
        let Some(leaf) = layer.leaves.get(URL).cloned() else {
            continue;
        };
        let Some(text) = leaf.as_text() else {
            continue;
        };
        match &strongest {
            // The key is unset, and the weaker URLs with it.
            _ if text.is_empty() => {}
            None => layer.expand(&leaf, text, secret),
            Some(stronger) if stronger == text => {}
            Some(_) => drop(layer.parsed(&leaf, text, secret)),
        }
        strongest.get_or_insert_with(|| text.to_owned());
    }
}

impl Layer {
    fn expand(&mut self, leaf: &Leaf, text: &str, secret: &Sensitive) {
        let Some(url) = self.parsed(leaf, text, secret) else {
            return;
        };
        let notices = url.notices.iter();
        self.notices
            .extend(notices.map(|notice| format!("{notice} ({})", leaf.origin)));
        if url.password.is_some() {
            let notice = format!(
                "the URL holds a password, which production refuses ({})",
                leaf.origin
            );
            self.notices.push(notice);
        }
        self.say_what_is_missing(&url, leaf);
        let mut parts = Parts { layer: self, leaf };
        parts.hosts(&url.hosts);
        parts.put("user", url.user.as_deref());
        parts.put("dbname", url.dbname.as_deref());
        parts.put("password", url.password.as_ref().map(Secret::expose));
        for (name, value) in &url.params {
            parts.put(name, Some(value));
        }
        let is_options = |leaf: &Leaf| matches!(leaf.origin, Origin::Url { .. });
        if self
            .leaves
            .get("database.session.options")
            .is_some_and(is_options)
        {
            self.split_options("database.session.options");
        }
    }

    fn parsed(&mut self, leaf: &Leaf, text: &str, secret: &Sensitive) -> Option<ConnectionUrl> {
        let message = match secret.in_url(leaf, text) {
            Some(message) => message,
            None => match ConnectionUrl::parse(text) {
                Ok(url) => return Some(url),
                Err(error) => error.to_string(),
            },
        };
        self.problems.push(Problem::of(URL, leaf, None, message));
        self.leaves.insert(URL, Leaf::broken(leaf.origin.clone()));
        None
    }

    fn say_what_is_missing(&mut self, url: &ConnectionUrl, leaf: &Leaf) {
        let is_empty = url.user.is_none() && url.dbname.is_none() && url.hosts.is_empty();
        if is_empty && url.params.is_empty() {
            let message =
                "names no host, no user and no database; postgres://user@host:5432/database";
            self.problems.push(Problem::of(URL, leaf, None, message));
            return;
        }
        let parts = [
            (url.hosts.is_empty(), "host", "database.host"),
            (url.user.is_none(), "user", "database.roles.app"),
            (url.dbname.is_none(), "database", "database.name"),
        ];
        for (_, part, key) in parts.iter().filter(|(is_missing, ..)| *is_missing) {
            self.notices.push(format!(
                "the URL names no {part}; {key} holds ({})",
                leaf.origin
            ));
        }
    }
}

/// Puts the parts of a URL beside it.
struct Parts<'a> {
    layer: &'a mut Layer,
    leaf: &'a Leaf,
}

impl Parts<'_> {
    /// The address is one thing: a URL that names hosts leaves nothing of another one's port.
    fn hosts(&mut self, hosts: &[UrlHost]) {
        if hosts.is_empty() {
            return;
        }
        let join = |part: &dyn Fn(&UrlHost) -> String| {
            let parts: Vec<String> = hosts.iter().map(part).collect();
            parts.join(",")
        };
        if hosts.iter().any(|host| host.port.is_some()) {
            let port = |host: &UrlHost| host.port.unwrap_or(5432).to_string();
            self.put("port", Some(&join(&port)));
        } else if !self.layer.leaves.contains_key("database.port") {
            self.put("port", Some("5432"));
        }
        if hosts
            .iter()
            .any(|host| host.host.is_some() || host.hostaddr.is_some())
        {
            let address = |host: &UrlHost| host.hostaddr.map(|address| address.to_string());
            let name = |host: &UrlHost| host.host.clone().or_else(|| address(host));
            self.put(
                "host",
                Some(&join(&|host| name(host).unwrap_or_else(local))),
            );
            let has_address = hosts.iter().any(|host| host.hostaddr.is_some());
            let addresses = join(&|host| address(host).unwrap_or_default());
            self.put("hostaddr", Some(if has_address { &addresses } else { "" }));
        }
    }

    fn put(&mut self, part: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        let part = if part == "fallback_application_name" {
            if self
                .layer
                .leaves
                .contains_key("database.session.application_name")
            {
                return;
            }
            "application_name"
        } else {
            part
        };
        let Some(path) = key_of(part) else {
            return;
        };
        let origin = Origin::Url {
            part: part.to_owned(),
            url: Box::new(self.leaf.origin.clone()),
        };
        let leaf = Leaf {
            value: Value::Text(text.to_owned()),
            variables: self.leaf.variables.clone(),
            ..Leaf::broken(origin)
        };
        self.say_what_is_replaced(path, &leaf);
        self.layer.leaves.insert(path, leaf);
    }

    fn say_what_is_replaced(&mut self, path: &str, new: &Leaf) {
        let Some(old) = self.layer.leaves.get(path) else {
            return;
        };
        let both = old.as_text().zip(new.as_text());
        if both.is_some_and(|(old, new)| old != new) {
            let name = old.alias_in_file().unwrap_or_else(|| path.to_owned());
            let notice = format!("{name} ({}) is not used: {} wins", old.origin, new.origin);
            self.layer.notices.push(notice);
        }
    }
}

fn key_of(part: &str) -> Option<&'static str> {
    let of_part = |alias: &crate::Alias| alias.place == AliasPlace::Url && alias.name == part;
    let key = keys().iter().find(|key| key.aliases.iter().any(of_part))?;
    Some(key.path)
}

fn local() -> String {
    "localhost".to_owned()
}
