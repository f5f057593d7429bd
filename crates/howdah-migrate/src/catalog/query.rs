use howdah_ident::SchemaName;

use crate::LedgerName;
use crate::fill::fill;
use crate::ledger::literal;

/// The queries, one for each kind of object, with what they share written once.
///
/// In the files, `{name}` or `{name expression}` stands for one of these fragments.
#[derive(Debug, Clone, Default)]
pub(super) struct Fragments {
    /// The server's version, as `server_version_num` has it.
    pub(super) version: u32,
    /// The OID of the schema.
    pub(super) namespace: String,
    /// The OID of the role that owns what migrations make.
    pub(super) owner: String,
}

pub(super) const SESSION: &str = include_str!("../../sql/catalog/session.sql");

pub(super) const QUERIES: [(&str, &str); 16] = [
    (
        "tables and views",
        include_str!("../../sql/catalog/relations.sql"),
    ),
    ("columns", include_str!("../../sql/catalog/columns.sql")),
    (
        "constraints",
        include_str!("../../sql/catalog/constraints.sql"),
    ),
    ("indexes", include_str!("../../sql/catalog/indexes.sql")),
    ("sequences", include_str!("../../sql/catalog/sequences.sql")),
    ("functions", include_str!("../../sql/catalog/functions.sql")),
    ("triggers", include_str!("../../sql/catalog/triggers.sql")),
    ("rules", include_str!("../../sql/catalog/rules.sql")),
    ("policies", include_str!("../../sql/catalog/policies.sql")),
    ("types", include_str!("../../sql/catalog/types.sql")),
    (
        "statistics",
        include_str!("../../sql/catalog/statistics.sql"),
    ),
    (
        "extensions",
        include_str!("../../sql/catalog/extensions.sql"),
    ),
    ("operators", include_str!("../../sql/catalog/operators.sql")),
    ("casts", include_str!("../../sql/catalog/casts.sql")),
    (
        "collations",
        include_str!("../../sql/catalog/collations.sql"),
    ),
    (
        "default privileges",
        include_str!("../../sql/catalog/default_privileges.sql"),
    ),
];

pub(super) fn schema(schema: &SchemaName, ledger: &LedgerName) -> String {
    let values = [
        ("schema", &*literal(schema.as_str())),
        ("ledger", &literal(ledger.table().as_str())),
    ];
    fill(include_str!("../../sql/catalog/schema.sql"), &values)
}

/// What a definition can name behind the name of the schema, members of extensions too.
pub(super) const NAMES: &str = include_str!("../../sql/catalog/names.sql");

pub(super) const PRIVILEGES: &str = include_str!("../../sql/catalog/privileges.sql");

const KIND: &str = "case c.relkind when 'v' then 'view' when 'm' then 'materialized view' \
    when 'f' then 'foreign table' when 'c' then 'composite type' when 'S' then 'sequence' else 'table' end";

const SIGNATURE: &str = "pg_catalog.quote_ident(p.proname) || '(' || coalesce((\
    select pg_catalog.string_agg(pg_catalog.format_type(a.type, null), ', ' order by a.number) \
    from pg_catalog.unnest(p.proargtypes) with ordinality as a (type, number)), '') || ')'";

/// PostgreSQL 18 has constraints for `not null`, which may be of these two unusual forms.
const NOT_NULL: &str = "(select case when not k.convalidated then 'not valid' when k.connoinherit then 'no inherit' end \
    from pg_catalog.pg_constraint as k \
    where k.conrelid = a.attrelid and k.contype = 'n' and a.attnum = any (k.conkey) limit 1)";

