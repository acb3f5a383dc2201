//! Git hooks as text: what the shims say. Pure; who writes and runs them is in `commands`.
//!
//! A shim is three lines of shell. It calls the hook that was there before, and leaves in milliseconds where nothing of ours is staged: asking
//! git is faster than starting cargo.

/// What each shim holds, so that ours is told from others'.
pub const MARK: &str = "# by `cargo xtask hooks install`";

/// The setting that names the folder of the hooks that were there before.
pub const KEPT: &str = "xtask.keptHooks";

/// The setting that keeps what the repository's own `core.hooksPath` was.
pub const WAS: &str = "xtask.hooksPathWas";

/// In a clone where nothing is built yet, the hook says what it is busy with: cargo is told to be quiet.
const FIRST: &str =
    "[ -d \"${CARGO_TARGET_DIR:-target}\" ] || [ -d xtask/target ] || echo 'building cargo xtask first, once: a minute or two' >&2";

/// The hooks that check migrations. A merge that makes a commit by itself calls the second one instead of the first.
pub const OURS: &[&str] = &["pre-commit", "pre-merge-commit"];

/// All hooks that git calls on a working copy: of these, what was there before is kept.
pub const KNOWN: &[&str] = &[
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "post-rewrite",
    "sendemail-validate",
    "push-to-checkout",
    "pre-auto-gc",
    "fsmonitor-watchman",
    "post-index-change",
    "reference-transaction",
];

/// The shim of one of [`OURS`]. `prefix` is where the repository of migrations lies below git's (`""` or `sub/`), `paths` what it watches there.
#[must_use]
pub fn shim(hook: &str, prefix: &str, paths: &[String]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| quoted(&format!("{prefix}{path}"))).collect();
    let enter = if prefix.is_empty() { String::new() } else { format!("cd {} || exit; ", quoted(prefix)) };
    format!(
        "#!/bin/sh\n\
         kept=$(git config {KEPT}) && [ -x \"$kept/{hook}\" ] && {{ \"$kept/{hook}\" \"$@\" || exit; }} {MARK}\n\
         git diff --cached --quiet -- {} || {{ {enter}{FIRST}; exec cargo xtask hook {hook}; }}\n",
        paths.join(" ")
    )
}

/// The shim of a hook that was there before and is not ours.
#[must_use]
pub fn kept(hook: &str) -> String {
    format!("#!/bin/sh\nkept=$(git config {KEPT}) {MARK}\n[ -x \"$kept/{hook}\" ] || exit 0; exec \"$kept/{hook}\" \"$@\"\n")
}

/// A word for the shell.
fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-".contains(it);
    if word.chars().all(plain) { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shim_is_three_lines() {
        let shim = shim("pre-commit", "", &["migrations".to_owned(), "my schema".to_owned()]);
        assert_eq!(shim.lines().count(), 3);
        assert!(shim.contains("-- migrations 'my schema' || { [ -d "), "{shim}");
        assert!(shim.ends_with(" >&2; exec cargo xtask hook pre-commit; }\n"), "{shim}");
        assert!(super::shim("pre-commit", "sub/", &["m".to_owned()]).contains("-- sub/m || { cd sub/ || exit; [ -d "));
        assert_eq!(kept("commit-msg").lines().count(), 3);
    }
}
