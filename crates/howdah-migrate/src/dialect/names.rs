use crate::cursor::Cursor;

/// The roles that every Supabase project has and no other server.
/// <https://supabase.com/docs/guides/database/postgres/roles>
const SUPABASE: &[&str] = &["anon", "authenticated", "service_role"];

/// Names between commas, of which some may have to go.
#[derive(Debug)]
pub(super) struct Names {
    items: Vec<Item>,
}

#[derive(Debug)]
struct Item {
    /// The tokens from `first` to before `end`.
    first: usize,
    end: usize,
    name: String,
    goes: bool,
}

impl Names {
    /// The roles behind `to` or `from`.
    pub(super) fn roles(cursor: &mut Cursor<'_>) -> Self {
        Self::read(
            cursor,
            |cursor| {
                // `group` is noise that the grammar still takes.
                let mut behind = *cursor;
                if behind.eat(&["group"]) && !behind.is_done() && !behind.is_sign(",") {
                    cursor.advance();
                }
            },
            SUPABASE,
        )
    }

    /// Names of which `known` ones go; `before` steps over words in front of each.
    pub(super) fn read(
        cursor: &mut Cursor<'_>,
        before: impl Fn(&mut Cursor<'_>),
        known: &[&str],
    ) -> Self {
        let mut items = Vec::new();
        loop {
            let first = cursor.at();
            before(cursor);
            let Some(name) = cursor.name() else { break };
            let goes = known.contains(&name.as_str());
            items.push(Item {
                first,
                end: cursor.at(),
                name,
                goes,
            });
            if !cursor.eat_sign(",") {
                break;
            }
        }
        Self { items }
    }

    pub(super) fn all_go(&self) -> bool {
        !self.items.is_empty() && self.items.iter().all(|item| item.goes)
    }

    pub(super) fn any_goes(&self) -> bool {
        self.items.iter().any(|item| item.goes)
    }

    /// Those that go, for people.
    pub(super) fn going(&self) -> String {
        let going = self.items.iter().filter(|item| item.goes);
        going
            .map(|item| item.name.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    }

    /// The tokens of those that go, each with the comma that would be left over.
    pub(super) fn cut(&self) -> Vec<usize> {
        let mut cut = Vec::new();
        let mut kept_one = false;
        for item in &self.items {
            if !item.goes {
                kept_one = true;
            } else if kept_one {
                cut.extend(item.first.saturating_sub(1)..item.end);
            } else {
                cut.extend(item.first..=item.end);
            }
        }
        cut
    }
}
