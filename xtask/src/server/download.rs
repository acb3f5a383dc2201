//! Knows where PostgreSQL's binaries can be downloaded, and takes only an archive whose checksum is the pinned one.
use std::env::consts::{ARCH, OS};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use xshell::cmd;

use super::site::{Site, hex};
use super::user::{self, Account};
use super::{Settings, process};

/// Releases of relocatable PostgreSQL builds; a mirror has the same layout: `<version>/postgresql-<version>-<target>.tar.gz`.
const RELEASES: &str = "https://github.com/theseus-rs/postgresql-binaries/releases/download";

const VERSION: &str = "18.6.0";

/// The published checksum of each platform's archive of [`VERSION`].
const PINS: [(&str, &str); 4] = [
    ("x86_64-unknown-linux-gnu", "bb3d09f876b2383e25a8c9ce09e32d185a03656a23d074f5195542b1b1b3ca61"),
    ("aarch64-unknown-linux-gnu", "5d2b5e8be9e96bfc3d7f22090057a836ec36d5d092542d8d3b93cc145cf4ee13"),
    ("x86_64-apple-darwin", "f8918fbe747e0d79bda58ad8f8afcf23ac384b847ff3af18856f0825ba54b031"),
    ("aarch64-apple-darwin", "a257bcdb8aa3301a13d6a5bcec48f8c9517045b7cbae71e50788b2615539e95b"),
];

/// A download may be slow; one that stands still is ended by curl itself.
const LIMIT: Duration = Duration::from_secs(900);

/// An archive with PostgreSQL's `bin` folder in its only top folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// The version, and the folder of the mirror that holds it.
    pub version: String,
    /// The file's name.
    pub file: String,
    /// The SHA-256 of the file, in lower-case hexadecimal.
    pub sha256: String,
}

/// The folder with the binaries, downloaded where they are not there yet.
pub(super) fn ensure(site: &Site, settings: &Settings, account: Option<&Account>, say: &mut dyn FnMut(&str)) -> Result<PathBuf> {
    let archive = archive(settings)?;
    let cache = cache(settings, account)?;
    let folder = cache.join(archive.folder());
    if !folder.join("bin/postgres").is_file() {
        say(&format!("downloading PostgreSQL {} from {}", archive.version, shown(base(settings))));
        fetch(site, &archive, base(settings), &cache, &folder)?;
    }
    Ok(folder.join("bin"))
}

/// Where the binaries are, or would be.
pub(super) fn folders(settings: &Settings) -> Vec<PathBuf> {
    let Ok(archive) = archive(settings) else { return Vec::new() };
    caches(settings).into_iter().map(|it| it.join(archive.folder())).collect()
}

/// Why a download would, or would not, be possible.
pub(super) fn survey(site: &Site, settings: &Settings) -> Result<String> {
    let archive = archive(settings)?;
    if let Some(folder) = folders(settings).into_iter().find(|it| it.join("bin/postgres").is_file()) {
        return Ok(format!("PostgreSQL {} is in `{}`", archive.version, folder.display()));
    }
    for program in ["curl", "tar"] {
        process::run(site.shell.cmd(program).arg("--version"), process::SHORT)?;
    }
    Ok(format!("PostgreSQL {} can be downloaded from {}", archive.version, shown(base(settings))))
}

impl Archive {
    /// Named by version and checksum: another archive never meets these binaries.
    fn folder(&self) -> String {
        format!("postgresql-{}-{}", self.version, &self.sha256[..8])
    }
}

fn archive(settings: &Settings) -> Result<Archive> {
    match &settings.archive {
        Some(archive) if archive.sha256.len() == 64 && archive.sha256.is_ascii() => Ok(archive.clone()),
        Some(archive) => bail!("`{}` is no SHA-256 of `{}`; give its 64 hexadecimal digits", archive.sha256, archive.file),
        None => pinned(ARCH, OS, cfg!(target_env = "musl")),
    }
}

fn pinned(arch: &str, os: &str, musl: bool) -> Result<Archive> {
    let target = match os {
        "linux" => format!("{arch}-unknown-linux-{}", if musl { "musl" } else { "gnu" }),
        "macos" => format!("{arch}-apple-darwin"),
        _ => format!("{arch}-{os}"),
    };
    let Some((_, sha256)) = PINS.iter().find(|(pinned, _)| *pinned == target) else {
        let pinned: Vec<&str> = PINS.iter().map(|(target, _)| *target).collect();
        bail!("no PostgreSQL is pinned for {target}, only for {}; install PostgreSQL or Docker", pinned.join(", "));
    };
    Ok(Archive { version: VERSION.into(), file: format!("postgresql-{VERSION}-{target}.tar.gz"), sha256: (*sha256).into() })
}

fn base(settings: &Settings) -> &str {
    settings.download_url.as_deref().unwrap_or(RELEASES).trim_end_matches('/')
}

/// A mirror's address may hold a password.
fn shown(url: &str) -> String {
    match url.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('@'))) {
        Some((scheme, Some((_, host)))) => format!("{scheme}://***@{host}"),
        _ => url.to_owned(),
    }
}

