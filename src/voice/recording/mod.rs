//! The audio of a call: an MP3 that sounds for as long as the call took, in which one hears who speaks when. No byte of it
//! is kept: any stretch of it is put together when it is read, so an hour of audio costs what its transcript costs.

mod address;
mod frames;

pub use address::{Address, Amiss, Refusal};

use std::time::Duration;

use super::turn::{Speaker, Turn};
use frames::{AGENT, CUSTOMER, FRAME, Frame, MILLISECONDS, SILENCE, Voice};

/// What the audio is, as a media type.
pub const MEDIA_TYPE: &str = "audio/mpeg";

#[derive(Debug, Clone)]
pub struct Recording {
    /// In the order in which they begin.
    spans: Vec<Span>,
    frames: u64,
}

/// The frames in which a turn sounds, from the first up to, but not including, the last.
#[derive(Debug, Clone)]
struct Span {
    from: u64,
    to: u64,
    speaker: Speaker,
    /// A vowel, or a pause between words, for each letter.
    sounds: Box<[Option<u8>]>,
}

impl Recording {
    /// The recording of a call that took `length`. Turns that begin later are not on it.
    pub fn new(turns: &[Turn], length: Duration) -> Recording {
        let frames = at_frame(length);
        let spans = turns.iter().map(Span::of).filter(|span| span.from < frames && span.from < span.to).collect();
        Recording { spans, frames }
    }

    /// Its size in bytes.
    pub fn len(&self) -> u64 {
        self.frames * FRAME as u64
    }

    pub fn is_empty(&self) -> bool {
        self.frames == 0
    }

    /// Fills `out` with what begins at the byte `from`. Returns how much there was.
    pub fn read(&self, from: u64, out: &mut [u8]) -> usize {
        let size = FRAME as u64;
        let mut done = 0;
        while done < out.len() && from + (done as u64) < self.len() {
            let at = from + done as u64;
            let skipped = (at % size) as usize;
            let rest = &self.frame(at / size)[skipped..];
            let count = rest.len().min(out.len() - done);
            out[done..done + count].copy_from_slice(&rest[..count]);
            done += count;
        }
        done
    }

    /// Where two speak at once, the one who began later is heard.
    fn frame(&self, number: u64) -> &'static Frame {
        let begun = self.spans.partition_point(|span| span.from <= number);
        let heard = self.spans[..begun].iter().rev().take(2).find(|span| number < span.to);
        heard.map_or(&SILENCE, |span| span.frame(number))
    }
}

impl Span {
    fn of(turn: &Turn) -> Span {
        let sounds = turn.text.chars().scan(0, |last, letter| Some(sound(letter, last))).collect();
        Span { from: at_frame(turn.start), to: at_frame(turn.end()), speaker: turn.speaker, sounds }
    }

    fn frame(&self, number: u64) -> &'static Frame {
        let voice: &'static Voice = match self.speaker {
            Speaker::Agent => &AGENT,
            Speaker::Customer => &CUSTOMER,
        };
        let place = (number - self.from) * self.sounds.len() as u64 / (self.to - self.from);
        match self.sounds.get(place as usize) {
            Some(Some(vowel)) => &voice.0[usize::from(*vowel) % 4],
            _ => &SILENCE,
        }
    }
}

/// What a letter sounds like: vowels are themselves, a consonant goes on with the vowel before it, anything else is a pause.
fn sound(letter: char, last: &mut u8) -> Option<u8> {
    if !letter.is_alphanumeric() {
        return None;
    }
    *last = match letter.to_ascii_lowercase() {
        'a' => 0,
        'e' => 1,
        'i' | 'y' => 2,
        'o' | 'u' => 3,
        letter if letter.is_ascii() => *last,
        letter => (u32::from(letter) % 4) as u8,
    };
    Some(*last)
}

/// The frame that begins nearest to a moment.
fn at_frame(moment: Duration) -> u64 {
    let milliseconds = u64::try_from(moment.as_millis()).unwrap_or(u64::MAX);
    milliseconds.saturating_add(MILLISECONDS / 2) / MILLISECONDS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(speaker: Speaker, start: f64, length: f64, text: &str) -> Turn {
        let (start, length) = (Duration::from_secs_f64(start), Duration::from_secs_f64(length));
        Turn { speaker, text: text.to_owned(), start, length, confidence: 0.9, mood: 0.0 }
    }

    fn call() -> Recording {
        let turns =
            [turn(Speaker::Agent, 0.0, 2.0, "Thank you for calling"), turn(Speaker::Customer, 3.0, 1.0, "Hi, é!")];
        Recording::new(&turns, Duration::from_secs(6))
    }

    fn whole(recording: &Recording) -> Vec<u8> {
        let mut bytes = vec![0; recording.len() as usize];
        assert_eq!(recording.read(0, &mut bytes), bytes.len());
        bytes
    }

    #[test]
    fn it_sounds_while_somebody_speaks_and_is_silent_between() {
        let bytes = whole(&call());
        assert_eq!(bytes.len(), 250 * FRAME, "6 seconds of 24 ms");
        let frames: Vec<&[u8]> = bytes.chunks(FRAME).collect();
        let heard = |from: usize, to: usize, voice: &Voice| {
            frames[from..to].iter().filter(|frame| voice.0.iter().any(|known| known == *frame)).count()
        };
        assert!(heard(0, 83, &AGENT) > 60);
        assert!(heard(125, 167, &CUSTOMER) > 20);
        assert_eq!(heard(0, 250, &AGENT), heard(0, 83, &AGENT));
        assert_eq!(heard(0, 250, &CUSTOMER), heard(125, 167, &CUSTOMER));
        assert!(frames[84..124].iter().all(|frame| *frame == SILENCE));
        assert!(frames.iter().all(|frame| frame.starts_with(&[0xff, 0xf3])));
    }

    #[test]
    fn any_stretch_is_the_same_as_in_the_whole() {
        let recording = call();
        let bytes = whole(&recording);
        for (from, length) in [(0, 1), (1, 47), (47, 2), (500, 1000), (bytes.len() - 3, 3)] {
            let mut stretch = vec![0; length];
            assert_eq!(recording.read(from as u64, &mut stretch), length);
            assert_eq!(stretch, bytes[from..from + length], "{length} from {from}");
        }
        assert_eq!(recording.read(recording.len() - 1, &mut [0; 9]), 1);
        assert_eq!(recording.read(u64::MAX / 2, &mut [0; 9]), 0);
    }

    #[test]
    fn a_call_without_words_is_silent() {
        let recording = Recording::new(&[turn(Speaker::Agent, 0.0, 1.0, "")], Duration::from_secs(1));
        assert_eq!(recording.len(), 42 * FRAME as u64);
        assert!(whole(&recording).chunks(FRAME).all(|frame| frame == SILENCE));
        assert!(Recording::new(&[], Duration::ZERO).is_empty());
    }
}
