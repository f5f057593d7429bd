use crate::cursor::Cursor;
use crate::place::Place;
use crate::split::Statement;
use crate::{Migrations, Plan, Problem, State};

/// What holds rows, or is the type of what does. `drop owned` is all of it.
const DROPPED: &[(&[&str], &str)] = &[
    (&["table"], "drop table"),
    (&["schema"], "drop schema"),
    (&["database"], "drop database"),
    (&["materialized", "view"], "drop materialized view"),
    (&["sequence"], "drop sequence"),
    (&["type"], "drop type"),
    (&["domain"], "drop domain"),
    (&["extension"], "drop extension"),
    (&["owned"], "drop owned"),
];

impl Migrations {
    /// The statements with which an `apply` of this plan can lose data, at their places in the files: what drops or
    /// empties a table, drops a column or gives it another type, and a `delete` without a `where`.
    ///
    /// What Rust code does, the body of a `do` block and a function that is called are not looked into.
    pub fn losses(&self, plan: &Plan) -> Vec<Problem> {
        let runs = plan.pending().iter();
        let runs = runs.filter(|step| step.state != State::Replacing && step.code.is_none());
        let mut found = Vec::new();
        for migration in runs.filter_map(|step| self.get(step.version)) {
            for loss in migration.statements().iter().flat_map(losses) {
                let place = Place::of_byte(migration.sql(), loss.byte);
                let message = format!("`{}`", loss.what);
                found.push(Problem::new(migration.file(), message).at(&place));
            }
        }
        found
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Loss {
    byte: usize,
    what: &'static str,
}

fn losses(statement: &Statement<'_>) -> Vec<Loss> {
    let mut cursor = Cursor::new(statement);
    let byte = cursor.byte();
    if cursor.eat(&["drop"]) {
        let dropped = DROPPED.iter().find(|(words, _)| cursor.is(words));
        let loss = dropped.map(|(_, what)| Loss { byte, what });
        return loss.into_iter().collect();
    }
    if cursor.is(&["truncate"]) {
        let what = "truncate";
        return vec![Loss { byte, what }];
    }
    if cursor.eat(&["alter", "table"]) {
        return actions(cursor, column);
    }
    if cursor.eat(&["alter", "type"]) {
        return actions(cursor, attribute);
    }
    // Elsewhere it is the body of a function or a rule, or what is prepared: it does not run now.
    if cursor.is_any(&["delete", "with", "explain", "copy"]) {
        return deletes(statement);
    }
    Vec::new()
}

/// Those of the actions that are losses, behind the name of the table or the type.
fn actions(mut cursor: Cursor<'_>, loss: fn(Cursor<'_>) -> Option<&'static str>) -> Vec<Loss> {
    cursor.eat(&["if", "exists"]);
    cursor.eat(&["only"]);
    cursor.name();
    cursor.eat_sign("*");
    let mut found = Vec::new();
    loop {
        let byte = cursor.byte();
        found.extend(loss(cursor).map(|what| Loss { byte, what }));
        if !cursor.find_sign(",") {
            return found;
        }
        cursor.advance();
    }
}

fn column(mut cursor: Cursor<'_>) -> Option<&'static str> {
    if cursor.eat(&["drop"]) {
        return (!cursor.is(&["constraint"])).then_some("drop column");
    }
    if !cursor.eat(&["alter"]) || cursor.is(&["constraint"]) {
        return None;
    }
    cursor.eat(&["column"]);
    becomes_another_type(cursor).then_some("alter column ... type")
}

fn attribute(mut cursor: Cursor<'_>) -> Option<&'static str> {
    if cursor.eat(&["drop", "attribute"]) {
        return Some("drop attribute");
    }
    let changes = cursor.eat(&["alter", "attribute"]) && becomes_another_type(cursor);
    changes.then_some("alter attribute ... type")
}

/// Behind the name that comes next.
fn becomes_another_type(mut cursor: Cursor<'_>) -> bool {
    cursor.name();
    cursor.is(&["type"]) || cursor.is(&["set", "data", "type"])
}

/// Also one in a `with`, which runs as well.
fn deletes(statement: &Statement<'_>) -> Vec<Loss> {
    let mut cursor = Cursor::new(statement);
    let mut found = Vec::new();
    let mut may_begin = true;
    while !cursor.is_done() {
        if may_begin && cursor.is(&["delete", "from"]) && !has_where(cursor) {
            let (byte, what) = (cursor.byte(), "delete without where");
            found.push(Loss { byte, what });
        }
        may_begin = cursor.is_sign("(")
            || cursor.is_sign(")")
            || cursor.is_any(&["analyze", "analyse", "verbose", "explain"]);
        cursor.advance();
    }
    found
}

/// Before the parenthesis that closes around it.
fn has_where(mut cursor: Cursor<'_>) -> bool {
    while !cursor.is_done() && !cursor.is_sign(")") {
        if cursor.is(&["where"]) {
            return true;
        }
        cursor.skip();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::split::split;

    fn found(sql: &str) -> Vec<(usize, &'static str)> {
        let statements = split(sql);
        let losses = statements.iter().flat_map(losses);
        losses.map(|loss| (loss.byte, loss.what)).collect()
    }

    #[test]
    fn what_drops_or_empties_is_found_where_it_stands() {
        for (sql, wanted) in [
            ("drop table if exists a, b cascade", "drop table"),
            ("DROP /* not a view */ Schema s", "drop schema"),
            ("drop database d", "drop database"),
            ("drop materialized view m", "drop materialized view"),
            ("drop sequence s", "drop sequence"),
            ("drop type t cascade", "drop type"),
            ("drop domain d cascade", "drop domain"),
            ("drop extension e cascade", "drop extension"),
            ("drop owned by somebody", "drop owned"),
            ("truncate table only a", "truncate"),
            ("delete from a", "delete without where"),
            (
                "delete from only a as where_not using b",
                "delete without where",
            ),
            ("explain analyze delete from a", "delete without where"),
            (
                "explain (analyze, verbose) delete from a",
                "delete without where",
            ),
        ] {
            let whats: Vec<_> = found(sql).into_iter().map(|(_, what)| what).collect();
            assert_eq!(whats, [wanted], "{sql}");
        }
        assert_eq!(
            found("select 1;\n-- now\ndrop table a"),
            [(17, "drop table")]
        );
    }

    #[test]
    fn each_action_of_an_alter_counts_for_itself() {
        assert_eq!(
            found(
                "alter table if exists only app.a * drop b, add c numeric(3, 2), drop column if exists d cascade"
            ),
            [(35, "drop column"), (64, "drop column")]
        );
        for sql in [
            "alter table a alter b type int using (b::int)",
            "alter table a alter column \"B\" set data type int",
            "alter table \"drop\" alter column type type int",
        ] {
            assert_eq!(found(sql)[0].1, "alter column ... type", "{sql}");
        }
        assert_eq!(
            found("alter type t drop attribute a, alter attribute b type int"),
            [(13, "drop attribute"), (31, "alter attribute ... type")]
        );
    }

    #[test]
    fn a_delete_in_a_with_is_one_and_its_where_is_its_own() {
        let sql = "with gone as (delete from a returning *), kept as (delete from b where id = 1) select * from gone where x";
        assert_eq!(found(sql), [(14, "delete without where")]);
        let sql = "with a as (select 1 where true) delete from b";
        assert_eq!(found(sql), [(32, "delete without where")]);
        let sql = "delete from a using (select 1 where true) as b";
        assert_eq!(found(sql), [(0, "delete without where")]);
        let sql = "copy (delete from a returning *) to '/dev/null'";
        assert_eq!(found(sql), [(6, "delete without where")]);
    }

    #[test]
    fn what_loses_nothing_is_left_alone() {
        for sql in [
            "create table a (b int, \"drop\" int, delete text)",
            "alter table a drop constraint b, alter c drop default, alter d drop not null, alter e set default 1",
            "alter table a alter constraint b deferrable, rename column c to d, detach partition p",
            "alter table \"drop table\" add drop_it int",
            "alter table a alter column type set not null",
            "alter type t add value 'drop attribute', rename to truncate",
            "drop view v; drop index i; drop function f(); drop trigger t on a; drop policy p on a",
            "delete from a where id in (select id from b)",
            "select 'drop table a', $$ truncate a; delete from a $$, \"drop table a\"",
            "-- drop table a;\n/* truncate a; */ select 1",
            "do $$ begin delete from a; end $$",
            "create function f() returns void language sql as 'delete from a'",
            "create function f() returns void language sql begin atomic delete from a; end",
            "create rule r as on insert to a do also (delete from b)",
            "create trigger t after delete on a execute function f()",
            "grant delete, truncate on a to b",
            "insert into a select delete from b",
        ] {
            assert_eq!(found(sql), [], "{sql}");
        }
    }
}
