//! Comparing what the server prints: some expressions come back in another form after they were printed and read once.

use super::super::model::Object;

/// Whether two objects are the same but for owner, privileges and remarks.
pub fn same(from: &Object, to: &Object) -> bool {
    if from.attributes == to.attributes {
        return true;
    }
    from.attributes.len() == to.attributes.len()
        && from.attributes.iter().zip(&to.attributes).all(|((a, x), (b, y))| a == b && (x == y || settle(x) == settle(y)))
}

/// `text` as it is once it was printed and read again: casts of a whole array literal move to its items.
pub(super) fn settle(text: &str) -> String {
    let mut rest = text;
    let mut settled = String::with_capacity(text.len());
    while let Some(start) = rest.find("(ARRAY[") {
        let Some((items, cast, end)) = array_cast(&rest[start..]) else {
            settled.push_str(&rest[..start + 7]);
            rest = &rest[start + 7..];
            continue;
        };
        settled.push_str(&rest[..start]);
        let items: Vec<String> = items.iter().map(|item| format!("({item})::{cast}")).collect();
        settled.push_str(&format!("ARRAY[{}]", items.join(", ")));
        rest = &rest[start + end..];
    }
    settled.push_str(rest);
    settled.replace("(ARRAY[", "ARRAY[").replace("])", "]")
}

/// The items, the element type and the length of a `(ARRAY[…])::type[]` at the start of `text`.
fn array_cast(text: &str) -> Option<(Vec<&str>, &str, usize)> {
    let open = "(ARRAY[".len();
    let (items, close) = items(&text[open..])?;
    let rest = text[open + close..].strip_prefix("])::")?;
    let length = rest.find("[]")?;
    let cast = &rest[..length];
    cast.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '_' | '.' | '"')).then_some((items, cast, open + close + 4 + length + 2))
}

/// The items up to the closing bracket, and where that is.
fn items(text: &str) -> Option<(Vec<&str>, usize)> {
    let (mut list, mut start, mut depth, mut quote) = (Vec::new(), 0, 0, None);
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(q), _) if c == q => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(' | '[') => depth += 1,
            (None, ']') if depth == 0 => {
                list.push(text[start..at].trim());
                return Some((list, at));
            }
            (None, ')' | ']') => depth -= 1,
            (None, ',') if depth == 0 => {
                list.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cast_of_an_array_moves_to_its_items() {
        let first = "((a)::text = ANY ((ARRAY['x'::character varying, 'y'::character varying])::text[]))";
        let second = "((a)::text = ANY (ARRAY[('x'::character varying)::text, ('y'::character varying)::text]))";
        assert_eq!(settle(first), settle(second));
    }
}
