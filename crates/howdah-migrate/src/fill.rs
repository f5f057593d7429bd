/// Puts the values into the places `{name}` of a template, in one pass: a value may look like a place itself.
pub(crate) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some((before, behind)) = rest.split_once('{') {
        filled.push_str(before);
        let place = behind.split_once('}').and_then(|(name, behind)| {
            let (_, value) = values.iter().find(|(known, _)| *known == name)?;
            Some((value, behind))
        });
        rest = if let Some((value, behind)) = place {
            filled.push_str(value);
            behind
        } else {
            filled.push('{');
            behind
        };
    }
    filled.push_str(rest);
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_place_stays_as_it_is() {
        let values = [("a", "'{b}'"), ("b", "2")];
        assert_eq!(fill("{a} {b} {c} {", &values), "'{b}' 2 {c} {");
    }
}
