//! Works on jobs in parallel and hands out what comes of them in the order of the jobs.
//! Holds a bounded number of jobs and of parts, however many there are.

use std::collections::VecDeque;
use std::ops::ControlFlow;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Jobs that are begun or waiting at a time.
const JOBS_MAX: usize = 64;
/// Parts of one job that may wait to be taken.
const PARTS_MAX: usize = 4;

/// Runs `work` for every job, and `take` for every part that it emits. `emit` says whether anybody
/// still wants to know. `take` may stop it all.
pub(super) fn ordered<J: Send, P: Send>(
    mut jobs: impl Iterator<Item = J>,
    threads: usize,
    work: impl Fn(J, &mut dyn FnMut(P) -> bool) + Sync,
    mut take: impl FnMut(P) -> ControlFlow<()>,
) {
    let (queue, waiting) = channel::<(J, SyncSender<P>)>();
    let waiting = Mutex::new(waiting);
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(|| {
                while let Some((job, parts)) = next(&waiting) {
                    work(job, &mut |part| parts.send(part).is_ok());
                }
            });
        }
        // The queue ends with this call, and so do the threads.
        hand_out(&mut jobs, queue, &mut take);
    });
}

fn next<T>(waiting: &Mutex<Receiver<T>>) -> Option<T> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
}

fn hand_out<J, P>(
    jobs: &mut dyn Iterator<Item = J>,
    queue: Sender<(J, SyncSender<P>)>,
    take: &mut dyn FnMut(P) -> ControlFlow<()>,
) {
    let mut begun = VecDeque::new();
    loop {
        while begun.len() < JOBS_MAX
            && let Some(job) = jobs.next()
        {
            let (sender, parts) = sync_channel(PARTS_MAX);
            begun.push_back(parts);
            if queue.send((job, sender)).is_err() {
                return;
            }
        }
        let Some(parts) = begun.pop_front() else { return };
        for part in parts {
            if take(part).is_break() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ordered;
    use std::ops::ControlFlow;

    #[test]
    fn parts_come_in_the_order_of_their_jobs() {
        let mut seen = Vec::new();
        let work = |job: u32, emit: &mut dyn FnMut((u32, u32)) -> bool| {
            for n in 0..job % 17 {
                assert!(emit((job, n)));
            }
        };
        ordered(0..2000u32, 4, work, |part| {
            seen.push(part);
            ControlFlow::Continue(())
        });
        let expected: Vec<_> =
            (0..2000u32).flat_map(|job| (0..job % 17).map(move |n| (job, n))).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn who_stops_is_asked_for_no_more() {
        let mut seen = 0;
        let work = |_, emit: &mut dyn FnMut(u32) -> bool| while emit(1) {};
        ordered(0..100u32, 2, work, |_| {
            seen += 1;
            if seen < 10 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        assert_eq!(seen, 10);
    }
}
