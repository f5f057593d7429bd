use std::collections::{BTreeMap, BTreeSet, VecDeque};

use cargo_metadata::{DependencyKind, Metadata, Node, PackageId};

/// What must not be among the normal dependencies of some crates, at any depth and with any feature.
struct Rule {
    crates: &'static [&'static str],
    without: &'static str,
    /// Names of packages; a star at the end stands for any rest.
    packages: &'static [&'static str],
    why: &'static str,
}

#[rustfmt::skip]
const RULES: &[Rule] = &[
    Rule {
        crates: &["howdah-ident", "howdah-secrets", "howdah-config"],
        without: "sqlx",
        packages: &["sqlx", "sqlx-*"],
        why: "who only reads settings must not compile a driver",
    },
    Rule {
        crates: &["howdah-ident", "howdah-secrets", "howdah-config"],
        without: "an async runtime",
        packages: &[
            "tokio", "async-std", "smol", "async-executor", "async-global-executor", "async-io", "futures-executor",
            "mio", "glommio", "monoio", "compio", "compio-*", "embassy-executor",
        ],
        why: "settings are read before a runtime starts, and whichever it is",
    },
];

/// Checks [`RULES`] against `cargo metadata` with its dependencies. An optional dependency of another crate may stand
/// there although nothing turns it on: what is not even there cannot be compiled.
pub(crate) fn check(metadata: &Metadata) -> Vec<String> {
    let Some(graph) = Graph::of(metadata) else {
        return vec!["cargo metadata came without dependencies".to_owned()];
    };
    let mut errors = Vec::new();
    for rule in RULES {
        for name in rule.crates {
            errors.extend(graph.check(name, rule));
        }
    }
    errors
}

struct Graph<'a> {
    members: BTreeMap<&'a str, &'a PackageId>,
    names: BTreeMap<&'a PackageId, &'a str>,
    nodes: BTreeMap<&'a PackageId, &'a Node>,
}

impl<'a> Graph<'a> {
    fn of(metadata: &'a Metadata) -> Option<Self> {
        let nodes = &metadata.resolve.as_ref()?.nodes;
        let members = metadata.workspace_packages();
        Some(Self {
            members: members
                .iter()
                .map(|package| (package.name.as_str(), &package.id))
                .collect(),
            names: metadata
                .packages
                .iter()
                .map(|package| (&package.id, package.name.as_str()))
                .collect(),
            nodes: nodes.iter().map(|node| (&node.id, node)).collect(),
        })
    }

    fn check(&self, name: &str, rule: &Rule) -> Vec<String> {
        let Some(root) = self.members.get(name) else {
            return vec![format!("there is no crate {name}, which has a rule")];
        };
        let paths = self.shortest_paths(root, rule);
        let Rule { without, why, .. } = rule;
        paths
            .into_iter()
            .map(|path| format!("{path}: {name} does without {without}; {why}"))
            .collect()
    }

    /// Breadth first. What is below a forbidden package is there because of it, and not reported again.
    fn shortest_paths(&self, root: &'a PackageId, rule: &Rule) -> Vec<String> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([root]);
        let mut queue = VecDeque::from([(root, self.name(root).to_owned())]);
        while let Some((package, path)) = queue.pop_front() {
            for next in self.normal_dependencies(package) {
                if !seen.insert(next) {
                    continue;
                }
                let name = self.name(next);
                let path = format!("{path} -> {name}");
                if rule.forbids(name) {
                    found.push(path);
                } else {
                    queue.push_back((next, path));
                }
            }
        }
        found
    }

    fn normal_dependencies(&self, package: &PackageId) -> impl Iterator<Item = &'a PackageId> {
        let dependencies = self.nodes.get(package).map(|node| node.deps.iter());
        dependencies
            .into_iter()
            .flatten()
            .filter(|edge| {
                let mut kinds = edge.dep_kinds.iter();
                kinds.any(|info| info.kind == DependencyKind::Normal)
            })
            .map(|edge| &edge.pkg)
    }

    fn name(&self, package: &PackageId) -> &'a str {
        self.names.get(package).copied().unwrap_or("?")
    }
}