impl Fragments {
    /// The query as the server gets it.
    pub(super) fn expand(&self, query: &str) -> String {
        let mut out = String::with_capacity(query.len() * 2);
        let mut rest = query;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (fragment, after) = after.split_once('}').unwrap_or((after, ""));
            let (name, argument) = fragment.split_once(' ').unwrap_or((fragment, ""));
            out.push_str(&self.fragment(name, argument));
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn fragment(&self, name: &str, argument: &str) -> String {
        match name {
            "namespace" => format!("{}::pg_catalog.oid", self.namespace),
            "kind" => KIND.to_owned(),
            "signature" => SIGNATURE.to_owned(),
            "yes" => format!("case when {argument} then 'yes' else 'no' end"),
            "role" => format!(
                "case {argument} when 0::pg_catalog.oid then 'public' when {}::pg_catalog.oid then '<owner>' \
                 else pg_catalog.pg_get_userbyid({argument})::pg_catalog.text end",
                self.owner
            ),
            "options" => format!(
                "(select pg_catalog.string_agg(o, ', ' order by o collate pg_catalog.\"C\") \
                 from pg_catalog.unnest({argument}) as o)"
            ),
            "privileges" => privileges(argument),
            "own" => own(argument),
            "uses" => self.uses(argument),
            "sqlbody" if self.version >= 140_000 => {
                "pg_catalog.pg_get_function_sqlbody(p.oid)".to_owned()
            }
            "compression" if self.version >= 140_000 => {
                "case a.attcompression when 'p' then 'pglz' when 'l' then 'lz4' end".to_owned()
            }
            "not_null" if self.version >= 180_000 => NOT_NULL.to_owned(),
            _ => "null::pg_catalog.text".to_owned(),
        }
    }

    /// The columns of this schema that an object's text names: pairs of a table and a column, one behind the other.
    fn uses(&self, argument: &str) -> String {
        let (table, oid) = argument.split_once(' ').unwrap_or((argument, "0"));
        format!(
            "array(select pg_catalog.unnest(array[ut.relname::pg_catalog.text, ua.attname::pg_catalog.text]) \
             from pg_catalog.pg_depend as ud \
             join pg_catalog.pg_class as ut on ut.oid = ud.refobjid \
             left join pg_catalog.pg_attribute as ua on ua.attrelid = ud.refobjid \
             and ua.attnum = ud.refobjsubid and ua.attnum > 0 \
             where ud.classid = 'pg_catalog.{table}'::pg_catalog.regclass and ud.objid = {oid} \
             and ud.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass \
             and ut.relnamespace = {}::pg_catalog.oid)",
            self.namespace
        )
    }
}

/// `select, insert with grant option`; the same right given by two roles counts once.
fn privileges(acl: &str) -> String {
    let one = format!(
        "(pg_catalog.lower({acl}.privilege_type) \
         || case when {acl}.is_grantable then ' with grant option' else '' end) collate pg_catalog.\"C\""
    );
    format!("pg_catalog.string_agg(distinct {one}, ', ' order by {one})")
}

/// Not a member of an extension, which its version stands for, nor a function that came with a range.
fn own(argument: &str) -> String {
    let (table, oid) = argument.split_once(' ').unwrap_or((argument, "0"));
    let not_own = if table == "pg_proc" {
        "('e', 'i')"
    } else {
        "('e')"
    };
    format!(
        "not exists (select from pg_catalog.pg_depend as membership \
         where membership.classid = 'pg_catalog.{table}'::pg_catalog.regclass \
         and membership.objid = {oid} and membership.deptype in {not_own})"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_fragment_of_a_query_is_left_or_unknown() {
        let fragments = Fragments {
            version: 180_000,
            namespace: "1".to_owned(),
            owner: "2".to_owned(),
        };
        let all = QUERIES
            .iter()
            .map(|(_, sql)| *sql)
            .chain([PRIVILEGES, NAMES]);
        for sql in all.map(|sql| fragments.expand(sql)) {
            assert!(!sql.contains(['{', '}']), "{sql}");
            assert!(!sql.contains("null::pg_catalog.text"), "{sql}");
        }
        assert_eq!(
            fragments.expand("a {yes b} c"),
            "a case when b then 'yes' else 'no' end c"
        );
    }
}
