use super::Severity;

/// A rule, and what it is unless the options say otherwise.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) is_on: bool,
    pub(super) is_squawks: bool,
}

const fn ours(name: &'static str, severity: Severity) -> Rule {
    Rule {
        name,
        severity,
        is_on: true,
        is_squawks: false,
    }
}

const fn squawk(name: &'static str, severity: Severity) -> Rule {
    Rule {
        is_squawks: true,
        ..ours(name, severity)
    }
}

/// Off are those about style, those for a schema that may only ever grow, and those that the engine makes pointless:
/// it sets the timeouts, it holds the transaction (for which we have rules of our own), and what it runs outside of one
/// it can repair.
const fn squawk_off(name: &'static str) -> Rule {
    Rule {
        is_on: false,
        ..squawk(name, Severity::Warning)
    }
}

/// In the order of their names.
#[rustfmt::skip]
pub(super) const RULES: &[Rule] = &[
    squawk("adding-field-with-default", Severity::Error),
    squawk("adding-foreign-key-constraint", Severity::Error),
    squawk("adding-not-nullable-field", Severity::Error),
    squawk("adding-required-field", Severity::Error),
    squawk("adding-serial-primary-key-field", Severity::Error),
    squawk_off("ban-add-column"),
    squawk_off("ban-add-composite-attribute"),
    squawk_off("ban-add-enum-value"),
    squawk_off("ban-alter-database-options"),
    squawk("ban-alter-domain-with-add-constraint", Severity::Error),
    squawk_off("ban-alter-extension"),
    squawk_off("ban-alter-function-options"),
    squawk_off("ban-alter-generated-expression"),
    squawk("ban-alter-identity", Severity::Warning),
    squawk_off("ban-alter-policy-condition"),
    squawk_off("ban-alter-policy-roles"),
    squawk_off("ban-alter-role-options"),
    squawk_off("ban-alter-row-level-security"),
    squawk_off("ban-alter-sequence-values"),
    squawk_off("ban-alter-system-options"),
    squawk_off("ban-alter-view-options"),
    squawk_off("ban-char-field"),
    squawk_off("ban-concurrent-index-creation-in-transaction"),
    squawk("ban-create-domain-with-constraint", Severity::Warning),
    squawk_off("ban-create-policy"),
    squawk_off("ban-detach-inheritance"),
    squawk_off("ban-disable-trigger"),
    squawk("ban-drop-column", Severity::Warning),
    squawk("ban-drop-constraint", Severity::Warning),
    squawk("ban-drop-database", Severity::Error),
    squawk("ban-drop-default", Severity::Warning),
    squawk("ban-drop-domain", Severity::Warning),
    squawk("ban-drop-extension", Severity::Warning),
    squawk("ban-drop-function", Severity::Warning),
    squawk("ban-drop-generated-expression", Severity::Warning),
    squawk_off("ban-drop-index"),
    squawk("ban-drop-not-null", Severity::Warning),
    squawk_off("ban-drop-policy"),
    squawk("ban-drop-schema", Severity::Warning),
    squawk("ban-drop-sequence", Severity::Warning),
    squawk("ban-drop-table", Severity::Warning),
    squawk_off("ban-drop-trigger"),
    squawk("ban-drop-type", Severity::Warning),
    squawk("ban-drop-view", Severity::Warning),
    squawk("ban-duplicate-column-assignments", Severity::Error),
    squawk_off("ban-new-write-restriction"),
    squawk_off("ban-replace-view-function"),
    squawk_off("ban-replica-identity"),
    squawk_off("ban-revoke"),
    squawk_off("ban-set-default"),
    squawk("ban-set-schema", Severity::Warning),
    squawk("ban-truncate-cascade", Severity::Error),
    squawk_off("ban-uncommitted-transaction"),
    squawk("changing-column-type", Severity::Error),
    ours("concurrent-index-without-name", Severity::Error),
    squawk("constraint-missing-not-valid", Severity::Error),
    squawk("disallowed-unique-constraint", Severity::Error),
    ours("dropped-but-queried", Severity::Error),
    ours("enum-value-used-in-transaction", Severity::Error),
    squawk("identifier-too-long", Severity::Warning),
    ours("incomplete-down", Severity::Warning),
    ours("invalid-ignore", Severity::Error),
    ours("json-column", Severity::Warning),
    ours("mergeable-alter-table", Severity::Warning),
    ours("misplaced-no-transaction", Severity::Error),
    ours("missing-down", Severity::Error),
    ours("needless-ignore", Severity::Warning),
    ours("needs-no-transaction", Severity::Error),
    ours("no-statement", Severity::Error),
    squawk_off("prefer-bigint-over-int"),
    squawk_off("prefer-bigint-over-smallint"),
    squawk_off("prefer-identity"),
    squawk_off("prefer-repack"),
    squawk_off("prefer-robust-stmts"),
    squawk_off("prefer-text-field"),
    squawk_off("prefer-timestamp-tz"),
    ours("psql-command", Severity::Error),
    squawk("renaming-column", Severity::Error),
    squawk("renaming-object", Severity::Warning),
    squawk("renaming-table", Severity::Error),
    squawk("require-concurrent-index-creation", Severity::Error),
    squawk("require-concurrent-index-deletion", Severity::Warning),
    squawk("require-concurrent-partition-detach", Severity::Warning),
    squawk("require-concurrent-reindex", Severity::Error),
    squawk_off("require-enum-value-ordering"),
    squawk_off("require-lock-timeout"),
    squawk_off("require-statement-timeout"),
    squawk_off("require-table-schema"),
    ours("session-setting", Severity::Error),
    squawk("syntax-not-understood", Severity::Warning),
    ours("transaction-control", Severity::Error),
    squawk_off("transaction-nesting"),
    ours("unsound-file", Severity::Error),
    squawk("unused-ignore", Severity::Warning),
    ours("whole-table-backfill", Severity::Warning),
    ours("wide-index", Severity::Warning),
];
