//! The pre-signed address of a recording: whose it is, in which lane, until when, and the signature over all of it.

use std::fmt;

use jiff::Timestamp;

use crate::signature::{PARAMETER, Signer};

/// What an address says. Whoever has one needs no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The file: the call's id and `.mp3`.
    pub file: String,
    /// From this moment on it is no longer good.
    pub expires: Timestamp,
    pub lane: String,
}

/// How an address is made otherwise than it should be.
#[derive(Debug, Clone, Default)]
pub struct Amiss {
    pub expires: Option<Timestamp>,
    pub wrong_signature: bool,
    pub lane: Option<String>,
}

/// Why an address is not served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No signature at all.
    Unsigned,
    /// Not what we signed, down to the order of the parameters.
    Tampered,
    Expired,
}

impl Address {
    /// The query that makes the address good.
    pub fn query(&self, signer: &Signer) -> String {
        let expires = self.expires.as_second().to_string();
        let signature = signer.sign(&["recording", &self.file, &expires, &self.lane]);
        format!("expires={expires}&lane={}&{PARAMETER}={signature}", self.lane)
    }

    /// The address as somebody wants it amiss, and its query.
    pub fn amiss(mut self, amiss: &Amiss, signer: &Signer) -> (Address, String) {
        let Amiss { expires, wrong_signature, lane } = amiss;
        // A query says whole seconds, and what is shown beside it has to agree.
        let whole = |moment: Timestamp| Timestamp::from_second(moment.as_second()).unwrap_or(moment);
        self.expires = expires.map_or(self.expires, whole);
        if let Some(lane) = lane {
            self.lane.clone_from(lane);
        }
        let mut query = self.query(signer);
        if *wrong_signature {
            // Another letter of those that signatures have.
            let last = if query.ends_with('0') { '1' } else { '0' };
            query.pop();
            query.push(last);
        }
        (self, query)
    }

    /// Reads the address of `file` from its query as it came. Only the exact text that was signed is good: no parameter
    /// twice, in another order or encoded in another way. A good address that is out of date is told apart.
    pub fn read(file: &str, query: &str, signer: &Signer, now: Timestamp) -> Result<Address, Refusal> {
        let value = |name: &str| {
            query.split('&').find_map(|pair| pair.split_once('=').filter(|(known, _)| *known == name)).map(|(_, v)| v)
        };
        let shown = value(PARAMETER).filter(|shown| !shown.is_empty()).ok_or(Refusal::Unsigned)?;
        let (expires, lane) = (value("expires").unwrap_or_default(), value("lane").unwrap_or_default());
        let moment = expires.parse().ok().and_then(|second| Timestamp::from_second(second).ok());
        let canonical = query == format!("expires={expires}&lane={lane}&{PARAMETER}={shown}");
        let signed = signer.is_good(&["recording", file, expires, lane], shown);
        let expires = moment.filter(|_| canonical && signed).ok_or(Refusal::Tampered)?;
        match now < expires {
            true => Ok(Address { file: file.to_owned(), expires, lane: lane.to_owned() }),
            false => Err(Refusal::Expired),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Refusal::Unsigned => "the address has no signature",
            Refusal::Tampered => "the signature does not fit the address",
            Refusal::Expired => "the address has expired",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seed::Seed;

    const FILE: &str = "conv_abc123xyz789.mp3";

    fn moment(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn address() -> Address {
        Address { file: FILE.to_owned(), expires: moment("2025-02-15T14:35:23Z"), lane: "default".to_owned() }
    }

    #[test]
    fn it_is_good_until_it_expires() {
        let signer = Signer::new(Seed(42));
        let query = address().query(&signer);
        assert_eq!(Address::read(FILE, &query, &signer, moment("2025-02-15T14:35:22Z")), Ok(address()));
        assert_eq!(Address::read(FILE, &query, &signer, moment("2025-02-15T14:35:23Z")), Err(Refusal::Expired));
        let other = Signer::new(Seed(43));
        assert_eq!(Address::read(FILE, &query, &other, moment("2025-01-15T15:00:00Z")), Err(Refusal::Tampered));
    }

    #[test]
    fn what_is_amiss_is_found_out_as_that() {
        let signer = Signer::new(Seed(42));
        let now = moment("2025-01-15T15:00:00Z");
        let read = |amiss: &Amiss| Address::read(FILE, &address().amiss(amiss, &signer).1, &signer, now);
        let past = Amiss { expires: Some(moment("2025-01-15T14:00:00.75Z")), ..Amiss::default() };
        assert_eq!(read(&past), Err(Refusal::Expired));
        assert_eq!(address().amiss(&past, &signer).0.expires, moment("2025-01-15T14:00:00Z"));
        let soon = Amiss { expires: Some(moment("2025-01-15T15:00:05Z")), ..Amiss::default() };
        assert_eq!(read(&soon).map(|address| address.expires), Ok(moment("2025-01-15T15:00:05Z")));
        assert_eq!(read(&Amiss { wrong_signature: true, ..Amiss::default() }), Err(Refusal::Tampered));
        let other = Amiss { lane: Some("other".to_owned()), ..Amiss::default() };
        assert_eq!(read(&other).map(|address| address.lane), Ok("other".to_owned()));
        assert_eq!(read(&Amiss::default()), Ok(address()));
    }

    #[test]
    fn nothing_but_the_exact_text_is_good() {
        let signer = Signer::new(Seed(42));
        let now = moment("2025-01-15T15:00:00Z");
        let query = address().query(&signer);
        assert_eq!(Address::read("conv_other.mp3", &query, &signer, now), Err(Refusal::Tampered));
        for unsigned in ["", "expires=1739630123&lane=default", "signature=", "signature"] {
            assert_eq!(Address::read(FILE, unsigned, &signer, now), Err(Refusal::Unsigned), "{unsigned}");
        }
        let doubled = format!("{query}&lane=default");
        let parts: Vec<&str> = query.split('&').collect();
        let reordered = format!("{}&{}&{}", parts[1], parts[0], parts[2]);
        let encoded = query.replace("default", "%64efault");
        let other_lane = query.replace("default", "other");
        let later = query.replace("expires=1739630123", "expires=1739630124");
        let signed = query.replace("expires=1739630123", "expires=+1739630123");
        let far = query.replace("expires=1739630123", "expires=9223372036854775808");
        let negative = query.replace("expires=", "expires=-");
        for text in [doubled, reordered, encoded, other_lane, later, signed, far, negative] {
            assert_ne!(text, query);
            assert_eq!(Address::read(FILE, &text, &signer, now), Err(Refusal::Tampered), "{text}");
        }
        for at in 0..query.len() {
            let mut bytes = query.clone().into_bytes();
            bytes[at] ^= 1;
            let changed = String::from_utf8(bytes).unwrap();
            assert!(Address::read(FILE, &changed, &signer, now).is_err(), "{changed}");
        }
    }
}
