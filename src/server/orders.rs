//! What an answer asks of the connection that carries it.

use std::sync::{Mutex, PoisonError};

use tokio::sync::Notify;

use super::by_hand::Job;

pub(super) enum Order {
    /// Finish what is in hand, and take nothing more.
    Leave,
    /// Hand over the socket: this answer is written by hand.
    Write(Box<Job>),
}

#[derive(Default)]
pub(super) struct Orders {
    next: Mutex<Option<Order>>,
    told: Notify,
}

impl Orders {
    /// A socket can be handed over once: what is asked after that comes too late.
    pub(super) fn give(&self, order: Order) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        if !matches!(*next, Some(Order::Write(_))) {
            *next = Some(order);
        }
        self.told.notify_one();
    }

    pub(super) async fn next(&self) -> Order {
        loop {
            self.told.notified().await;
            if let Some(order) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take() {
                return order;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use http::{StatusCode, Version};

    use super::super::deliver::Leave;
    use super::super::fault::unharmed;
    use super::super::telling::Telling;
    use super::*;
    use crate::reply::Reply;

    #[tokio::test]
    async fn the_socket_goes_before_everything_else() {
        let orders = Orders::default();
        let reply = Reply::empty(StatusCode::OK);
        let (version, head_only, leave) = (Version::HTTP_2, false, Leave::Open);
        orders.give(Order::Leave);
        let (script, telling) = (unharmed(), Telling::to_nobody());
        orders.give(Order::Write(Box::new(Job { reply, telling, script, version, head_only, leave })));
        orders.give(Order::Leave);
        assert!(matches!(orders.next().await, Order::Write(_)));
    }
}
