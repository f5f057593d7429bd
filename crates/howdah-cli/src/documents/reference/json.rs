use howdah_config::{Alias, AliasPlace, Key, Kind, Parameter, Reads, Treatment, keys, parameters};
use serde_json::{Value, json};

use crate::documents::kind;

/// The reference for programs.
pub(crate) fn reference_json() -> Value {
    json!({
        "keys": keys().iter().map(key).collect::<Vec<_>>(),
        "parameters": parameters().iter().map(parameter).collect::<Vec<_>>(),
    })
}

fn key(key: &Key) -> Value {
    json!({
        "path": key.path,
        "variable": key.variable("HOWDAH"),
        "kind": kind::name(key.kind),
        "words": words(key.kind),
        "default": key.default,
        "bound": key.bound,
        "doc": key.doc,
        "aliases": key.aliases.iter().map(alias).collect::<Vec<_>>(),
    })
}

fn words(kind: Kind) -> Option<&'static [&'static str]> {
    match kind {
        Kind::Word(words) => Some(words),
        _ => None,
    }
}

fn alias(alias: &Alias) -> Value {
    let place = match alias.place {
        AliasPlace::File => "file",
        AliasPlace::Variable => "variable",
        AliasPlace::Libpq => "libpq",
        AliasPlace::Url => "url",
        AliasPlace::Flag => "flag",
        _ => "other",
    };
    let reads = match alias.reads {
        Reads::Same => json!("same"),
        Reads::Minutes => json!("minutes"),
        Reads::MaxOpen => json!("max_open"),
        Reads::Whether { yes, no } => json!({ "true": yes, "false": no }),
        Reads::Secret => json!("secret"),
        _ => json!("other"),
    };
    json!({ "name": alias.name, "place": place, "reads": reads })
}

fn parameter(parameter: &Parameter) -> Value {
    let (treatment, details) = match parameter.treatment {
        Treatment::Honoured(kind) => (
            "honoured",
            json!({ "kind": kind::name(kind), "words": words(kind) }),
        ),
        Treatment::AcceptedOnly { values, reason } => (
            "accepted_only",
            json!({ "values": values, "reason": reason }),
        ),
        Treatment::Refused { instead } => ("refused", json!({ "instead": instead })),
        _ => ("other", Value::Null),
    };
    json!({
        "name": parameter.name,
        "treatment": treatment,
        "details": details,
        "doc": parameter.doc,
    })
}
