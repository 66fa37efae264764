//! `/_mock/coverage`: how much of the contract, and of the scenarios that are armed, a lane's requests have met until now.

use std::sync::Arc;

use http::StatusCode;

use super::query::Query;
use super::scenarios::begin;
use super::{Call, Outcome};
use crate::journal::coverage::Coverage;
use crate::journal::verdict::of_lane;
use crate::reply::Reply;
use crate::scenario::Scenario;

pub fn show(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let after = query.whole("after")?.unwrap_or(0);
    query.end()?;
    let lane = call.lane_as_it_is()?;
    begin(call, &lane);
    let armed: Vec<Arc<Scenario>> = lane.stage.list().into_iter().map(|armed| armed.scenario).collect();
    let entries = of_lane(call.house.book.after(after, usize::MAX), &lane.name);
    let mut coverage = Coverage::of(&call.house.contract);
    coverage.add(&entries, &armed);
    let mut told = coverage.told();
    told["lane"] = lane.name.clone().into();
    told["requests"] = entries.len().into();
    Ok(Reply::json(StatusCode::OK, &told))
}
