//! What `cargo xtask init` finds in a repository before it writes anything.

use crate::ci::workflow;
use crate::cli::Init;
use crate::commands::hooks::watched;
use crate::config::Config;
use crate::diagnostic::Diagnostic;
use crate::exit::{Exit, Failure};
use crate::init::{Facts, Library, OURS, settings};
use crate::migration::lockfile;
use std::path::{Path, PathBuf};

/// What the repository at `root` has, and what it will have in its `xtask.toml`.
pub(super) fn of(root: &Path, args: &Init) -> Result<Facts, Failure> {
    let read = |name: &str| std::fs::read_to_string(root.join(name));
    let settings = read("xtask.toml").unwrap_or_else(|_| settings(vacant(root, MIGRATIONS), vacant(root, SCHEMA)));
    let config = Config::of_file(root, &settings)?;
    let folder = |key: &str| {
        let name = config.text(key).trim_end_matches('/').to_owned();
        let is_vacant = is_vacant(root, &name);
        (name, is_vacant)
    };
    Ok(Facts {
        name: image_name(root),
        library: library(root, args.library.as_deref())?,
        has_manifest: read("Cargo.toml").is_ok_and(|text| !text.starts_with(OURS)),
        ignores_target: read(".gitignore").is_ok_and(|text| text.lines().any(|it| it.trim_matches('/') == "target")),
        migrations: folder("migrations.dir"),
        schema: folder("schema.dir"),
        image: config.text("server.image").to_owned(),
        watched: watched(&config),
        workflows: workflow::Facts::of(&config)?,
        settings,
    })
}

/// Where migrations may go: another tool's files in the first folder stay alone there.
const MIGRATIONS: [&str; 2] = ["migrations", "db/migrations"];

/// Where the desired state may go.
const SCHEMA: [&str; 2] = ["schema", "db/schema"];

/// The first of `folders` that holds nothing of anybody else's; the last where all do.
fn vacant(root: &Path, folders: [&'static str; 2]) -> &'static str {
    if is_vacant(root, folders[0]) { folders[0] } else { folders[1] }
}

fn is_vacant(root: &Path, folder: &str) -> bool {
    let is_ours = |name: &str| name.starts_with('.') || name == lockfile::NAME;
    std::fs::read_dir(root.join(folder))
        .is_ok_and(|mut entries| entries.all(|it| it.is_ok_and(|it| is_ours(&it.file_name().to_string_lossy()))))
        || !root.join(folder).exists()
}

/// The name of the folder, as the name of an image may be.
fn image_name(root: &Path) -> String {
    let name = root.file_name().map(|it| it.to_string_lossy().to_lowercase()).unwrap_or_default();
    let words: Vec<&str> = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).collect();
    if words.is_empty() { "database".to_owned() } else { words.join("-") }
}

/// The root of the git repository that `dir` is.
pub(super) fn repository(dir: &Path) -> Result<PathBuf, Failure> {
    let refuse = |message: String, hint: &str| Failure::new(Exit::Usage, Diagnostic::error("no-repository", message).hint(hint));
    let root =
        dir.canonicalize().map_err(|error| refuse(format!("failed to enter `{}`: {error}", dir.display()), "name a folder that exists"))?;
    if root.join(".git").exists() {
        return Ok(root);
    }
    let above = root.ancestors().skip(1).find(|it| it.join(".git").exists());
    Err(match above {
        Some(above) => refuse(
            format!("`{}` is not the root of its git repository", dir.display()),
            &format!("name the root: `cargo xtask init {}`", above.display()),
        ),
        None => refuse(
            format!("`{}` is no git repository", dir.display()),
            "run `git init` there first: migrations are compared with what git has",
        ),
    })
}

/// How to depend on this library: as told, else in the way that this program itself was built from.
fn library(root: &Path, told: Option<&str>) -> Result<Library, Failure> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let told = told.map(Library::parse);
    let path = match told {
        Some(Library::Path(path)) => PathBuf::from(path),
        Some(library) => return Ok(library),
        // A copy of the registry's or of git's that cargo keeps: no place to depend on.
        None if !here.join("Cargo.toml").is_file()
            || here.ancestors().any(|it| it.ends_with("registry/src") || it.ends_with("git/checkouts")) =>
        {
            return Ok(Library::Version(env!("CARGO_PKG_VERSION").to_owned()));
        }
        None => here.to_owned(),
    };
    let package = path
        .canonicalize()
        .ok()
        .filter(|it| std::fs::read_to_string(it.join("Cargo.toml")).is_ok_and(|it| it.contains("name = \"migrate-first\"")));
    let package = package.ok_or_else(|| {
        let diagnostic = Diagnostic::error("no-library", format!("`{}` does not hold the package migrate-first", path.display()));
        Failure::new(Exit::Usage, diagnostic.hint("name the folder of its Cargo.toml, a git address or a version with `--library`"))
    })?;
    Ok(Library::Path(relative(&root.join("xtask"), &package)))
}

/// The way from one folder to another, both absolute.
fn relative(from: &Path, to: &Path) -> String {
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.components().count() - common);
    let down = to.components().skip(common).map(|it| it.as_os_str().to_string_lossy().into_owned());
    up.chain(down).collect::<Vec<_>>().join("/")
}
