//! How a request asks for its stretch of a list, by the roles that parameters have: in pages, or by limit with offset or
//! cursor. And how the links to the other stretches are written.

use serde_json::Value;

use super::layout::{Link, Style};
use super::links::{self, Target, Turned};
use super::{Asked, render};
use crate::breach::{Breach, Place};
use crate::contract::{Bundle, Location, Operation, Parameter, Role};
use crate::problem::Problem;
use crate::world::page::Paged;
use crate::world::query::{Order, Stretch};

/// Rows of a page where nobody says how many.
const USUAL: u64 = 25;

/// What a request asks for of a list.
#[derive(Debug)]
pub struct Turning<'a> {
    pub style: Style,
    pub stretch: Stretch,
    /// Rows at most in one answer; none if there is no limit.
    pub size: Option<u64>,
    /// The number of the first page: 0 in some documents.
    first: u64,
    page: Option<&'a Parameter>,
    offset: Option<&'a Parameter>,
    cursor: Option<&'a Parameter>,
}

impl<'a> Turning<'a> {
    pub fn of(asked: &Asked<'a>, bundle: &Bundle) -> Turning<'a> {
        let role = |role| with_role(asked.operation, role);
        let (page, per_page) = (role(Role::Page), role(Role::PerPage));
        let (limit, offset, after) = (role(Role::Limit), role(Role::Offset), role(Role::After));
        let cursor = role(Role::Cursor).or(after);
        let paged = page.or(per_page).is_some();
        let stretched = [limit, offset, cursor].into_iter().flatten();
        let style = match stretched.clone().count() > 0 && (!paged || stretched.clone().any(|one| given(asked, one))) {
            true => Style::Stretches,
            false => Style::Pages,
        };
        let number = |parameter: Option<&Parameter>| value(asked, parameter?).and_then(as_number);
        let usual = |parameter: Option<&Parameter>| parameter?.default.as_ref().and_then(as_number);
        let size = number(limit).filter(|_| style == Style::Stretches).or_else(|| number(per_page));
        let size = size.or_else(|| usual(per_page)).unwrap_or(USUAL);
        let size = (paged || stretched.count() > 0).then_some(size);
        let first = page.map_or(1, |page| page.first_page(bundle));
        let rows = size.unwrap_or(u64::MAX);
        let text = cursor.filter(|_| style == Style::Stretches).and_then(|cursor| value(asked, cursor));
        let stretch = match (style, text) {
            (Style::Pages, _) => Stretch::Page {
                page: number(page).map_or(1, |page| (page.max(first) - first).saturating_add(1)),
                per_page: rows,
            },
            (_, Some(text)) if cursor.and_then(|cursor| cursor.role) == Some(Role::After) => {
                Stretch::Behind { row: render::text(text), limit: rows }
            }
            (_, Some(cursor)) => Stretch::After { cursor: render::text(cursor), limit: rows },
            (_, None) => Stretch::Offset { offset: number(offset).unwrap_or(0), limit: rows },
        };
        Turning { style, stretch, size, first, page, offset, cursor }
    }

    /// Asks for no more rows than these.
    pub fn cap(&mut self, most: usize) {
        let most = most as u64;
        if self.size.is_some_and(|size| size > most) {
            self.size = Some(most);
            match &mut self.stretch {
                Stretch::Page { per_page: limit, .. }
                | Stretch::Offset { limit, .. }
                | Stretch::After { limit, .. }
                | Stretch::Behind { limit, .. } => *limit = most,
            }
        }
    }

    /// The number of the page as this document counts.
    pub fn page(&self, paged: &Paged) -> u64 {
        (paged.page - 1).saturating_add(self.first)
    }

    /// How many rows were skipped: as many as was asked for, even if there are fewer.
    pub fn skipped(&self, paged: &Paged) -> u64 {
        match self.stretch {
            Stretch::Offset { offset, .. } => offset,
            _ => paged.from as u64,
        }
    }

    /// The address of another stretch; `None` if there is none, or no way to ask for it.
    pub fn link(&self, link: Link, paged: &Paged, next_cursor: Option<&str>, target: &Target) -> Option<String> {
        match (link, self.style, self.size) {
            (Link::Own, ..) => Some(target.own()),
            (_, Style::Pages, Some(_)) => {
                let last = paged.total_pages.max(1);
                let page = match link {
                    Link::Previous => (paged.page - 1).min(last),
                    Link::Next => paged.page.checked_add(1).filter(|next| *next <= last)?,
                    Link::Last => last,
                    _ => 1,
                };
                let number = (page.checked_sub(1)?.saturating_add(self.first)).to_string();
                Some(target.turned(Turned { name: &self.page?.name, value: &number }, &[]))
            }
            (_, Style::Stretches, Some(size)) => self.stretch_link(link, size.max(1), paged, next_cursor, target),
            (Link::First | Link::Last, _, None) => Some(target.own()),
            _ => None,
        }
    }

    /// The address of what is at a cursor, or on a page, of this name.
    pub fn link_to(&self, name: &str, target: &Target) -> Option<String> {
        let (parameter, other) = match self.style {
            Style::Pages => (self.page?, None),
            Style::Stretches => (self.cursor?, self.offset),
        };
        let instead = other.map(|other| other.name.as_str());
        Some(target.turned(Turned { name: &parameter.name, value: name }, instead.as_slice()))
    }

    fn stretch_link(
        &self,
        link: Link,
        size: u64,
        paged: &Paged,
        next_cursor: Option<&str>,
        target: &Target,
    ) -> Option<String> {
        let by_cursor = self.offset.is_none() || matches!(self.stretch, Stretch::After { .. } | Stretch::Behind { .. });
        if link == Link::Next
            && by_cursor
            && let Some(cursor) = self.cursor
        {
            let instead = self.offset.map(|offset| offset.name.as_str());
            return Some(target.turned(Turned { name: &cursor.name, value: next_cursor? }, instead.as_slice()));
        }
        let last = (paged.total as u64).saturating_sub(1) / size * size;
        let offset = match link {
            Link::Previous => Some(self.skipped(paged)).filter(|from| *from > 0)?.saturating_sub(size).min(last),
            Link::Next => paged.has_next().then_some(paged.to as u64)?,
            Link::Last => last,
            _ => 0,
        };
        let instead = self.cursor.map(|cursor| cursor.name.as_str());
        Some(target.turned(Turned { name: &self.offset?.name, value: &offset.to_string() }, instead.as_slice()))
    }

    /// The refusal of a cursor that leads nowhere in this list.
    pub fn bad_cursor(&self, asked: &Asked) -> Problem {
        let Some(cursor) = self.cursor else { return Problem::new(crate::problem::Kind::Internal) };
        let place = match cursor.location {
            Location::Header => Place::Header(cursor.name.clone()),
            Location::Cookie => Place::Cookie(cursor.name.clone()),
            _ => Place::Query(cursor.name.clone()),
        };
        let found = value(asked, cursor).map(|value| crate::breach::cut(&value.to_string())).unwrap_or_default();
        let mut breach = Breach::new(place, "cursor", "a cursor from an earlier answer to the same question", found);
        breach.problem = cursor.problem.clone();
        Problem::from_breaches(&[breach], 0, false)
    }
}

/// What to sort by, if the request or a default says it: `name`, `-name`, `name:desc`, or with the direction in a parameter
/// of its own.
pub fn order(asked: &Asked) -> Option<Order> {
    let by = with_role(asked.operation, Role::SortBy)?;
    let text = render::text(value(asked, by)?);
    let turned = |text: &str| text.trim().to_ascii_lowercase().starts_with("desc");
    let direction = with_role(asked.operation, Role::SortOrder).and_then(|order| value(asked, order));
    let by_parameter = direction.is_some_and(|order| turned(&render::text(order)) || *order == -1);
    let (name, descending) = match text.strip_prefix('-') {
        Some(name) => (name, true),
        None => match text.split_once([':', ' ', ',']) {
            Some((name, direction)) => (name, turned(direction)),
            None => (text.as_str(), by_parameter),
        },
    };
    let name = name.trim_start_matches('+');
    let field = by.fields.get(&text).or_else(|| by.fields.get(name)).map_or(name, String::as_str);
    Some(Order { field: field.to_owned(), descending })
}

/// A parameter's value, its default included.
pub fn value<'v>(asked: &Asked<'v>, parameter: &Parameter) -> Option<&'v Value> {
    asked.values.get(parameter.location, &parameter.name)
}

fn with_role(operation: &Operation, role: Role) -> Option<&Parameter> {
    operation.parameters.iter().find(|parameter| parameter.role == Some(role))
}

/// Whether the request itself has the parameter.
fn given(asked: &Asked, parameter: &Parameter) -> bool {
    match parameter.location {
        Location::Query => links::names(asked.request, &parameter.name),
        _ => value(asked, parameter).is_some_and(|value| Some(value) != parameter.default.as_ref()),
    }
}

fn as_number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
