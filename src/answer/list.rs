//! Lists: the rows that a request asks for, in its order, a stretch at a time.

use std::sync::Arc;

use serde_json::Value;

use super::body::Draft;
use super::deeds::{Doing, Ready};
use super::kept::Key;
use super::layout::Hole;
use super::links::{self, Target};
use super::paging::{self, Turning};
use super::{Answers, Asked, item};
use crate::contract::{Location, Test};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::world::page::{Paged, Pager, Rows, Selected};
use crate::world::query::{Condition, Query};

impl Answers {
    pub(super) fn list(&self, doing: &Doing) -> Result<Reply, Problem> {
        let (asked, state) = (doing.asked, doing.asked.lane.read());
        let key = Key { lane: asked.lane.serial, version: state.version, as_of: 0, question: question(doing) };
        if let Some(ready) = self.pages.get(&key) {
            drop(state);
            return Ok(self.read(doing, &ready));
        }
        item::parents(self, doing, &state)?;
        let query = query(asked, doing);
        let store = &state.stores[doing.deed.collection];
        let rows = store.select(&query);
        let selected = Selected { store, query: &query, id_field: &doing.collection.id_field, rows: &rows };
        let ready = self.page(doing, &query, &selected, |at, draft| {
            if let Some(record) = rows.get(at) {
                item::write(doing, record, draft);
            }
        })?;
        drop(state);
        let ready = Arc::new(ready);
        self.pages.put(key, ready.clone(), ready.body.weight());
        Ok(self.read(doing, &ready))
    }

    /// The stretch of the rows that was asked for, with everything that stands around it.
    fn page(
        &self,
        doing: &Doing,
        query: &Query,
        rows: &dyn Rows,
        mut write: impl FnMut(usize, &mut Draft),
    ) -> Result<Ready, Problem> {
        let asked = doing.asked;
        let turning = Turning::of(asked, &self.contract.bundle);
        let pager = Pager::new(&asked.lane.ground.signer, &list_name(asked), query);
        let paged = pager.paged(rows, &turning.stretch).map_err(|_| turning.bad_cursor(asked))?;
        let cursor = pager.next(rows, &paged);
        let target = Target::of(asked.request);
        Ok(self.written(doing, Some(turning.style), |hole, draft| {
            match hole {
                Hole::Rows => {
                    draft.text("[");
                    for at in paged.from..paged.to {
                        if at > paged.from {
                            draft.text(",");
                        }
                        write(at, draft);
                    }
                    draft.text("]");
                }
                Hole::NextCursor => return told(cursor.as_deref(), draft),
                Hole::Link(link) => {
                    let link = turning.link(link, &paged, cursor.as_deref(), &target);
                    return told(link.as_deref(), draft);
                }
                Hole::HasNext => draft.text(if paged.has_next() { "true" } else { "false" }),
                Hole::HasPrevious => draft.text(if paged.from > 0 { "true" } else { "false" }),
                hole => return number(hole, &turning, &paged).map(|number| draft.number(number)).is_some(),
            }
            true
        }))
    }
}

fn number(hole: Hole, turning: &Turning, paged: &Paged) -> Option<u64> {
    Some(match hole {
        Hole::Total => paged.total as u64,
        Hole::Count => (paged.to - paged.from) as u64,
        Hole::Page => turning.page(paged),
        Hole::TotalPages => paged.total_pages,
        Hole::Size => turning.size.unwrap_or(paged.total as u64),
        Hole::Offset => turning.skipped(paged),
        _ => return None,
    })
}

fn told(text: Option<&str>, draft: &mut Draft) -> bool {
    text.map(|text| draft.value(&text.into())).is_some()
}

/// What the request's parameters let through, and in which order.
pub fn query(asked: &Asked, doing: &Doing) -> Query {
    let filters = asked.operation.parameters.iter().filter_map(|parameter| {
        let filter = parameter.filter.as_ref()?;
        let value = paging::value(asked, parameter)?;
        Some(Condition { fields: filter.fields.clone(), test: filter.test, value: value.clone() })
    });
    let under = doing.deed.under.iter().filter_map(|(parameter, field, _)| {
        let value = asked.values.get(Location::Path, parameter)?;
        Some(Condition { fields: vec![field.clone()], test: Test::Equals, value: value.clone() })
    });
    Query { conditions: filters.chain(under).collect(), order: paging::order(asked) }
}

/// What a cursor belongs to, beside the query.
fn list_name(asked: &Asked) -> String {
    let values: Vec<&str> = asked.path.iter().map(|(_, value)| value).collect();
    format!("{} {values:?}", asked.operation.id)
}

/// Everything that the answer to a request depends on, but for the lane.
pub fn question(doing: &Doing) -> String {
    let asked = doing.asked;
    let mut question = links::origin(asked.request);
    let target = [asked.request.path(), "?", asked.request.query().unwrap_or_default()];
    target.into_iter().for_each(|part| question.push_str(part));
    question.push_str(&format!(" {} {}", asked.operation.index, doing.success.form()));
    for parameter in &asked.operation.parameters {
        let counts = parameter.filter.is_some() || parameter.role.is_some() || parameter.part.is_some();
        if counts && matches!(parameter.location, Location::Header | Location::Cookie) {
            let value = paging::value(asked, parameter);
            question.push_str(&format!(" {}={}", parameter.name, value.unwrap_or(&Value::Null)));
        }
    }
    question
}
