use super::parameter::{Parameter, Treatment};
use crate::value::listed;
use crate::{Kind, options};

/// What is wrong with the value of a parameter. The sentence does not show it.
pub(super) fn fault(parameter: &Parameter, value: &str) -> Option<String> {
    let name = parameter.name;
    match parameter.treatment {
        Treatment::Refused { instead } => Some(format!(
            "`{name}` cannot be honoured by the driver; {instead}"
        )),
        Treatment::AcceptedOnly { values, reason } => (!values.contains(&value)).then(|| {
            let given: Vec<&str> = values.iter().copied().filter(|v| !v.is_empty()).collect();
            format!("`{name}` can only be {}: {reason}", listed(&given))
        }),
        Treatment::Honoured(Kind::Word(words)) => {
            (!words.contains(&value)).then(|| format!("`{name}` must be {}", listed(words)))
        }
        Treatment::Honoured(Kind::Integer) => value
            .parse::<i32>()
            .is_err()
            .then(|| format!("`{name}` must be a whole number")),
        Treatment::Honoured(_) => fault_of_text(name, value),
    }
}

fn fault_of_text(name: &str, value: &str) -> Option<String> {
    match name {
        "options" if !value.trim().is_empty() => {
            let fault = options::parse(value).err()?;
            Some(format!("`options` {fault}"))
        }
        // A file called system, libpq reads as ./system only: the word stands for the system's authorities.
        "sslrootcert" if value == "system" => Some(
            "`sslrootcert` cannot be system: name the file of the certificate authority (PEM)"
                .to_owned(),
        ),
        "dbname" if is_connection_string(value) => Some(
            "`dbname` must be the name of a database, not a connection string of its own: give only the inner one"
                .to_owned(),
        ),
        _ => None,
    }
}

fn is_connection_string(value: &str) -> bool {
    ["postgres://", "postgresql://"]
        .iter()
        .any(|scheme| value.starts_with(scheme))
}
