//! May this caller in: keys, scopes and rate windows.

mod credentials;
mod keys;
mod rate;

pub use keys::{Key, Keys, same_secret};
pub use rate::{Allowance, Windows};

use std::sync::Arc;

use http::Method;
use jiff::Timestamp;

use crate::contract::{Contract, Operation, Requirement, Scheme};
use crate::problem::{Kind, Problem};
use crate::request::Request;
use credentials::Presented;
use rate::Rates;

pub struct Access {
    contract: Arc<Contract>,
    keys: Keys,
    rates: Rates,
}

/// Who calls, as far as limits are concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// No key was needed, or none was good.
    Anonymous,
    /// A key of the list by its place there, and the key itself where one entry stands for many.
    Known { place: usize, key: Option<String> },
}

impl Access {
    pub fn new(contract: Arc<Contract>, keys: Keys) -> Access {
        let rates = Rates::new(contract.rate.clone(), &keys);
        Access { contract, keys, rates }
    }

    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Lets the caller in, or says what is wrong with the credentials. Of several ways in, the one that the caller
    /// came furthest on is spoken of. `now` tells a caller's time, which only a key that expires asks for.
    pub fn admit(
        &self,
        operation: &Operation,
        request: &Request,
        now: impl Fn(&Caller) -> Timestamp,
    ) -> Result<Caller, Problem> {
        let mut furthest: Option<Problem> = None;
        let mut open = false;
        for requirement in &operation.security {
            match self.meets(requirement, request, &now) {
                // Whoever may come without a key and shows one all the same is counted by it.
                Ok(Caller::Anonymous) => open = true,
                Ok(caller) => return Ok(caller),
                Err(problem) => {
                    if furthest.as_ref().is_none_or(|known| progress(problem.kind) > progress(known.kind)) {
                        furthest = Some(problem);
                    }
                }
            }
        }
        furthest.filter(|_| !open).map_or(Ok(Caller::Anonymous), Err)
    }

    /// The caller by whatever good key the request shows, where no operation says which is wanted.
    pub fn recognise(&self, request: &Request, now: impl Fn(&Caller) -> Timestamp) -> Caller {
        let shown = self.contract.schemes.values().filter_map(|scheme| match credentials::presented(scheme, request) {
            Presented::Given(key) => self.find(key, &now).ok(),
            _ => None,
        });
        shown.into_iter().next().unwrap_or(Caller::Anonymous)
    }

    /// The key as it came, good or not.
    pub fn shown(&self, operation: &Operation, request: &Request) -> Option<String> {
        let named = operation.security.iter().flat_map(|requirement| &requirement.0);
        named.filter_map(|(name, _)| self.contract.schemes.get(name)).find_map(|scheme| {
            match credentials::presented(scheme, request) {
                Presented::Given(key) => Some(key),
                Presented::Missing | Presented::Malformed => None,
            }
        })
    }

    /// Takes a key back in one lane, for as long as that is there. False if too many were.
    pub fn revoke(&self, windows: &Windows, key: &str) -> bool {
        Rates::revoke(windows, key)
    }

    /// Whether the caller's lane takes its key still.
    pub fn check_revoked(&self, operation: &Operation, windows: &Windows, caller: &Caller) -> Result<(), Problem> {
        if !self.rates.is_revoked(windows, caller) {
            return Ok(());
        }
        let mut schemes = operation.security.iter().flat_map(|requirement| &requirement.0);
        let challenge = schemes.find_map(|(name, _)| credentials::challenge(self.contract.schemes.get(name)?));
        Err(refused(Kind::RevokedKey, challenge))
    }

    /// Counts one request of the caller among those of its lane. `Err` when there are too many; the allowance is told
    /// either way.
    pub fn count(
        &self,
        windows: &Windows,
        caller: &Caller,
        now: Timestamp,
    ) -> (Option<Allowance>, Result<(), Problem>) {
        self.rates.count(windows, caller, now)
    }

    /// The same number for the same key, whatever else the list says.
    pub fn identity(&self, caller: &Caller) -> u64 {
        self.rates.identity(caller)
    }

    /// What follows the prefix, where one entry of the list stands for many keys: the name of the key's own lane.
    pub fn ending<'c>(&self, caller: &'c Caller) -> Option<&'c str> {
        let Caller::Known { place, key: Some(key) } = caller else { return None };
        key.get(self.keys.get(*place)?.text.len()..)
    }

    fn meets(
        &self,
        requirement: &Requirement,
        request: &Request,
        now: &impl Fn(&Caller) -> Timestamp,
    ) -> Result<Caller, Problem> {
        let mut caller = Caller::Anonymous;
        for (name, scopes) in &requirement.0 {
            let Some(scheme) = self.contract.schemes.get(name).filter(|scheme| **scheme != Scheme::Outside) else {
                continue;
            };
            let refused = |kind| refused(kind, credentials::challenge(scheme));
            let wanted = |kind| {
                let problem = refused(kind).with("scheme", credentials::wanted(scheme));
                problem.with("expected", credentials::form(scheme))
            };
            let key = match credentials::presented(scheme, request) {
                Presented::Given(key) => key,
                Presented::Missing => self.visitors_key(request).ok_or_else(|| wanted(Kind::MissingCredentials))?,
                Presented::Malformed => return Err(wanted(Kind::MalformedCredentials)),
            };
            caller = self.find(key, now).map_err(refused)?;
            if let Caller::Known { place, .. } = &caller
                && !self.keys.has_scopes(*place, scopes)
            {
                return Err(Problem::new(Kind::MissingScope).with("scopes", scopes.clone()));
            }
        }
        Ok(caller)
    }

    /// A person who opens a link in a browser can't send a key, and comes in with the default one. No client under test
    /// looks like that: the header is the browser's own, and a page's script can't set it.
    fn visitors_key(&self, request: &Request) -> Option<String> {
        let opens = request.method == Method::GET && request.header("sec-fetch-mode") == Some("navigate");
        self.keys.default_key().filter(|_| opens).map(str::to_owned)
    }

    /// The caller with this key, or what is wrong with it.
    fn find(&self, key: String, now: &impl Fn(&Caller) -> Timestamp) -> Result<Caller, Kind> {
        let place = self.keys.find(&key)?;
        let known = self.keys.get(place);
        let many = known.is_none_or(|known| known.prefix);
        let caller = Caller::Known { place, key: many.then_some(key) };
        match known.and_then(|known| known.expires_at) {
            Some(end) if end <= now(&caller) => Err(Kind::ExpiredKey),
            _ => Ok(caller),
        }
    }
}

fn refused(kind: Kind, challenge: Option<&str>) -> Problem {
    match challenge {
        Some(challenge) => Problem::new(kind).with("challenge", challenge),
        None => Problem::new(kind),
    }
}

/// How far a caller came before being turned away.
fn progress(kind: Kind) -> u8 {
    match kind {
        Kind::MissingCredentials => 0,
        Kind::MalformedCredentials => 1,
        Kind::UnknownKey => 2,
        Kind::RevokedKey | Kind::ExpiredKey => 3,
        _ => 4,
    }
}

#[cfg(test)]
mod tests;
