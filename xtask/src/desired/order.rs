//! Which statement is tried next: in the order of the files, and one that lacks something behind the statement that makes it.

use std::collections::{HashMap, VecDeque};

/// What is still to be done.
#[derive(Debug, Default)]
pub(super) struct Queue {
    ready: VecDeque<usize>,
    /// Statements that wait for another one.
    waiting: HashMap<usize, Vec<usize>>,
    /// Statements that lack what nobody is known to make.
    stuck: Vec<usize>,
    /// How many have been placed since the stuck ones were tried.
    progress: usize,
    /// How many go into the next message: few behind a failure, since the server reads all of it in vain.
    batch: usize,
}

/// The most statements that a message takes.
const BATCH: usize = 512;

impl Queue {
    pub fn new(statements: usize) -> Queue {
        Queue { ready: (0..statements).collect(), batch: BATCH, ..Queue::default() }
    }

    /// The statements of the next message; empty when nothing that is left can be placed.
    pub fn next(&mut self) -> Vec<usize> {
        if self.ready.is_empty() && self.progress > 0 {
            self.progress = 0;
            // Another of the same name may have been meant: who waits is tried again as well.
            let mut again: Vec<usize> = self.waiting.drain().flat_map(|(_, it)| it).chain(self.stuck.drain(..)).collect();
            again.sort_unstable();
            self.ready.extend(again);
        }
        self.ready.drain(..self.batch.min(self.ready.len())).collect()
    }

    /// The statement is placed.
    pub fn placed(&mut self, statement: usize) {
        self.progress += 1;
        let mut freed = self.waiting.remove(&statement).unwrap_or_default();
        freed.sort_unstable();
        freed.into_iter().rev().for_each(|it| self.ready.push_front(it));
    }

    /// The statements of a message that stopped before them.
    pub fn put_back(&mut self, statements: &[usize]) {
        statements.iter().rev().for_each(|it| self.ready.push_front(*it));
    }

    /// Whether the statement is still to be tried.
    pub fn holds(&self, statement: usize) -> bool {
        self.ready.contains(&statement)
    }

    /// The statement cannot be placed yet; `maker` makes what it lacks.
    pub fn failed(&mut self, statement: usize, maker: Option<usize>) {
        match maker {
            Some(maker) => self.waiting.entry(maker).or_default().push(statement),
            None => self.stuck.push(statement),
        }
    }

    /// What has happened to the last message.
    pub fn went(&mut self, well: bool) {
        self.batch = if well { (self.batch * 2).min(BATCH) } else { 1 };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_comes_behind_what_it_waits_for() {
        let mut queue = Queue::new(3);
        assert_eq!(queue.next(), [0, 1, 2]);
        queue.failed(0, Some(2));
        queue.put_back(&[1, 2]);
        queue.went(false);
        assert_eq!(queue.next(), [1]);
        queue.failed(1, None);
        assert_eq!(queue.next(), [2]);
        queue.placed(2);
        assert_eq!(queue.next(), [0]);
        queue.placed(0);
        assert_eq!(queue.next(), [1], "tried again, for something else was placed meanwhile");
        queue.failed(1, None);
        assert!(queue.next().is_empty());
    }
}
