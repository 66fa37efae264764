//! The life of a server: connections are taken until it is told to leave, then it drains, and every task is gone when
//! it returns.

use std::num::NonZero;
use std::pin::pin;
use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::connection::{self, Terms};
use super::listen::{Listener, places};
use super::stop::Stage;
use super::{Limits, Site, Stop};
use crate::status::{Phase, Status};

/// Answers on the listener until `stop` is told. Nothing that it started is left when it returns.
pub async fn serve<S: Site>(listener: Listener, site: Arc<S>, limits: Limits, status: Status, stop: Stop) {
    let places = Arc::new(Semaphore::new(places(limits.connections)));
    let drain_time = limits.drain_time;
    let turns = Semaphore::new(available_parallelism().map_or(1, NonZero::get));
    let terms = Arc::new(Terms { site, limits, turns });
    let mut connections = JoinSet::new();

    take(&listener, &places, &terms, &stop, &mut connections).await;
    // First it is told that we leave, then nobody is let in any more.
    status.set(Phase::Draining);
    drop(listener);

    tokio::select! {
        () = all(&mut connections) => {}
        _ = stop.watch().reached(Stage::Ended) => {}
        () = tokio::time::sleep(drain_time) => {
            tracing::warn!(connections = connections.len(), "requests still in hand are cut off");
        }
    }
    stop.now();
    all(&mut connections).await;
}

/// Takes connections until the server is told to leave.
async fn take<S: Site>(
    listener: &Listener,
    places: &Arc<Semaphore>,
    terms: &Arc<Terms<S>>,
    stop: &Stop,
    connections: &mut JoinSet<()>,
) {
    let mut leaving = pin!(stop.watch().reached(Stage::Draining));
    loop {
        let mut next = pin!(listener.next(places));
        let (tcp, place) = loop {
            tokio::select! {
                biased;
                _ = &mut leaving => return,
                taken = &mut next => break taken,
                Some(ended) = connections.join_next() => note(ended),
            }
        };
        let connection = connection::hold(tcp, terms.clone(), stop.watch());
        connections.spawn(async move {
            connection.await;
            drop(place);
        });
    }
}

async fn all(connections: &mut JoinSet<()>) {
    while let Some(ended) = connections.join_next().await {
        note(ended);
    }
}

/// A site's panic is caught where it happens; one that arrives here is the connection's own.
fn note(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended in a panic");
    }
}
