//! The connection URL of a layer -> the values of its parts.

use howdah_secrets::Secret;

use super::{Layer, Leaf};
use crate::keys::find_alias;
use crate::sensitive::Sensitive;
use crate::settings::Direct;
use crate::url::{ConnectionUrl, UrlHost};
use crate::{AliasPlace, Origin, Problem};

const URL: &str = "database.url";
const DIRECT_URL: &str = "database.direct_url";
const OPTIONS: &str = "database.session.options";
const APPLICATION_NAME: &str = "database.session.application_name";
const DEFAULT_PORT: u16 = 5432;

/// Puts the parts of the strongest URL into its layer, where they win over what stands beside it. A weaker URL is
/// replaced as a whole, but what is wrong with it is said all the same.
pub(crate) fn expand_urls(layers: &mut [Layer], secret: &Sensitive) {
    let mut strongest: Option<String> = None;
    for layer in layers.iter_mut().rev() {
        if let Some(leaf) = layer.leaves.get(DIRECT_URL).cloned()
            && let Some(text) = leaf.as_text().filter(|text| !text.is_empty())
        {
            layer.check_direct(&leaf, text, secret);
        }
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
            Some(_) => drop(layer.parsed(URL, &leaf, text, secret)),
        }
        strongest.get_or_insert_with(|| text.to_owned());
    }
}

impl Layer {
    fn expand(&mut self, leaf: &Leaf, text: &str, secret: &Sensitive) {
        let Some(url) = self.parsed(URL, leaf, text, secret) else {
            return;
        };
        self.say(&url, leaf);
        let mut parts = Parts { layer: self, leaf };
        parts.ports(&url.hosts);
        parts.addresses(&url.hosts);
        parts.put("user", url.user.as_deref());
        parts.put("dbname", url.dbname.as_deref());
        parts.put("password", url.password.as_ref().map(Secret::expose));
        for (name, value) in &url.params {
            parts.put(name, Some(value));
        }
        if !parts.layer.leaves.contains_key(APPLICATION_NAME) {
            let name = url.params.get("fallback_application_name");
            parts.put("application_name", name.map(String::as_str));
        }
        let options = self.leaves.get(OPTIONS);
        if options.is_some_and(|leaf| matches!(leaf.origin, Origin::Url { .. })) {
            self.split_options(OPTIONS);
        }
    }

    fn check_direct(&mut self, leaf: &Leaf, text: &str, secret: &Sensitive) {
        let Some(url) = self.parsed(DIRECT_URL, leaf, text, secret) else {
            return;
        };
        if let Err(message) = Direct::of(&url) {
            self.unusable(DIRECT_URL, leaf, message);
        }
    }

    fn parsed(
        &mut self,
        path: &'static str,
        leaf: &Leaf,
        text: &str,
        secret: &Sensitive,
    ) -> Option<ConnectionUrl> {
        let message = match secret.in_url(leaf, text) {
            Some(message) => message,
            None => match ConnectionUrl::parse(text) {
                Ok(url) => return Some(url),
                Err(error) => error.to_string(),
            },
        };
        self.unusable(path, leaf, message);
        None
    }

    fn unusable(&mut self, path: &'static str, leaf: &Leaf, message: String) {
        self.problems.push(Problem::of(path, leaf, None, message));
        self.leaves.insert(path, Leaf::broken(leaf.origin.clone()));
    }

    /// What is worth knowing about a URL that can be read, and whether it says anything at all.
    fn say(&mut self, url: &ConnectionUrl, leaf: &Leaf) {
        let says_nothing = url.user.is_none() && url.dbname.is_none() && url.hosts.is_empty();
        if says_nothing && url.params.is_empty() {
            let message =
                "names no host, no user and no database; postgres://user@host:5432/database";
            self.problems.push(Problem::of(URL, leaf, None, message));
            return;
        }
        let at = &leaf.origin;
        let notices = url.notices.iter();
        self.notices
            .extend(notices.map(|notice| format!("{notice} ({at})")));
        if url.password.is_some() {
            let notice = format!("the URL holds a password, which production refuses ({at})");
            self.notices.push(notice);
        }
        let parts = [
            (url.hosts.is_empty(), "host", "database.host"),
            (url.user.is_none(), "user", "database.roles.app"),
            (url.dbname.is_none(), "database", "database.name"),
        ];
        for (_, part, key) in parts.iter().filter(|(is_missing, ..)| *is_missing) {
            self.notices
                .push(format!("the URL names no {part}; {key} holds ({at})"));
        }
    }
}

/// Puts the parts of a URL beside it.
struct Parts<'a> {
    layer: &'a mut Layer,
    leaf: &'a Leaf,
}

impl Parts<'_> {
    /// The address is one thing: a URL that names hosts leaves nothing of a weaker one's port.
    fn ports(&mut self, hosts: &[UrlHost]) {
        if hosts.iter().any(|host| host.port.is_some()) {
            let port = |host: &UrlHost| host.port.unwrap_or(DEFAULT_PORT).to_string();
            self.put("port", Some(&joined(hosts, port)));
        } else if !hosts.is_empty() && !self.layer.leaves.contains_key("database.port") {
            self.put("port", Some(&DEFAULT_PORT.to_string()));
        }
    }

    /// Names, and the addresses that stand for them.
    fn addresses(&mut self, hosts: &[UrlHost]) {
        let has_address = hosts.iter().any(|host| host.hostaddr.is_some());
        if !has_address && hosts.iter().all(|host| host.host.is_none()) {
            return;
        }
        let address = |host: &UrlHost| host.hostaddr.map(|address| address.to_string());
        let name = |host: &UrlHost| {
            let name = host.host.clone().or_else(|| address(host));
            name.unwrap_or_else(|| "localhost".to_owned())
        };
        self.put("host", Some(&joined(hosts, name)));
        let addresses = joined(hosts, |host| address(host).unwrap_or_default());
        self.put("hostaddr", Some(if has_address { &addresses } else { "" }));
    }

    fn put(&mut self, part: &str, text: Option<&str>) {
        let (Some(text), Some(path)) = (text, key_of(part)) else {
            return;
        };
        let origin = Origin::Url {
            part: part.to_owned(),
            url: Box::new(self.leaf.origin.clone()),
        };
        let leaf = Leaf {
            variables: self.leaf.variables.clone(),
            ..Leaf::text(text, origin)
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

/// The key that a part of the URL sets.
fn key_of(part: &str) -> Option<&'static str> {
    let (key, _) = find_alias(part, AliasPlace::Url)?;
    Some(key.path)
}

fn joined(hosts: &[UrlHost], part: impl Fn(&UrlHost) -> String) -> String {
    let parts: Vec<String> = hosts.iter().map(part).collect();
    parts.join(",")
}
