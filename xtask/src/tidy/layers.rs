use std::collections::BTreeMap;

use cargo_metadata::{DependencyKind, Metadata, Package};

/// The empty library of scenarios and this tool wire crates of all levels.
const WITHOUT_LEVEL: [&str; 2] = ["howdah-scenarios", "xtask"];

/// Every crate states its level, and every edge points strictly down. howdah-testkit is the exception for tests: a
/// dev-dependency of the crates whose tests need a database, by path and without a version.
pub(crate) fn check(metadata: &Metadata) -> Vec<String> {
    let packages = metadata.workspace_packages();
    let mut errors = Vec::new();
    let mut levels: BTreeMap<&str, u64> = BTreeMap::new();
    for package in &packages {
        match level(package) {
            Some(level) => {
                levels.insert(package.name.as_str(), level);
            }
            None if WITHOUT_LEVEL.contains(&package.name.as_str()) => {}
            None => errors.push(format!(
                "{}: no [package.metadata.layer] level in its manifest",
                package.name
            )),
        }
    }
    for package in packages {
        errors.extend(check_edges(package, &levels));
    }
    errors
}

fn level(package: &Package) -> Option<u64> {
    package.metadata.get("layer")?.get("level")?.as_u64()
}

fn check_edges(package: &Package, levels: &BTreeMap<&str, u64>) -> Vec<String> {
    let Some(own) = levels.get(package.name.as_str()) else {
        return Vec::new();
    };
    let mut errors = Vec::new();
    for dependency in &package.dependencies {
        let Some(level) = levels.get(dependency.name.as_str()) else {
            continue;
        };
        let is_testkit = dependency.name == "howdah-testkit";
        if is_testkit && dependency.kind == DependencyKind::Development {
            continue;
        }
        if is_testkit && *own < 5 {
            errors.push(format!(
                "{}: howdah-testkit is for tests only",
                package.name
            ));
        }
        if level >= own {
            errors.push(format!(
                "{} (level {own}) depends on {} (level {level}); an edge must point strictly down",
                package.name, dependency.name
            ));
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn package(name: &str, level: Option<u64>, dependencies: &[(&str, Option<&str>)]) -> Package {
        let dependency = |(name, kind): &(&str, Option<&str>)| {
            json!({ "name": name, "req": "*", "kind": kind, "optional": false,
                    "uses_default_features": true, "features": [], "target": null,
                    "source": null, "rename": null, "registry": null })
        };
        let dependencies: Vec<_> = dependencies.iter().map(dependency).collect();
        let metadata = level.map_or(json!({}), |level| json!({ "layer": { "level": level } }));
        serde_json::from_value(json!({
            "name": name, "version": "0.1.0", "id": format!("path+file:///{name}#0.1.0"),
            "source": null, "dependencies": dependencies, "targets": [], "features": {},
            "manifest_path": format!("/{name}/Cargo.toml"), "metadata": metadata,
            "license": null, "license_file": null, "description": null, "publish": null,
        }))
        .unwrap()
    }

    fn errors(packages: &[Package]) -> Vec<String> {
        let levels: BTreeMap<&str, u64> = packages
            .iter()
            .filter_map(|package| Some((package.name.as_str(), level(package)?)))
            .collect();
        packages
            .iter()
            .flat_map(|package| check_edges(package, &levels))
            .collect()
    }

    #[test]
    fn an_edge_between_peers_is_an_error() {
        let packages = [
            package("howdah-roles", Some(2), &[("howdah-migrate", None)]),
            package("howdah-migrate", Some(2), &[]),
        ];
        assert_eq!(errors(&packages).len(), 1);
    }

    #[test]
    fn an_edge_upwards_is_an_error_and_one_downwards_is_not() {
        let packages = [
            package(
                "howdah-config",
                Some(1),
                &[("howdah-ident", None), ("howdah-pool", None)],
            ),
            package("howdah-pool", Some(2), &[]),
            package("howdah-ident", Some(0), &[]),
        ];
        let errors = errors(&packages);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].contains("howdah-pool (level 2)"), "{errors:?}");
    }

    #[test]
    fn the_testkit_may_only_be_a_dev_dependency() {
        let packages = [
            package("howdah-roles", Some(2), &[("howdah-testkit", Some("dev"))]),
            package("howdah-testkit", Some(4), &[]),
        ];
        assert!(errors(&packages).is_empty());
        let packages = [
            package("howdah-roles", Some(2), &[("howdah-testkit", None)]),
            package("howdah-testkit", Some(4), &[]),
        ];
        assert!(!errors(&packages).is_empty());
    }
}
