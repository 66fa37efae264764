//! `/_mock/coverage`: how much of the contract, and of the scenarios that are armed, a lane's requests have met until now.

use http::StatusCode;

use super::query::Query;
use super::scenarios::armed_in;
use super::{Call, Outcome};
use crate::journal::coverage::Coverage;
use crate::journal::verdict::of_lane;
use crate::reply::Reply;

pub fn show(call: &Call) -> Outcome {
    let mut query = Query::read(call.request.query());
    let after = query.whole("after")?.unwrap_or(0);
    query.end()?;
    let lane = call.lane_as_it_is()?;
    let armed = armed_in(call, &lane);
    let entries = of_lane(call.house.book.after(after, usize::MAX), &lane.name);
    let mut coverage = Coverage::of(&call.house.contract);
    coverage.add(&entries, &armed);
    let mut told = coverage.told();
    told["lane"] = lane.name.clone().into();
    told["requests"] = entries.len().into();
    Ok(Reply::json(StatusCode::OK, &told))
}
