//! Signatures on what a client hands back to us: addresses of recordings and places in lists. The key follows from the
//! seed, so that the same seed gives the same addresses in every run and on every replica; it keeps out slips and
//! tampering, and is no secret from whoever knows the seed.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::seed::Seed;

/// Under this name a signature stands in an address.
pub const PARAMETER: &str = "signature";

#[derive(Clone)]
pub struct Signer(Hmac<Sha256>);

impl Signer {
    pub fn new(seed: Seed) -> Signer {
        let key = [b"signed by the seed ".as_slice(), &seed.0.to_be_bytes()].concat();
        // Keys of any length are good for an HMAC; the zero key stands in for an error that cannot happen.
        let mac = Hmac::new_from_slice(&key).unwrap_or_else(|_| Hmac::new(&Default::default()));
        Signer(mac)
    }

    /// The signature of all parts together, in 32 hexadecimal digits.
    pub fn sign(&self, parts: &[&str]) -> String {
        let bytes = self.mac(parts).finalize().into_bytes();
        bytes.iter().take(16).fold(String::with_capacity(32), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether `shown` signs these parts. The time it takes tells nothing about how much of it was right.
    pub fn is_good(&self, parts: &[&str], shown: &str) -> bool {
        if shown.len() != 32 || !shown.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) {
            return false;
        }
        let bytes: Option<Vec<u8>> =
            (0..16).map(|at| u8::from_str_radix(shown.get(2 * at..2 * at + 2)?, 16).ok()).collect();
        bytes.is_some_and(|bytes| self.mac(parts).verify_truncated_left(&bytes).is_ok())
    }

    /// Lengths go in too, so that no two lists of parts are the same bytes.
    fn mac(&self, parts: &[&str]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_good_for_its_parts_alone() {
        let signer = Signer::new(Seed(42));
        let signed = signer.sign(&["a", "b"]);
        assert!(signer.is_good(&["a", "b"], &signed));
        assert_eq!(signed, Signer::new(Seed(42)).sign(&["a", "b"]));
        assert!(!signer.is_good(&["ab", ""], &signed));
        assert!(!signer.is_good(&["a", "c"], &signed));
        assert!(!Signer::new(Seed(43)).is_good(&["a", "b"], &signed));
        for wrong in ["", "+1", &signed[1..], &format!("{signed}0"), &signed.to_uppercase(), "é".repeat(16).as_str()] {
            assert!(wrong == signed || !signer.is_good(&["a", "b"], wrong), "{wrong}");
        }
    }
}
