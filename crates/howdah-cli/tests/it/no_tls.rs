//! What a build without TLS says; `cargo test -p howdah-cli --no-default-features no_tls` runs it.

use crate::support::Place;

/// 98
#[test]
fn settings_that_demand_tls_are_refused_before_a_connection_is_tried() {
    for mode in ["require", "verify-full"] {
        let yaml = format!(
            "database: {{ host: db.invalid, tls: {{ mode: {mode} }}, secrets: {{ migrator: {{ file: pw }} }} }}"
        );
        let place = Place::new(&[
            ("howdah.yaml", &yaml),
            ("pw", "a-password\n"),
            ("migrations/20260101000001_a.sql", "select 1;\n"),
        ]);
        let checked = place.run(&["config", "check"]);
        checked.refused(2, &["built without howdah-pool's feature `tls`"]);
        let done = place.run(&["migrate", "status"]);
        done.refused(1, &["built without howdah-pool's feature `tls`"]);
        assert!(!done.stderr.contains("a-password"), "{done:?}");
    }
}
