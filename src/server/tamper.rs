//! A reply that is late, or that something is done to: which way it leaves by either version of HTTP.

use std::future::pending;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http::{Response, Version};

use super::Site;
use super::by_hand::Job;
use super::connection::Shared;
use super::deliver::{Leave, Outgoing, deliver};
use super::fault::{Act, Answer, End, Plan, Script, plan, unharmed};
use super::orders::Order;
use super::scripted::Scripted;
use super::service::Manner;
use super::telling::Telling;
use crate::reply::Reply;

/// Over HTTP/2 a stream can be reset before it begins.
type Answered = Result<Response<Outgoing>, h2::Error>;

pub(super) async fn answer<S: Site>(
    shared: &Shared<S>,
    mut reply: Reply,
    mut telling: Telling,
    manner: Manner,
    leave: Leave,
) -> Answered {
    let plan = plan(&mut reply, manner.version);
    if matches!(plan, Plan::Other) {
        telling.spoil();
    }
    if matches!(plan, Plan::Last) {
        telling.closes();
    }
    let told = (reply, telling);
    match manner.version {
        Version::HTTP_2 => framed(shared, told, plan, manner).await,
        _ => written(shared, told, plan, manner, leave).await,
    }
}

/// A reply, and who tells how it ends.
type Told = (Reply, Telling);

/// Whatever is more than another message is written by hand, a wait too: hyper would not see that the client has gone.
async fn written<S: Site>(shared: &Shared<S>, told: Told, plan: Plan, manner: Manner, leave: Leave) -> Answered {
    let leave = if matches!(plan, Plan::Last) || manner.is_last { Leave::Close } else { leave };
    let script = match plan {
        Plan::Script(script) => script,
        Plan::Message | Plan::Other | Plan::Last if !told.0.is_late() => {
            shared.pulse.answering.store(true, Ordering::Release);
            return Ok(deliver(told.0, told.1, manner.head_only, leave).map(Outgoing::Pieces));
        }
        Plan::Message | Plan::Other | Plan::Last => unharmed(),
    };
    hand_over(shared, told, script, manner, leave).await
}

async fn framed<S: Site>(shared: &Shared<S>, told: Told, plan: Plan, manner: Manner) -> Answered {
    let (mut reply, mut telling) = told;
    let delay = std::mem::replace(&mut reply.delay, Duration::ZERO);
    if !delay.is_zero() {
        shared.watch.clone().pause(Some(delay)).await;
    }
    if let Some(held) = reply.held.take() {
        shared.watch.clone().pause_for(held).await;
    }
    let mut script = match plan {
        Plan::Script(script) if script.takes_connection() => {
            return hand_over(shared, (reply, telling), script, manner, Leave::Close).await;
        }
        Plan::Script(script) => script,
        Plan::Message | Plan::Other | Plan::Last => {
            if matches!(plan, Plan::Last) {
                shared.orders.give(Order::Leave);
            }
            return Ok(deliver(reply, telling, manner.head_only, Leave::Open).map(Outgoing::Pieces));
        }
    };
    let response = deliver(reply, Telling::to_nobody(), manner.head_only, Leave::Open);
    let (response, mut answer) = Answer::framed(response, manner.head_only, &*script);
    if let Err(reset) = before_the_head(shared, &mut *script, &mut answer).await {
        telling.ends(End::ResetStream(reset.into()));
        return Err(reset.into());
    }
    let scripted = Scripted::new(script, answer, telling, shared.watch.clone(), shared.pulse.clone());
    Ok(response.map(|()| Outgoing::Scripted(Box::new(scripted))))
}

/// What a script does before there is anything to send.
async fn before_the_head<S>(
    shared: &Shared<S>,
    script: &mut dyn Script,
    answer: &mut Answer,
) -> Result<(), h2::Reason> {
    loop {
        match script.next(answer) {
            Act::Wait(time) => shared.watch.clone().pause(time).await,
            Act::End(End::ResetStream(code)) => return Err(code.into()),
            Act::Head(_) | Act::Body(_) | Act::Raw(_) | Act::End(_) => return Ok(()),
        }
    }
}

/// The connection takes it from here, and with its protocol this future ends too.
async fn hand_over<S>(
    shared: &Shared<S>,
    (reply, telling): Told,
    script: Box<dyn Script>,
    manner: Manner,
    leave: Leave,
) -> Answered {
    let Manner { version, head_only, .. } = manner;
    shared.orders.give(Order::Write(Box::new(Job { reply, telling, script, version, head_only, leave })));
    pending().await
}
