//! What rules want otherwise in the true answer while it is made, put together: of each part the first that is said.

use super::Scene;
use crate::answer::Twist;
use crate::scenario::{Page, Recording};

impl Scene<'_> {
    pub(super) fn twist(&self) -> Option<Twist> {
        let fired = &self.wanted.fired;
        let pages = || fired.iter().filter_map(|fired| Some((fired, fired.rule().then.page.as_ref()?)));
        let recordings = fired.iter().filter_map(|fired| fired.rule().then.recording.as_ref());
        let page = pages().map(|(_, page)| page.clone()).reduce(pages_together);
        let recording = recordings.cloned().reduce(recordings_together);
        let shuffled = pages().find(|(_, page)| page.order.is_some());
        let seed = shuffled.map(|(fired, _)| self.chance(fired));
        (page.is_some() || recording.is_some()).then_some(Twist { page, recording, seed })
    }
}

fn pages_together(first: Page, then: Page) -> Page {
    let either = |first: usize, then| if first == 0 { then } else { first };
    Page {
        rows: first.rows.or(then.rows),
        total: first.total.or(then.total),
        rows_in_all: first.rows_in_all.or(then.rows_in_all),
        repeat_last: either(first.repeat_last, then.repeat_last),
        skip: either(first.skip, then.skip),
        next: first.next.or(then.next),
        order: first.order.or(then.order),
        cursor_expired: first.cursor_expired || then.cursor_expired,
        cap: first.cap.or(then.cap),
    }
}

fn recordings_together(first: Recording, then: Recording) -> Recording {
    Recording {
        expires: first.expires.or(then.expires),
        wrong_signature: first.wrong_signature || then.wrong_signature,
        lane: first.lane.or(then.lane),
        host: first.host.or(then.host),
    }
}
