//! A line at the bottom of a terminal that says how far a long run is, drawn anew ten times a second by a thread of its own.

use std::io::Write;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A run shorter than this shows no bar.
const PATIENCE: Duration = Duration::from_millis(800);
const WIDTH: usize = 24;

#[derive(Debug, Clone)]
struct State {
    done: usize,
    names: Vec<String>,
    since: Instant,
    shown: bool,
}

/// A bar on standard error; it disappears when it is dropped.
#[derive(Debug)]
pub(super) struct Progress {
    state: Arc<Mutex<State>>,
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Progress {
    /// Begins a bar over the migrations called `names`.
    pub fn start(names: Vec<String>) -> Progress {
        let state = Arc::new(Mutex::new(State { done: 0, names, since: Instant::now(), shown: false }));
        let (stop, stopped) = channel();
        let shared = Arc::clone(&state);
        let thread = std::thread::spawn(move || {
            let mut pause = PATIENCE;
            while stopped.recv_timeout(pause) == Err(RecvTimeoutError::Timeout) {
                pause = Duration::from_millis(100);
                if let Ok(mut state) = shared.lock() {
                    state.shown = true;
                    draw(&state);
                }
            }
        });
        Progress { state, stop: Some(stop), thread: Some(thread) }
    }

    /// One more is done; the next begins.
    pub fn advance(&self) {
        if let Ok(mut state) = self.state.lock() {
            state.done += 1;
            state.since = Instant::now();
        }
    }

    /// Writes a line above the bar.
    pub fn line(&self, line: &str) {
        if let Ok(state) = self.state.lock() {
            let mut stderr = std::io::stderr().lock();
            let clear = if state.shown { CLEAR } else { "" };
            drop(writeln!(stderr, "{clear}{line}"));
            drop(stderr);
            if state.shown {
                draw(&state);
            }
        }
    }
}

const CLEAR: &str = "\r\u{1b}[K";

fn draw(state: &State) {
    let total = state.names.len().max(1);
    let filled = state.done * WIDTH / total;
    let bar = format!("{}{}", "#".repeat(filled), "-".repeat(WIDTH - filled.min(WIDTH)));
    let current = state.names.get(state.done).map_or("", String::as_str);
    let mut stderr = std::io::stderr().lock();
    let time = crate::units::show_duration(state.since.elapsed());
    drop(write!(stderr, "{CLEAR}  [{bar}] {}/{total}  {current}  {time}", state.done).and_then(|()| stderr.flush()));
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.stop = None;
        if let Some(thread) = self.thread.take() {
            drop(thread.join());
        }
        if self.state.lock().is_ok_and(|state| state.shown) {
            let mut stderr = std::io::stderr().lock();
            drop(write!(stderr, "{CLEAR}").and_then(|()| stderr.flush()));
        }
    }
}
