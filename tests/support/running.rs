//! A command on its way, which can be sent signals and looked over the shoulder.

use crate::outcome::{Frame, Outcome};
use crate::wait::{DEADLINE, until};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A started command; killed when it is dropped before its end.
#[derive(Debug)]
pub struct Running {
    child: Child,
    streams: [Stream; 2],
    frame: Frame,
}

#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn follow(mut source: impl Read + Send + 'static) -> Stream {
        let text = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&text);
        let reader = std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(n @ 1..) = source.read(&mut buffer) {
                shared.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&buffer[..n]);
            }
        });
        Stream { text, reader: Some(reader) }
    }

    fn so_far(&self) -> String {
        String::from_utf8_lossy(&self.text.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }

    fn until_end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            drop(reader.join());
        }
        self.so_far()
    }
}

impl Running {
    pub(crate) fn start(mut command: Command, frame: Frame) -> Running {
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the command was built");
        let stdout = Stream::follow(child.stdout.take().expect("it is piped"));
        let stderr = Stream::follow(child.stderr.take().expect("it is piped"));
        Running { child, streams: [stdout, stderr], frame }
    }

    /// Sends a signal, unless the process has ended.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process has a number");
        match kill_process(pid, signal) {
            Ok(()) | Err(Errno::SRCH) => {}
            Err(error) => panic!("no signal could be sent: {error}"),
        }
    }

    /// Whether it has not ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("it is our child").is_none()
    }

    /// Standard error so far.
    pub fn stderr_so_far(&self) -> String {
        self.streams[1].so_far()
    }

    /// Waits until standard error holds `text`.
    #[track_caller]
    pub fn says(&mut self, text: &str) -> &mut Running {
        until(&format!("it says `{text}`"), || {
            let said = self.stderr_so_far();
            assert!(said.contains(text) || self.is_running(), "it ended without saying `{text}`:\n{said}");
            said.contains(text)
        });
        self
    }

    /// Waits for its end.
    pub fn wait(mut self) -> Outcome {
        let began = Instant::now();
        while self.is_running() {
            if began.elapsed() > 2 * DEADLINE {
                let said = self.stderr_so_far();
                panic!("no end after {:?}:\n{said}", began.elapsed());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let status = self.child.wait().expect("it has ended");
        let [stdout, stderr] = &mut self.streams;
        let outcome = Outcome::new(status, stdout.until_end(), stderr.until_end(), self.frame.clone());
        outcome.assert_discreet();
        outcome
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // After the end both do nothing.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
