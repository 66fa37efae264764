//! A gate before which an answer waits until somebody opens it. It knows of no runtime: whoever waits awaits a future.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// Carried by the answer that waits. When it is gone, nobody waits any more.
#[derive(Debug, Clone)]
pub struct Held(Arc<Gate>);

/// Kept by whoever may let the answer go. When it is dropped the gate stands open: nobody else could open it.
#[derive(Debug)]
pub struct Latch(Weak<Gate>);

/// Ready when the gate is open.
#[derive(Debug)]
pub struct Opened(Arc<Gate>);

#[derive(Debug)]
struct Gate {
    most: Duration,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    open: bool,
    waiting: Vec<Waker>,
}

/// A gate that is shut, from both sides.
pub fn shut(most: Duration) -> (Held, Latch) {
    let gate = Arc::new(Gate { most, inside: Mutex::default() });
    let latch = Latch(Arc::downgrade(&gate));
    (Held(gate), latch)
}

impl Held {
    pub fn opened(&self) -> Opened {
        Opened(self.0.clone())
    }

    /// No longer than this is waited for it.
    pub fn most(&self) -> Duration {
        self.0.most
    }
}

impl Latch {
    /// Whether an answer is still there to wait.
    pub fn is_waited_for(&self) -> bool {
        self.0.strong_count() > 0
    }
}

impl Drop for Latch {
    fn drop(&mut self) {
        let Some(gate) = self.0.upgrade() else { return };
        let waiting = {
            let mut inside = gate.lock();
            inside.open = true;
            std::mem::take(&mut inside.waiting)
        };
        // Outside the lock, since a waker may do anything.
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Future for Opened {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut inside = self.0.lock();
        if inside.open {
            return Poll::Ready(());
        }
        if !inside.waiting.iter().any(|known| known.will_wake(context.waker())) {
            inside.waiting.push(context.waker().clone());
        }
        Poll::Pending
    }
}

impl Gate {
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Wake;

    use super::*;

    #[derive(Default)]
    struct Bell(AtomicUsize);

    impl Wake for Bell {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(opened: &mut Opened, bell: &Arc<Bell>) -> bool {
        Pin::new(opened).poll(&mut Context::from_waker(&Waker::from(bell.clone()))).is_ready()
    }

    #[test]
    fn whoever_waits_is_woken_when_the_gate_opens() {
        let (held, latch) = shut(Duration::from_secs(1));
        let (bell, mut opened) = (Arc::new(Bell::default()), held.opened());
        assert!(!poll(&mut opened, &bell) && !poll(&mut opened, &bell));
        drop(latch);
        assert_eq!(bell.0.load(Ordering::SeqCst), 1, "once, however often it was asked");
        assert!(poll(&mut opened, &bell) && poll(&mut held.opened(), &bell));
    }

    #[test]
    fn a_latch_knows_whether_anybody_waits() {
        let (held, latch) = shut(Duration::from_secs(1));
        let other = held.clone();
        drop(held);
        assert!(latch.is_waited_for());
        drop(other);
        assert!(!latch.is_waited_for());
    }
}
