//! A command on a terminal of its own, spoken to as by somebody at a keyboard.

use crate::Sandbox;
use crate::wait::DEADLINE;
use nix::pty::openpty;
use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

/// The command and its terminal.
#[derive(Debug)]
pub struct Terminal {
    child: Child,
    keyboard: File,
    screen: Arc<Mutex<String>>,
    seen: usize,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// Starts `cargo xtask` with `arguments` on a new terminal.
    pub fn start(sandbox: &Sandbox, arguments: &[&str]) -> Terminal {
        Terminal::of(sandbox.command(arguments))
    }

    /// Starts `command` on a new terminal.
    pub fn of(mut command: Command) -> Terminal {
        let pair = openpty(None, None).expect("the system has terminals");
        let end = |what: &str| Stdio::from(pair.slave.try_clone().expect(what));
        command.stdin(end("for input")).stdout(end("for output")).stderr(end("for errors"));
        let child = command.spawn().expect("the command was built");
        drop(command);
        drop(pair.slave);
        let keyboard = File::from(pair.master);
        let mut source = keyboard.try_clone().expect("a second handle");
        let screen = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&screen);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            // Reading fails once nobody has the other end open.
            while let Ok(n @ 1..) = source.read(&mut buffer) {
                shared.lock().unwrap_or_else(PoisonError::into_inner).push_str(&String::from_utf8_lossy(&buffer[..n]));
            }
        });
        Terminal { child, keyboard, screen, seen: 0, reader: Some(reader) }
    }

    /// Waits until the screen shows `text` behind what was waited for before.
    #[track_caller]
    pub fn shows(&mut self, text: &str) -> &mut Terminal {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if let Some(at) = screen[self.seen..].find(text) {
                self.seen += at + text.len();
                return self;
            }
            assert!(began.elapsed() < DEADLINE, "`{text}` does not come behind what was there:\n{screen}");
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// Types a line.
    pub fn types(&mut self, line: &str) -> &mut Terminal {
        writeln!(self.keyboard, "{line}").expect("the terminal takes it");
        self
    }

    /// Waits for the end.
    #[track_caller]
    pub fn code(&mut self, code: i32) -> String {
        let status = self.child.wait().expect("it is our child");
        // What it said last may still be on its way; nobody holds the other end any more.
        if let Some(reader) = self.reader.take() {
            reader.join().expect("reading does not panic");
        }
        assert_eq!(status.code(), Some(code), "{}", self.screen());
        self.screen()
    }

    fn screen(&self) -> String {
        self.screen.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // After the end both do nothing.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
