use howdah_ident::{Ident, RoleName};

/// The role that a query needs, and the one that the session had before.
#[derive(Debug)]
pub(crate) struct Reader(pub(crate) Option<(RoleName, String)>);

impl Reader {
    /// Whether it is another role than the session's.
    pub(crate) fn is_other(&self) -> bool {
        self.0.is_some()
    }

    /// The query as that role, in one message: it is one transaction, so that nothing is left behind in a session that a
    /// pooler gives to somebody else. The caller's own transaction gets its role back.
    pub(crate) fn reading(&self, query: &str) -> String {
        let Some((role, previous)) = &self.0 else {
            return query.to_owned();
        };
        let previous = Ident::new(previous)
            .ok()
            .filter(|role| role.as_str() != "none")
            .map_or_else(|| "none".to_owned(), |role| role.to_string());
        format!("set local role {role};\n{query};\nset local role {previous}")
    }
}
