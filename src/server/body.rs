//! Reads a body: no further than the cap, no longer than the deadline, and not at all when its announced length is
//! already too much, so that a client that waits for `100 Continue` keeps it to itself.

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::Limits;
use crate::problem::{Kind, Problem};

/// `most` is the cap in bytes.
pub(super) async fn read(mut body: Incoming, limits: &Limits, most: usize) -> Result<Bytes, Problem> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = body.size_hint();
    if announced.lower() > most as u64 {
        return Err(too_large(most));
    }
    match tokio::time::timeout(limits.body_time, collect(&mut body, most)).await {
        Ok(read) => read,
        Err(_) => Err(Problem::new(Kind::BodyTimeout).with("limit", seconds(limits.body_time))),
    }
}

async fn collect(body: &mut Incoming, most: usize) -> Result<Bytes, Problem> {
    // Most bodies come in one piece, which is handed on as it is.
    let first = match data(body).await? {
        Some(first) => first,
        None => return Ok(Bytes::new()),
    };
    if first.len() > most {
        return Err(too_large(most));
    }
    if body.is_end_stream() {
        return Ok(first);
    }
    let mut whole = BytesMut::from(first);
    while let Some(piece) = data(body).await? {
        if piece.len() > most - whole.len() {
            return Err(too_large(most));
        }
        whole.extend_from_slice(&piece);
    }
    Ok(whole.freeze())
}

/// The next piece; none at the end. Trailers are read and dropped.
async fn data(body: &mut Incoming) -> Result<Option<Bytes>, Problem> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| {
            tracing::debug!(%error, "a body broke off");
            super::head::malformed("the body ends early or its framing is broken")
        })?;
        if let Ok(piece) = frame.into_data() {
            return Ok(Some(piece));
        }
    }
    Ok(None)
}

fn too_large(most: usize) -> Problem {
    Problem::new(Kind::BodyTooLarge).with("limit", most)
}

/// Whole seconds where they are whole.
fn seconds(time: std::time::Duration) -> serde_json::Value {
    if time.subsec_nanos() == 0 { time.as_secs().into() } else { time.as_secs_f64().into() }
}
