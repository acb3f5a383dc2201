//! What a command left: its exit code and what it said, compared with what is expected.

use crate::mask::mask;
use expect_test::Expect;
use std::os::unix::process::ExitStatusExt as _;
use std::process::ExitStatus;

/// How outputs are looked at: what in them varies, and what must not be in them.
#[derive(Debug, Clone, Default)]
pub struct Frame {
    masks: Vec<(String, String)>,
    secrets: Vec<String>,
}

impl Frame {
    pub(crate) fn mask(&mut self, text: &str, shown: &str) {
        self.masks.push((text.to_owned(), shown.to_owned()));
    }

    pub(crate) fn secret(&mut self, secret: &str) {
        let mut url = migrate_first::db::Url::default();
        url.set("password", secret).expect("a known keyword");
        let encoded = url.reveal();
        let encoded = encoded.trim_start_matches("postgres://:").split('@').next().unwrap_or_default();
        self.secrets.extend([secret.to_owned(), encoded.to_owned()]);
    }
}

/// The end of a command.
#[derive(Debug)]
pub struct Outcome {
    status: ExitStatus,
    stdout: String,
    stderr: String,
    frame: Frame,
}

#[expect(clippy::needless_pass_by_value, reason = "so that a test says `.stderr(expect![…])`")]
impl Outcome {
    pub(crate) fn new(status: ExitStatus, stdout: String, stderr: String, frame: Frame) -> Outcome {
        Outcome { status, stdout, stderr, frame }
    }

    /// No output shows a secret.
    pub(crate) fn assert_discreet(&self) {
        for secret in &self.frame.secrets {
            let leaks = self.stdout.contains(secret.as_str()) || self.stderr.contains(secret.as_str());
            assert!(!leaks, "the password `{secret}` is shown:\n{}\n{}", self.stdout, self.stderr);
        }
    }

    /// The exit code; of a process that a signal killed, 128 and the signal, as a shell has it.
    pub fn exit_code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or_default())
    }

    /// The exit code is `code`.
    #[track_caller]
    pub fn code(self, code: i32) -> Outcome {
        assert_eq!(self.exit_code(), code, "exit code, having said:\n{}\n{}", self.stdout, self.stderr);
        self
    }

    /// The same as if nothing had been said that begins with `head`, such as a note that only some machines give.
    #[must_use]
    pub fn without(mut self, head: &str) -> Outcome {
        let mut skipping = false;
        let mut n = 0;
        let keep = |line: &&str| {
            skipping = line.starts_with(head) || (skipping && line.starts_with(' '));
            n += usize::from(line.starts_with(head));
            !skipping
        };
        let kept: String = self.stderr.split_inclusive('\n').filter(keep).collect();
        self.stderr = if n > 0 { kept.replace(&format!(" {n} note"), " 0 notes") } else { kept };
        self
    }

    /// Standard error is this, with masks.
    #[track_caller]
    pub fn stderr(self, expected: Expect) -> Outcome {
        expected.assert_eq(&mask(&self.stderr, &self.frame.masks));
        self
    }

    /// Standard output is this, with masks.
    #[track_caller]
    pub fn stdout(self, expected: Expect) -> Outcome {
        expected.assert_eq(&mask(&self.stdout, &self.frame.masks));
        self
    }

    /// Standard error holds each of these.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Outcome {
        for text in texts {
            assert!(self.stderr.contains(text), "`{text}` is not in:\n{}", self.stderr);
        }
        self
    }

    /// Standard output holds each of these.
    #[track_caller]
    pub fn prints(self, texts: &[&str]) -> Outcome {
        for text in texts {
            assert!(self.stdout.contains(text), "`{text}` is not in:\n{}", self.stdout);
        }
        self
    }

    /// Standard error as it is.
    pub fn raw_stderr(&self) -> &str {
        &self.stderr
    }

    /// Standard output as it is.
    pub fn raw_stdout(&self) -> &str {
        &self.stdout
    }
}
