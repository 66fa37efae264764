//! More or fewer bytes are announced than come.

use http::HeaderMap;
use http::header::{CONTENT_LENGTH, HeaderValue};

use super::{Act, Answer, End, Script};
use crate::fault::Length;

pub(super) struct Wrong(pub Length);

impl Script for Wrong {
    fn amend(&self, headers: &mut HeaderMap) {
        let Some(value) = headers.get_mut(CONTENT_LENGTH) else { return };
        let Some(length) = value.to_str().ok().and_then(|text| text.parse::<u64>().ok()) else { return };
        *value = HeaderValue::from(match self.0 {
            Length::TooLong(more) => length.saturating_add(more),
            Length::TooShort(fewer) => length.saturating_sub(fewer),
        });
    }

    fn next(&mut self, answer: &mut Answer) -> Act {
        match answer.rest() {
            Act::End(_) => Act::End(End::Close),
            piece => piece,
        }
    }
}
