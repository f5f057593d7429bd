use std::collections::BTreeMap;

use super::difference::{Change, Difference};
use super::object::{Object, ObjectName};
use super::spell::renamed;

type Objects = BTreeMap<ObjectName, Object>;

/// One that is missing and one that is unexpected are the same one under another name, if everything else about them
/// is equal and no other pair is. Definitions that changed because they name it are not told either.
pub(super) fn join_renamed(
    differences: Vec<Difference>,
    expected: &Objects,
    found: &Objects,
) -> Vec<Difference> {
    let names = |change: &Change| -> Vec<&ObjectName> {
        differences
            .iter()
            .filter(|difference| difference.change == *change)
            .map(|difference| &difference.object)
            .collect()
    };
    let (missing, unexpected) = (names(&Change::Missing), names(&Change::Unexpected));
    let mut pairs: BTreeMap<ObjectName, ObjectName> = BTreeMap::new();
    for old in &missing {
        let is_same = |new: &ObjectName| is_renamed((expected, old), (found, new));
        let Some(new) = only(&unexpected, is_same) else {
            continue;
        };
        let is_same = |old: &ObjectName| is_renamed((expected, old), (found, new));
        if only(&missing, is_same).is_some() {
            pairs.insert((*old).clone(), new.clone());
        }
    }
    differences
        .into_iter()
        .filter_map(|difference| joined(difference, &pairs))
        .collect()
}

fn joined(difference: Difference, pairs: &BTreeMap<ObjectName, ObjectName>) -> Option<Difference> {
    match &difference.change {
        Change::Missing => {
            let Some(new) = pairs.get(&difference.object) else {
                return Some(difference);
            };
            let change = Change::Changed {
                what: "name".to_owned(),
                expected: Some(difference.object.name.clone()),
                found: Some(new.name.clone()),
            };
            Some(Difference {
                change,
                ..difference
            })
        }
        Change::Unexpected if pairs.values().any(|new| *new == difference.object) => None,
        Change::Changed {
            expected: Some(expected),
            found: Some(found),
            ..
        } if pairs
            .iter()
            .any(|(old, new)| without(expected, old) == without(found, new)) =>
        {
            None
        }
        _ => Some(difference),
    }
}

fn without(text: &str, name: &ObjectName) -> String {
    // Functions are named with their arguments.
    let (name, _) = name.name.split_once('(').unwrap_or((&name.name, ""));
    renamed(text, name, "<name>")
}

fn only<'a>(
    names: &[&'a ObjectName],
    matches: impl Fn(&ObjectName) -> bool,
) -> Option<&'a ObjectName> {
    let mut matching = names.iter().filter(|name| matches(name));
    let first = matching.next()?;
    matching.next().is_none().then_some(*first)
}

fn is_renamed(old: (&Objects, &ObjectName), new: (&Objects, &ObjectName)) -> bool {
    old.1.kind == new.1.kind
        && old.1.of == new.1.of
        && without_name(old).is_some()
        && without_name(old) == without_name(new)
}

/// An object and its columns, without its own name.
fn without_name((objects, name): (&Objects, &ObjectName)) -> Option<Vec<String>> {
    let object = objects.get(name)?;
    let mut text = texts(object, &name.name);
    for (part, column) in objects {
        if part.of.as_deref() == Some(name) && column.position.is_some() {
            text.push(part.name.clone());
            text.extend(texts(column, &name.name));
        }
    }
    Some(text)
}

fn texts(object: &Object, name: &str) -> Vec<String> {
    let values = object.properties.iter().chain(&object.privileges);
    let mut texts: Vec<String> = values
        .map(|(what, value)| format!("{what} {}", renamed(value, name, "<name>")))
        .collect();
    texts.push(object.position.unwrap_or(0).to_string());
    texts
}
