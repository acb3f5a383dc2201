//! Functions and procedures.

use super::super::model::Object;
use super::Way;

pub(super) fn create(object: &Object) -> String {
    let text = object.get("definition").trim_end();
    text.replacen("CREATE OR REPLACE ", "CREATE ", 1)
}

/// `CREATE OR REPLACE` can change all but the names and types of arguments and result; it cannot take a default away.
pub(super) fn alter(from: &Object, to: &Object) -> Way {
    let count = |object: &Object| object.get("defaults").parse::<u32>().unwrap_or_default();
    let same = ["returns", "arguments"].iter().all(|name| from.get(name) == to.get(name));
    if same && count(from) <= count(to) { Way::InPlace(vec![to.get("definition").trim_end().to_owned()]) } else { Way::Rebuild }
}
