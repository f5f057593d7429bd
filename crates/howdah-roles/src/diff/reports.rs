use howdah_ident::Ident;

use super::Scope;
use crate::catalog::Report;
use crate::difference::Difference;

/// What is seen and not managed: grants on columns, policies, large objects, views that no policy binds.
pub(super) fn compare(found: &mut Difference, scope: &Scope<'_>) {
    for report in &scope.catalog.inside.reports {
        let declared = report.schema.as_deref().is_none_or(|name| {
            Ident::new(name).is_ok_and(|name| scope.database.schema(&name).is_some())
        });
        if declared {
            add(found, report);
        }
    }
}

fn add(found: &mut Difference, report: &Report) {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let (object, detail) = (&report.object, text(&report.detail));
    let holder = text(&report.grantee);
    let privilege = text(&report.privilege);
    match report.kind.as_str() {
        "column" => found.drift(format!("{holder} may {privilege} on column {detail} of {object}, which is not managed here")),
        "large object" => found.drift(format!("{holder} may {privilege} on large object {object}, which is not managed here")),
        "policy" => found.warnings.push(format!("{object} has the policy {detail:?}, which is not managed here")),
        "view" => found.warnings.push(format!(
            "whoever reads {object} sees every row of {detail}, past its policies: a view reads as its owner unless it is security_invoker (PostgreSQL 15)"
        )),
        _ => {}
    }
}
