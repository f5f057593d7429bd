use super::Scope;
use crate::change::Change;
use crate::difference::Difference;

/// The extensions that are declared.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>) {
    for (name, schema) in &scope.database.extensions {
        match scope.catalog.inside.extensions.get(name) {
            None => found.lacking.push(format!(
                "extension {name:?}: the server's machine does not have it, install its package there"
            )),
            Some(row) => match (&row.schema, schema) {
                (None, _) => found.push(Change::CreateExtension {
                    name: name.clone(),
                    schema: schema.clone(),
                    database_owner: scope.database.owner.clone(),
                    trusted: row.trusted,
                }),
                (Some(is), Some(should)) if is != should => found.drift(format!(
                    "extension {name} is in schema {}, not in {}",
                    is.as_str(),
                    should.as_str()
                )),
                (Some(_), _) => {}
            },
        }
    }
}
