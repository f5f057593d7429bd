use std::collections::BTreeMap;

use crate::ledger::{Contents, Row};
use crate::{Adoption, Migrator, OutOfOrder, Problem, Version};

/// Compares with our own ledger, and looks for what was left out between the files that are applied.
pub(super) fn check(
    migrator: &Migrator,
    contents: &Contents,
    adoption: &mut Adoption,
) -> Result<(), Vec<Problem>> {
    let rows: BTreeMap<i64, &Row> = contents.rows.iter().map(|row| (row.version, row)).collect();
    let mut problems = Vec::new();
    for file in &mut adoption.files {
        let Some(row) = rows.get(&file.version.as_i64()) else {
            continue;
        };
        file.is_recorded = true;
        let migration = migrator.migrations.get(file.version);
        if !row.success {
            let message = "it began here and did not end: apply it to its end first";
            problems.push(Problem::new(&file.file, message));
        } else if migration.is_some_and(|migration| !migration.matches(&row.checksum)) {
            let message =
                "it is in our ledger already, with another checksum: restore the file, or `repair`";
            problems.push(Problem::new(&file.file, message));
        }
    }
    if migrator.options.out_of_order == OutOfOrder::Refuse && !adoption.is_recorded() {
        problems.extend(holes(migrator, &rows, adoption));
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(problems)
    }
}

fn holes(migrator: &Migrator, rows: &BTreeMap<i64, &Row>, adoption: &Adoption) -> Vec<Problem> {
    let adopted: Vec<Version> = adoption.files.iter().map(|file| file.version).collect();
    let newest = adopted.last().copied();
    let left_out = migrator.migrations.iter().filter(|migration| {
        Some(migration.version()) < newest
            && !adopted.contains(&migration.version())
            && !rows.contains_key(&migration.version().as_i64())
    });
    left_out
        .map(|migration| {
            let message = format!(
                "{} does not have it, and has newer ones: apply it with {} first, give it a newer version, or allow \
                 migrations out of order",
                adoption.table, adoption.tool
            );
            Problem::new(migration.file(), message)
        })
        .collect()
}