impl Rule {
    fn forbids(&self, name: &str) -> bool {
        self.packages
            .iter()
            .any(|pattern| match pattern.strip_suffix('*') {
                Some(start) => name.starts_with(start),
                None => name == *pattern,
            })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// From, to, kind.
    type Edge = (&'static str, &'static str, Option<&'static str>);

    fn package(name: &str) -> Value {
        json!({
            "name": name, "version": "0.1.0", "id": name, "source": null, "dependencies": [],
            "targets": [], "features": {}, "manifest_path": format!("/{name}/Cargo.toml"),
            "metadata": {}, "license": null, "license_file": null, "description": null, "publish": null,
        })
    }

    fn errors(edges: &[Edge]) -> Vec<String> {
        let members = ["howdah-ident", "howdah-secrets", "howdah-config"];
        let ends = edges.iter().flat_map(|(from, to, _)| [*from, *to]);
        let names: BTreeSet<&str> = members.into_iter().chain(ends).collect();
        let deps = |name: &str| -> Vec<Value> {
            let own = edges.iter().filter(|(from, ..)| *from == name);
            own.map(|(_, to, kind)| {
                json!({ "name": to, "pkg": to, "dep_kinds": [{ "kind": kind, "target": null }] })
            })
            .collect()
        };
        let nodes: Vec<Value> = names
            .iter()
            .map(|name| json!({ "id": name, "deps": deps(name), "dependencies": [], "features": [] }))
            .collect();
        let packages: Vec<Value> = names.iter().map(|name| package(name)).collect();
        let metadata: Metadata = serde_json::from_value(json!({
            "packages": packages, "workspace_members": members, "version": 1,
            "resolve": { "nodes": nodes, "root": null }, "workspace_root": "/",
            "target_directory": "/target", "metadata": null,
        }))
        .unwrap();
        check(&metadata)
    }

    #[test]
    fn a_runtime_at_any_depth_is_an_error_that_names_the_shortest_path() {
        let edges = [
            ("howdah-config", "howdah-secrets", None),
            ("howdah-config", "far", None),
            ("far", "further", None),
            ("further", "tokio", None),
            ("far", "tokio", None),
            ("tokio", "mio", None),
        ];
        assert_eq!(
            errors(&edges),
            [
                "howdah-config -> far -> tokio: howdah-config does without an async runtime; \
              settings are read before a runtime starts, and whichever it is"
            ]
        );
    }

    #[test]
    fn a_crate_of_sqlx_is_an_error_in_every_crate_above_it() {
        let edges = [
            ("howdah-config", "howdah-secrets", None),
            ("howdah-secrets", "sqlx-core", None),
        ];
        let errors = errors(&edges);
        assert_eq!(errors.len(), 2, "{errors:?}");
        assert!(errors[0].starts_with("howdah-secrets -> sqlx-core: "));
        assert!(errors[1].starts_with("howdah-config -> howdah-secrets -> sqlx-core: "));
    }

    #[test]
    fn tests_build_scripts_and_like_names_may_be() {
        let edges = [
            ("howdah-config", "tokio", Some("dev")),
            ("howdah-config", "smol", Some("build")),
            ("howdah-config", "smol_str", None),
        ];
        assert!(errors(&edges).is_empty());
    }

    #[test]
    fn every_crate_with_a_rule_is_in_the_workspace() {
        let nothing = json!({
            "packages": [], "workspace_members": [], "version": 1, "workspace_root": "/",
            "resolve": { "nodes": [], "root": null }, "target_directory": "/target", "metadata": null,
        });
        let metadata: Metadata = serde_json::from_value(nothing).unwrap();
        let errors = check(&metadata);
        assert_eq!(
            errors[0],
            "there is no crate howdah-ident, which has a rule"
        );
    }
}
