use howdah_ident::Ident;

use super::Scope;
use crate::change::Change;
use crate::difference::Difference;

/// The schemas that are declared by name, and the owners of those that a pattern matches.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>) {
    let rows = &scope.catalog.inside.schemas;
    for schema in &scope.database.schemas {
        if let Some(name) = schema.name.exact()
            && !rows.contains_key(name)
        {
            found.push(Change::CreateSchema {
                schema: name.clone(),
                owner: schema.owner.clone(),
                database_owner: scope.database.owner.clone(),
            });
        }
    }
    for (name, row) in rows {
        let Some(declared) = scope.database.schema(name) else {
            continue;
        };
        if row.owner != declared.owner {
            found.push(Change::OwnSchema {
                schema: name.clone(),
                from: row.owner.clone(),
                to: declared.owner.clone(),
            });
        }
    }
    foreign_objects(found, scope);
}

/// Objects of somebody else: no default privilege of the owner covers what that one makes.
fn foreign_objects(found: &mut Difference, scope: &Scope<'_>) {
    for objects in &scope.catalog.inside.objects {
        let Some(declared) = scope.database.schema(&objects.schema) else {
            continue;
        };
        if objects.owner != declared.owner {
            for name in &objects.names {
                found.drift(foreign(
                    &objects.schema,
                    name,
                    &objects.owner,
                    &declared.owner,
                ));
            }
        }
    }
}

fn foreign(schema: &Ident, name: &str, is: &Ident, should: &Ident) -> String {
    format!(
        "{}.{name} belongs to {}, not to {}",
        schema.as_str(),
        is.as_str(),
        should.as_str()
    )
}
