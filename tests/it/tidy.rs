//! The repository checks itself: what a newcomer may rely on everywhere, and what must stay absent.

use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// Every Rust file of the workspace with its text, the path relative to the root.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    for folder in ["xtask", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 50, "the sources are elsewhere");
    found
}

fn collect(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            let name = path.strip_prefix(root()).expect("below the root").display().to_string();
            found.push((name, std::fs::read_to_string(&path).expect("text")));
        }
    }
}

fn check(rule: &str, broken: impl Fn(&str, &str) -> Option<String>) {
    let complaints: Vec<String> =
        sources().iter().filter_map(|(name, text)| broken(name, text).map(|what| format!("{name}: {what}"))).collect();
    assert!(complaints.is_empty(), "{rule}:\n{}", complaints.join("\n"));
}

#[test]
fn every_file_says_what_it_knows() {
    check("a file opens with `//!`", |_, text| (!text.starts_with("//!")).then(|| "does not".to_owned()));
}

#[test]
fn no_file_is_too_long_to_find_things_in() {
    check("a file has at most 600 lines", |_, text| Some(text.lines().count()).filter(|n| *n > 600).map(|n| format!("{n}")));
}

/// Rule 3 of the design: the part that decides never touches the world.
#[test]
fn the_pure_part_is_pure() {
    let pure = [
        "sql/",
        "migration/",
        "plan",
        "adopt/",
        "diagnostic/",
        "units",
        "exit",
        "catalog/model",
        "catalog/diff",
        "catalog/render",
        "lint/",
    ];
    let world = ["postgres::", "std::fs", "std::process", "xshell", "std::net", "std::env"];
    check("the pure part names nothing of the outside world", |name, text| {
        let module = name.strip_prefix("xtask/src/")?;
        let is_pure = pure.iter().any(|prefix| module.starts_with(prefix));
        let named = world.iter().find(|it| text.lines().any(|line| !line.trim_start().starts_with("//") && line.contains(**it)));
        named.filter(|_| is_pure).map(|it| format!("names {it}"))
    });
}

#[test]
fn only_one_module_knows_the_parser_and_one_the_client() {
    check("squawk is known in sql/ alone, tokio-postgres in db/ alone", |name, text| {
        let code = || text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let strays =
            |word: &str, home: &str| name.starts_with("xtask/src/") && !name.starts_with(home) && code().any(|line| line.contains(word));
        strays("squawk_", "xtask/src/sql/")
            .then(|| "names squawk".to_owned())
            .or_else(|| strays("tokio_postgres", "xtask/src/db/").then(|| "names tokio_postgres".to_owned()))
    });
}

#[test]
fn only_the_user_interface_prints() {
    check("only ui prints", |name, text| {
        let may = !name.starts_with("xtask/src/") || name.starts_with("xtask/src/ui/");
        let prints = || text.lines().any(|line| ["println!(", "eprintln!(", "print!("].iter().any(|it| line.trim_start().starts_with(it)));
        (!may && prints()).then(|| "prints".to_owned())
    });
}

#[test]
fn the_settings_page_has_every_setting() {
    let page = std::fs::read_to_string(root().join("docs/settings.md")).expect("the page");
    for setting in migrate_first::config::SETTINGS {
        let key = setting.key.split_once('.').map_or(setting.key, |(_, key)| key);
        let facts = [Some(key), setting.flag, setting.variable, Some(setting.default).filter(|it| !it.is_empty())];
        let facts: Vec<&str> = facts.into_iter().flatten().collect();
        let is_row = |line: &&str| line.starts_with('|') && ["`", " "].iter().any(|it| line.contains(&format!("{it}{key}`")));
        let said = page.lines().filter(is_row).any(|row| facts.iter().all(|fact| row.contains(fact)));
        assert!(said, "docs/settings.md does not say of {}: {}", setting.key, facts.join(", "));
    }
}

#[test]
fn pages_that_come_from_the_code_are_as_it_says() {
    let stale: Vec<String> = migrate_first::docs::pages()
        .into_iter()
        .filter(|(path, text)| std::fs::read_to_string(root().join(path)).ok().as_ref() != Some(text))
        .map(|(path, _)| path)
        .collect();
    assert!(stale.is_empty(), "run `cargo xtask docs` for {stale:?}");
}

#[test]
fn no_link_of_the_documents_leads_nowhere() {
    let guides =
        std::fs::read_dir(root().join("docs")).expect("the documents").flatten().map(|it| format!("docs/{}", it.file_name().display()));
    let documents =
        ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"].into_iter().map(str::to_owned).chain(guides.filter(|it| it.ends_with(".md")));
    for document in documents {
        let text = std::fs::read_to_string(root().join(&document)).expect("a document");
        let folder = root().join(&document).parent().expect("a folder").to_owned();
        for link in text.split("](").skip(1).filter_map(|it| it.split(')').next()).filter(|it| !it.starts_with("http")) {
            let file = link.split('#').next().unwrap_or_default();
            assert!(folder.join(file).exists(), "{document} links to {link}");
        }
    }
}

/// The names of errors that the code makes, those of lint rules apart, which have pages of their own.
fn error_names() -> Vec<String> {
    let pattern = regex::Regex::new(r#"(?:Diagnostic::(?:error|warning)\(\s*|rule: )"([a-z]+(?:-[a-z]+)*)""#).expect("a valid pattern");
    let files = sources().into_iter().filter(|(name, _)| name.starts_with("xtask/src/") && !name.starts_with("xtask/src/lint/"));
    let mut names: Vec<String> = Vec::new();
    for (_, text) in files {
        // What a module's own tests make up is no error of the tool.
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        names.extend(pattern.captures_iter(code).map(|it| it[1].to_owned()));
    }
    names.sort();
    names.dedup();
    names
}

#[test]
fn every_error_has_its_cause_and_cure() {
    let page = std::fs::read_to_string(root().join("docs/troubleshooting-migrations.md")).expect("the page");
    let names = error_names();
    assert!(names.len() > 50, "the errors are made in another way");
    let missing: Vec<&String> = names.iter().filter(|name| !page.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/troubleshooting-migrations.md does not say what stands behind {missing:?}");
}

#[test]
fn every_json_value_is_described() {
    let pattern = regex::Regex::new(r#""type": "([a-z]+)""#).expect("a valid pattern");
    let described: Vec<&str> = migrate_first::reference::VALUES.iter().map(|it| it.0).collect();
    for (name, text) in sources().into_iter().filter(|(name, _)| name.starts_with("xtask/src/") && !name.ends_with("sarif.rs")) {
        for found in pattern.captures_iter(&text) {
            assert!(described.contains(&&found[1]), "{name} prints `{}`, of which xtask/src/reference.rs says nothing", &found[1]);
        }
    }
}
