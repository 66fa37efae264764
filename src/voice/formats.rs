//! A transcript as text and as subtitles. The times are those of the recording.

use std::fmt::Write as _;
use std::time::Duration;

use super::turn::{Speaker, Turn};

/// What a reader of the text wants beside the words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beside {
    pub timestamps: bool,
    pub labels: bool,
}

impl Speaker {
    /// The speaker as text and subtitles name them.
    pub fn label(self) -> &'static str {
        match self {
            Speaker::Agent => "Agent",
            Speaker::Customer => "Customer",
        }
    }
}

/// A line for each turn: `[00:00:05] Customer: Hi.`
pub fn text(turns: &[Turn], beside: Beside) -> String {
    let mut out = String::new();
    for turn in turns {
        if beside.timestamps {
            let (hours, minutes, seconds) = clock(turn.start);
            let _ = write!(out, "[{hours:02}:{minutes:02}:{seconds:02}] ");
        }
        let _ = writeln!(out, "{}{}", label(turn, beside.labels), one_line(&turn.text));
    }
    out
}

/// SubRip: numbered cues with a comma before the milliseconds.
pub fn srt(turns: &[Turn], labels: bool) -> String {
    let cues = turns.iter().enumerate().map(|(index, turn)| {
        let (start, end) = (moment(turn.start, ','), moment(end(turn), ','));
        format!("{}\n{start} --> {end}\n{}{}\n", index + 1, label(turn, labels), one_line(&turn.text))
    });
    cues.collect::<Vec<_>>().join("\n")
}

/// WebVTT: the speaker is a voice tag, which players show or style.
pub fn vtt(turns: &[Turn], labels: bool) -> String {
    let mut out = String::from("WEBVTT\n");
    for turn in turns {
        let voice = if labels { format!("<v {}>", turn.speaker.label()) } else { String::new() };
        let (start, end) = (moment(turn.start, '.'), moment(end(turn), '.'));
        let _ = write!(out, "\n{start} --> {end}\n{voice}{}\n", escaped(&one_line(&turn.text)));
    }
    out
}

fn label(turn: &Turn, wanted: bool) -> String {
    if wanted { format!("{}: ", turn.speaker.label()) } else { String::new() }
}

/// A cue that takes no time is no cue.
fn end(turn: &Turn) -> Duration {
    turn.end().max(turn.start + Duration::from_millis(1))
}

fn clock(moment: Duration) -> (u64, u64, u64) {
    let seconds = moment.as_secs();
    (seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn moment(moment: Duration, point: char) -> String {
    let (hours, minutes, seconds) = clock(moment);
    format!("{hours:02}:{minutes:02}:{seconds:02}{point}{:03}", moment.subsec_millis())
}

/// A line break would end the cue.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns() -> Vec<Turn> {
        let turn = |speaker, start: u64, length: u64, text: &str| Turn {
            speaker,
            text: text.to_owned(),
            start: Duration::from_millis(start),
            length: Duration::from_millis(length),
            confidence: 0.98,
            mood: 0.0,
        };
        vec![
            turn(Speaker::Agent, 0, 4200, "Thank you for calling."),
            turn(Speaker::Customer, 3_723_500, 0, "Fish & chips --> <now>\n\nplease"),
        ]
    }

    #[test]
    fn text_has_what_is_wanted_beside_the_words() {
        let wanted = |timestamps, labels| text(&turns()[..1], Beside { timestamps, labels });
        assert_eq!(wanted(true, true), "[00:00:00] Agent: Thank you for calling.\n");
        assert_eq!(wanted(true, false), "[00:00:00] Thank you for calling.\n");
        assert_eq!(wanted(false, true), "Agent: Thank you for calling.\n");
        assert_eq!(wanted(false, false), "Thank you for calling.\n");
        assert_eq!(text(&[], Beside { timestamps: true, labels: true }), "");
    }

    #[test]
    fn subtitles_are_cues_whatever_was_said() {
        assert_eq!(
            srt(&turns(), true),
            "1\n00:00:00,000 --> 00:00:04,200\nAgent: Thank you for calling.\n\n\
             2\n01:02:03,500 --> 01:02:03,501\nCustomer: Fish & chips --> <now> please\n"
        );
        assert_eq!(
            vtt(&turns(), true),
            "WEBVTT\n\n00:00:00.000 --> 00:00:04.200\n<v Agent>Thank you for calling.\n\n\
             01:02:03.500 --> 01:02:03.501\n<v Customer>Fish &amp; chips --&gt; &lt;now&gt; please\n"
        );
        assert!(vtt(&turns(), false).contains("\nThank you"));
        assert_eq!(srt(&[], true), "");
        assert_eq!(vtt(&[], true), "WEBVTT\n");
    }
}
