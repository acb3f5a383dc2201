//! Crash everywhere: a run that ends after any message of the protocol leaves a database that the next run completes.
//!
//! The moment is a message that the proxy has just let through, in either direction: at each of them the client knows and the server
//! has done something else. Set `MIGRATE_FIRST_TEST_EVERY_POINT` to try each of
//! them everywhere, of the real history too.

mod point;
mod stories;

use point::{Crash, Reference, try_point};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use stories::Story;
use support::server::servers;
use support::{Server, each_server, say};

#[test]
fn exemplar_cut() {
    every_point_on(0, &stories::exemplar(), Crash::Cut);
}

#[test]
fn exemplar_killed() {
    every_point_on(1, &stories::exemplar(), Crash::Kill);
}

#[test]
fn exemplar_terminated_by_the_server() {
    each_server(|server| crash_everywhere(server, &stories::exemplar(), Crash::Terminate, stride(16)));
}

#[test]
fn exemplar_cut_and_tried_again() {
    each_server(|server| crash_everywhere(server, &stories::exemplar(), Crash::CutAndRetry, stride(16)));
}

#[test]
fn all_ways_to_run_cut() {
    every_point_on(1, &stories::all_ways(), Crash::Cut);
}

#[test]
fn all_ways_to_run_killed() {
    every_point_on(0, &stories::all_ways(), Crash::Kill);
}

#[test]
fn all_ways_to_run_terminated_and_tried_again() {
    each_server(|server| {
        crash_everywhere(server, &stories::all_ways(), Crash::Terminate, stride(16));
        crash_everywhere(server, &stories::all_ways(), Crash::CutAndRetry, stride(16));
    });
}

#[test]
fn real_history_cut_and_killed() {
    let Some(story) = stories::real() else { return };
    each_server(|server| {
        crash_everywhere(server, &story, Crash::Cut, stride(301));
        crash_everywhere(server, &story, Crash::Kill, stride(301));
    });
}

/// Every point on one of the servers, and some on the others: the messages are the same on all, and the suite must stay short.
fn every_point_on(favourite: usize, story: &Story, crash: Crash) {
    let mut number = 0;
    let last = servers().count() - 1;
    each_server(|server| {
        crash_everywhere(server, story, crash, if number == favourite.min(last) { 1 } else { stride(16) });
        number += 1;
    });
}

/// The stride in a usual run.
fn stride(usual: usize) -> usize {
    if std::env::var_os("MIGRATE_FIRST_TEST_EVERY_POINT").is_some() { 1 } else { usual }
}

/// Tries every `stride`-th point, two at a time, and says in a table how many ended well.
fn crash_everywhere(server: &'static Server, story: &Story, crash: Crash, stride: usize) {
    let reference = Reference::of(server, story);
    let points: Vec<usize> = (1..=reference.messages).step_by(stride).collect();
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(k) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = try_point(server, story, crash, *k, &reference) {
                        failures.lock().expect("no point panics").push((*k, why));
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no point panics");
    let (tried, well) = (points.len(), points.len() - failures.len());
    let (name, messages, major) = (&story.name, reference.messages, server.major);
    say(&format!("{name:<10} {crash:<17} PostgreSQL {major}: {messages:>5} messages, {tried:>4} crash points tried, {well:>4} ended well"));
    let shown: Vec<String> = failures.iter().take(3).map(|(k, why)| format!("after message {k}: {why}")).collect();
    assert!(failures.is_empty(), "{name} {crash}: {} points ended badly\n{}", failures.len(), shown.join("\n"));
}
