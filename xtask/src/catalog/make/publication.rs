//! Publications and subscriptions.

use super::super::model::{Kind, Object};
use super::Way;

pub(super) fn create(object: &Object) -> Vec<String> {
    let (of, name) = (&object.id.of, &object.id.name);
    vec![match object.id.kind {
        Kind::PublicationTable => format!("ALTER PUBLICATION {of} ADD TABLE ONLY {name}{}", object.get("filter")),
        Kind::PublicationSchema => format!("ALTER PUBLICATION {of} ADD TABLES IN SCHEMA {name}"),
        Kind::Subscription => {
            let slot = if object.has("slot") { crate::sql::quote::literal(object.get("slot")) } else { "NONE".to_owned() };
            format!(
                "CREATE SUBSCRIPTION {name} CONNECTION 'host=/nonexistent' PUBLICATION {} WITH (connect = false, slot_name = {slot})",
                object.get("publications")
            )
        }
        _ => {
            let all = if object.has("all_tables") { " FOR ALL TABLES" } else { "" };
            format!("CREATE PUBLICATION {name}{all} WITH ({})", object.get("options"))
        }
    }]
}

pub(super) fn alter(from: &Object, to: &Object) -> Way {
    if to.id.kind != Kind::Publication || from.get("all_tables") != to.get("all_tables") {
        return Way::Rebuild;
    }
    Way::InPlace(vec![format!("ALTER PUBLICATION {} SET ({})", to.id.name, to.get("options"))])
}
