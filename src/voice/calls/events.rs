//! What happens to calls as time goes on: they begin and end, and their parts come in after that.

use jiff::Timestamp;

use super::{Calls, GROWN, Handle, View};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Event {
    pub at: Timestamp,
    pub call: Handle,
    pub happening: Happening,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Happening {
    Started,
    Ended,
    TranscriptReady,
    RecordingReady,
    AnalyticsReady,
}

const ALL: [Happening; 5] = [
    Happening::Started,
    Happening::Ended,
    Happening::TranscriptReady,
    Happening::RecordingReady,
    Happening::AnalyticsReady,
];

impl Happening {
    pub fn name(self) -> &'static str {
        match self {
            Happening::Started => "started",
            Happening::Ended => "ended",
            Happening::TranscriptReady => "transcript_ready",
            Happening::RecordingReady => "recording_ready",
            Happening::AnalyticsReady => "analytics_ready",
        }
    }
}

impl Calls {
    /// When something happens next, after the view's moment.
    pub fn next_event(&self, view: &View) -> Option<Timestamp> {
        let now = view.now.as_second();
        let known = self.unsettled(view).flat_map(|handle| self.call(view, handle).moments()).flatten();
        let coming = view.growth.next().map(|next| self.anchor.saturating_add(next));
        let next = known.chain(coming).filter(|second| *second > now).min()?;
        Timestamp::from_second(next).ok()
    }

    /// What happened after `from` and up to `to`, in order. Calls that are to begin until then must have begun.
    pub fn events(&self, view: &View, from: Timestamp, to: Timestamp) -> Vec<Event> {
        let (after, until) = (from.as_second(), to.as_second());
        let earlier = View { now: from, ..*view };
        let mut events: Vec<Event> = Vec::new();
        for handle in self.unsettled(&earlier) {
            for (moment, happening) in self.call(view, handle).moments().into_iter().zip(ALL) {
                let Some(second) = moment.filter(|second| (after + 1..=until).contains(second)) else { continue };
                let Ok(at) = Timestamp::from_second(second) else { continue };
                events.push(Event { at, call: handle, happening });
            }
        }
        // Of one moment the older call comes first.
        let age = |handle: Handle| {
            if handle.0 & GROWN == 0 { i64::from(u32::MAX - handle.0) } else { 1 << 40 | i64::from(handle.0) }
        };
        events.sort_by_key(|event| (event.at, age(event.call), event.happening));
        events
    }
}
