use howdah_config::{Treatment, parameters};

use super::{code, row};
use crate::documents::kind;

const HEADING: &str = "
## Parameters of a connection URL

| parameter | what becomes of it | meaning |
|---|---|---|
";

/// Every parameter of a connection URL.
pub(super) fn table() -> String {
    let rows = parameters().iter().map(|parameter| {
        let treatment = treatment(&parameter.treatment);
        row(&[code(parameter.name), treatment, parameter.doc.to_owned()])
    });
    format!("{HEADING}{}", rows.collect::<String>())
}

fn treatment(treatment: &Treatment) -> String {
    match treatment {
        Treatment::Honoured(kind) => format!("used: {}", kind::words(*kind)),
        Treatment::AcceptedOnly { values, reason } => {
            let values: Vec<String> = values.iter().map(|value| shown(value)).collect();
            format!("only {}: {reason}", values.join(", "))
        }
        Treatment::Refused { instead } => format!("refused: {instead}"),
        _ => String::new(),
    }
}

fn shown(value: &str) -> String {
    if value.is_empty() {
        "an empty value".to_owned()
    } else {
        code(value)
    }
}
