//! Diagnostics as a SARIF 2.1.0 log, for programs that collect findings of many tools.

use super::{Diagnostic, Level, Location};
use serde_json::{Map, Value, json};

/// What is known about a rule besides its findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleText {
    /// What it finds, as a heading.
    pub title: String,
    /// Why it matters.
    pub effect: String,
    /// What to do, as Markdown and as text.
    pub help: String,
}

/// The log of one run. `rule` tells about a rule by its name, `path` names a file relative to the repository.
#[must_use]
pub fn sarif(found: &[Diagnostic], completed: bool, rule: &dyn Fn(&str) -> RuleText, path: &dyn Fn(&str) -> String) -> Value {
    let mut ids: Vec<&str> = found.iter().map(|it| it.rule).collect();
    ids.sort_unstable();
    ids.dedup();
    let results: Vec<Value> = found.iter().map(|it| result(it, ids.binary_search(&it.rule).unwrap_or_default(), path)).collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "migrate-first",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": ids.iter().map(|id| descriptor(id, &rule(id))).collect::<Vec<_>>(),
            }},
            "invocations": [{"executionSuccessful": completed}],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn descriptor(id: &str, text: &RuleText) -> Value {
    let mut descriptor = json!({"id": id, "shortDescription": {"text": text.title}});
    if !text.effect.is_empty() {
        descriptor["fullDescription"] = json!({"text": text.effect});
    }
    if !text.help.is_empty() {
        descriptor["help"] = json!({"text": text.help, "markdown": text.help});
    }
    descriptor
}

fn result(diagnostic: &Diagnostic, index: usize, path: &dyn Fn(&str) -> String) -> Value {
    let mut properties = Map::new();
    if !diagnostic.hazards.is_empty() {
        properties.insert("hazard".into(), diagnostic.hazards.iter().map(|it| it.word()).collect());
    }
    if let Some(code) = &diagnostic.sqlstate {
        properties.insert("sqlstate".into(), code.as_str().into());
    }
    let mut result = json!({
        "ruleId": diagnostic.rule,
        "ruleIndex": index,
        "level": level(diagnostic.level),
        "message": {"text": super::prose(diagnostic)},
        "properties": properties,
    });
    if let Some(location) = &diagnostic.location {
        result["locations"] = json!([{"physicalLocation": place(location, path)}]);
    }
    result
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "note",
    }
}

fn place(location: &Location, path: &dyn Fn(&str) -> String) -> Value {
    let path = path(&location.file);
    let artifact = match path.strip_prefix('/') {
        Some(absolute) => json!({"uri": format!("file:///{}", encoded(absolute))}),
        None => json!({"uri": encoded(&path), "uriBaseId": "%SRCROOT%"}),
    };
    let mut place = json!({"artifactLocation": artifact});
    // Without a line it is about the file as a whole.
    if !location.line.is_empty() {
        let (start, end) = (location.start, location.end);
        place["region"] = json!({
            "startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column,
            "snippet": {"text": location.line},
        });
    }
    place
}

/// A path as part of a URI.
fn encoded(path: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte);
    let one = |byte: u8| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    path.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(found: &[Diagnostic]) -> Value {
        let rule = |id: &str| RuleText { title: id.replace('-', " "), effect: String::new(), help: "Mend it.".into() };
        sarif(found, true, &rule, &str::to_owned)
    }

    #[test]
    fn results_point_at_their_rules() {
        let place = Location::new("m/a b.sql", "select 1;\nselect ä2;\n", 17..20);
        let found = [
            Diagnostic::error("z-rule", "one").at(place).hint("mend it").sqlstate("42703"),
            Diagnostic::warning("a-rule", "two").at(Location::file("/elsewhere/x.sql")),
            Diagnostic::warning("a-rule", "three").level(Level::Info),
        ];
        let log = log(&found);
        let run = &log["runs"][0];
        for result in run["results"].as_array().expect("results") {
            let index = usize::try_from(result["ruleIndex"].as_u64().expect("an index")).expect("small");
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
        }
        let place = &run["results"][0]["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], "m/a%20b.sql");
        assert_eq!(place["region"]["startLine"], 2);
        assert_eq!((&place["region"]["startColumn"], &place["region"]["endColumn"]), (&json!(8), &json!(10)));
        assert_eq!(run["results"][0]["message"]["text"], "one\nPostgreSQL 42703\nhint: mend it");
        assert_eq!(run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"], "file:///elsewhere/x.sql");
        assert!(run["results"][2].get("locations").is_none());
        assert_eq!(run["results"][2]["level"], "note");
    }

    #[test]
    fn nothing_found_is_a_log_too() {
        assert_eq!(log(&[])["runs"][0]["results"], json!([]));
    }
}