/// The caches that binaries may be in: the one that is set, else the user's own, else one for every user.
fn caches(settings: &Settings) -> Vec<PathBuf> {
    let set = |name| std::env::var_os(name).filter(|it| !it.is_empty()).map(PathBuf::from);
    let own = set("XDG_CACHE_HOME").or_else(|| Some(set("HOME")?.join(".cache"))).map(|it| it.join("migrate-first"));
    match &settings.cache {
        Some(cache) => vec![cache.clone()],
        None => own.into_iter().chain([PathBuf::from("/var/cache/migrate-first")]).collect(),
    }
}

/// The first cache that can be made and that the server's user can enter.
fn cache(settings: &Settings, account: Option<&Account>) -> Result<PathBuf> {
    let caches = caches(settings);
    // A folder made for nothing goes away again, if it is empty.
    let can_enter = |it: &Path| {
        let can = user::can_enter(it, account);
        if !can {
            let _ = fs::remove_dir(it);
        }
        can
    };
    let usable = caches.iter().find(|it| fs::create_dir_all(it).is_ok() && can_enter(it));
    usable.cloned().with_context(|| {
        let tried: Vec<String> = caches.iter().map(|it| format!("`{}`", it.display())).collect();
        format!("no cache folder can be made that the server's user can enter (tried {}); set one that can", tried.join(", "))
    })
}

/// Downloads, checks and unpacks aside, then renames: whoever comes second finds the whole folder or none.
fn fetch(site: &Site, archive: &Archive, base: &str, cache: &Path, folder: &Path) -> Result<()> {
    let aside = cache.join(format!(".{}-{}", archive.folder(), std::process::id()));
    fs::create_dir_all(aside.join("tree")).with_context(|| format!("failed to create `{}`; make the cache writable", aside.display()))?;
    let fetched = download(site, archive, base, &aside).and_then(|()| unpack(site, archive, &aside, folder));
    fs::remove_dir_all(&aside).with_context(|| format!("failed to remove `{}`", aside.display()))?;
    fetched
}

fn download(site: &Site, archive: &Archive, base: &str, aside: &Path) -> Result<()> {
    let (url, file) = (format!("{base}/{}/{}", archive.version, archive.file), aside.join("archive"));
    let address = shown(&url);
    // On standard input the address is in no list of processes and in no message.
    let config = format!("url = \"{}\"\n", url.replace('\\', r"\\").replace('"', "\\\""));
    let curl = cmd!(site.shell, "curl --fail --location --silent --show-error --retry 2 --speed-time 30 --speed-limit 1000")
        .args(["--config", "-", "--output"])
        .arg(&file);
    process::feed(curl, LIMIT, &config).map_err(|error| {
        let text = error.to_string();
        let cause = text.lines().last().unwrap_or_default().rsplit("failed: ").next().unwrap_or_default().to_owned();
        anyhow!("failed to download {address}: {cause}; set another `download_url`, or install PostgreSQL or Docker")
    })?;
    let bytes = fs::read(&file).with_context(|| format!("failed to read `{}`", file.display()))?;
    let found = hex(&bytes);
    if found != archive.sha256 {
        bail!(
            "wrong checksum of {address}\n  expected {}\n  found    {found}\nnothing of it was kept; set a `download_url` that has the published file",
            archive.sha256
        );
    }
    Ok(())
}

fn unpack(site: &Site, archive: &Archive, aside: &Path, folder: &Path) -> Result<()> {
    let (file, tree) = (aside.join("archive"), aside.join("tree"));
    // -o: the files belong to us, not to whoever has the number of the archive's maker.
    process::run(cmd!(site.shell, "tar -xzof {file} -C {tree} --strip-components 1"), LIMIT)?;
    if !tree.join("bin/postgres").is_file() {
        bail!("`{}` has no `bin/postgres` in its top folder; name another archive", archive.file);
    }
    match fs::rename(&tree, folder) {
        Err(_) if folder.join("bin/postgres").is_file() => Ok(()),
        renamed => renamed.with_context(|| format!("failed to create `{}`", folder.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_platform_gets_its_own_archive() {
        let archive = pinned("aarch64", "macos", false).expect("it is pinned");
        assert_eq!(archive.file, "postgresql-18.6.0-aarch64-apple-darwin.tar.gz");
        assert_eq!(archive.folder(), "postgresql-18.6.0-a257bcdb");
        assert_ne!(pinned("x86_64", "linux", false).expect("it is pinned").sha256, archive.sha256);
    }

    #[test]
    fn a_platform_without_a_pin_is_told_which_have_one() {
        let error = pinned("x86_64", "linux", true).expect_err("musl is not pinned").to_string();
        assert!(error.contains("x86_64-unknown-linux-musl") && error.contains("aarch64-apple-darwin"), "{error}");
        assert!(pinned("riscv64", "linux", false).is_err());
    }

    #[test]
    fn pins_are_whole_checksums() {
        for (target, sha256) in PINS {
            assert!(sha256.len() == 64 && sha256.bytes().all(|it| it.is_ascii_hexdigit() && !it.is_ascii_uppercase()), "{target}");
        }
    }

    #[test]
    fn a_mirrors_password_is_hidden() {
        assert_eq!(shown("https://me:secret@mirror/pg"), "https://***@mirror/pg");
        assert_eq!(shown("file:///srv/pg"), "file:///srv/pg");
    }
}
