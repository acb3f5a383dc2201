//! Knows the repository a server belongs to: its hash, its names, its folder and its lock.
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};
use xshell::Shell;

/// The repository whose server is meant. The canonical path tells two clones apart.
pub(super) struct Site {
    pub(super) shell: Shell,
    pub(super) root: PathBuf,
    pub(super) hash: String,
}

impl Site {
    pub(super) fn new(root: &Path) -> Result<Site> {
        let root = root.canonicalize().with_context(|| format!("failed to find the repository `{}`", root.display()))?;
        let shell = Shell::new().context("failed to read the current folder")?;
        shell.change_dir(&root);
        let hash = hex(root.as_os_str().as_encoded_bytes());
        Ok(Site { shell, root, hash })
    }

    /// Where the state, the lock and local data live; git ignores it with the rest of `target`.
    pub(super) fn folder(&self) -> PathBuf {
        self.root.join("target").join("xtask")
    }

    pub(super) fn container(&self) -> String {
        let folder = self.root.file_name().unwrap_or_default();
        format!("migrate-first-{}-{}", slug(&folder.to_string_lossy()), &self.hash[..8])
    }

    /// Each image has its own volume: another major version cannot read the data, and another C library sorts text
    /// differently, which silently breaks indexes.
    pub(super) fn volume(&self, image: &str) -> String {
        format!("{}-{}", self.container(), &hex(image.as_bytes())[..8])
    }

    /// Held while a server is started, stopped or removed, so that two commands never start two.
    pub(super) fn lock(&self, say: &mut dyn FnMut(&str)) -> Result<File> {
        let path = self.folder().join("server.lock");
        let what = || format!("failed to lock `{}`; make the folder writable", path.display());
        std::fs::create_dir_all(self.folder()).with_context(what)?;
        let file = File::options().create(true).append(true).open(&path).with_context(what)?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => say("waiting for another command that is busy with the server"),
            Err(TryLockError::Error(error)) => return Err(error).with_context(what),
        }
        file.lock().with_context(what)?;
        Ok(file)
    }
}

/// The SHA-256 of `bytes` in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    to_hex(&Sha256::digest(bytes))
}

pub(super) fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What Docker takes as a part of a name.
fn slug(name: &str) -> String {
    name.to_lowercase().chars().map(|it| if it.is_ascii_alphanumeric() { it } else { '-' }).take(30).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(root: &str) -> Site {
        let hash = hex(root.as_bytes());
        Site { shell: Shell::new().expect("a current folder"), root: root.into(), hash }
    }

    #[test]
    fn names_tell_two_clones_of_one_repository_apart() {
        let (one, two) = (site("/a/Shop API").container(), site("/b/Shop API").container());
        assert!(one.starts_with("migrate-first-shop-api-"), "{one}");
        assert_ne!(one, two);
    }

    #[test]
    fn each_image_has_its_own_volume() {
        let site = site("/a/shop");
        assert_ne!(site.volume("postgres:17"), site.volume("postgres:18"));
        assert!(site.volume("postgres:17").starts_with(&site.container()));
    }

    #[test]
    fn a_slug_is_short_and_plain() {
        assert_eq!(slug("Größe & Maß"), "gr--e---ma-");
        assert_eq!(slug(&"x".repeat(99)).len(), 30);
        assert_eq!(hex(b"abc")[..8], *"ba7816bf");
    }
}
