//! Foreign data wrappers, servers, user mappings.

use super::super::model::{Kind, Object};
use super::{Way, options};

pub(super) fn create(object: &Object) -> String {
    let options = options::foreign(object.get("options"));
    let details = match object.id.kind {
        Kind::ForeignDataWrapper => object.get("handler").to_owned(),
        Kind::Server => {
            let text = |word, name| {
                if object.has(name) { format!(" {word} {}", crate::sql::quote::literal(object.get(name))) } else { String::new() }
            };
            format!("{}{} FOREIGN DATA WRAPPER {}", text("TYPE", "type"), text("VERSION", "version"), object.get("wrapper"))
        }
        _ => String::new(),
    };
    format!("CREATE {}{details}{options}", object.id)
}

pub(super) fn alter(from: &Object, to: &Object) -> Way {
    if ["wrapper", "type"].iter().any(|name| from.get(name) != to.get(name)) {
        return Way::Rebuild;
    }
    let mut details = String::new();
    if from.get("handler") != to.get("handler") {
        let parts = [("HANDLER", "NO HANDLER"), ("VALIDATOR", "NO VALIDATOR")];
        let gone = parts
            .iter()
            .filter(|(word, _)| from.get("handler").contains(&format!(" {word} ")) && !to.get("handler").contains(&format!(" {word} ")));
        details = format!("{}{}", to.get("handler"), gone.map(|(_, none)| format!(" {none}")).collect::<String>());
    }
    if from.get("version") != to.get("version") {
        details = format!(" VERSION {}", crate::sql::quote::literal(to.get("version")));
    }
    let options = options::foreign_changes(from.get("options"), to.get("options")).unwrap_or_default();
    Way::InPlace(vec![format!("ALTER {}{details}{options}", to.id)])
}
