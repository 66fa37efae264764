//! The tasks of one HTTP/2 connection, one for each stream; they never outlive it.

use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::task::JoinSet;

#[derive(Clone, Default)]
pub(super) struct Streams(Arc<Mutex<JoinSet<()>>>);

impl Streams {
    /// Ends what is still running, and waits for it to be gone.
    pub(super) async fn end(self) {
        let mut tasks = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        tasks.shutdown().await;
    }
}

impl<F> hyper::rt::Executor<F> for Streams
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        let mut tasks = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Finished ones are forgotten here: they would pile up for as long as the connection lasts.
        while tasks.try_join_next().is_some() {}
        tasks.spawn(stream);
    }
}
