//! A server with a scenario for each case, and a client that meets them one after the other.

use std::sync::Arc;
use std::time::Duration;

use http::{Method, Version};

use super::cases::{CASES, Case, Meets};
use crate::cli::failure::Failure;
use crate::cli::links::example_target;
use crate::clock;
use crate::contract::Contract;
use crate::embedded::{Library, SCENARIOS};
use crate::mock::{Materials, Server, Sources};
use crate::reload::Watch;
use crate::scenario::{self, Known, Repertoire};
use crate::server::probe::{Ask, End, Seen, look};
use crate::source::SourceFile;

/// Longer than any case lets a client wait.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time at which the server stands, so that an answer is the same whenever it is asked for.
const NOW: &str = "2025-01-01T12:00:00Z";

/// One fault over one version, and what was seen of it.
pub struct Sight {
    pub case: &'static Case,
    pub version: Version,
    /// Why nothing could be seen, if so.
    pub seen: Result<Seen, String>,
    /// The body without a fault.
    pub whole: Arc<[u8]>,
}

impl Sight {
    pub fn is_good(&self) -> bool {
        self.seen.as_ref().is_ok_and(|seen| (self.case.kept)(seen, &self.whole))
    }
}

/// A client of one version, in a lane of its own.
struct Client<'a> {
    server: &'a Server,
    version: Version,
    patience: Duration,
}

/// Meets every case over every version that has it. Whoever connects late is met last: it is so for everybody.
pub async fn all() -> Result<Vec<Sight>, Failure> {
    let materials = materials()?;
    let contract = materials.contract.clone();
    let now = clock::moment(NOW).ok();
    let builder = Server::builder().clock(now, None).calls(Some(0), 0.0).watch(Watch::Off);
    let server = builder.start_with(materials).await;
    let server = server.map_err(|error| Failure::new(error.to_string()))?;
    let client = |version| Client { server: &server, version, patience: PATIENCE };
    let [one, two] = [Version::HTTP_11, Version::HTTP_2].map(client);
    let target = one.target(&contract).await?;
    let wholes = [one.whole(&target).await?, two.whole(&target).await?];
    let mut sights = Vec::new();
    for case in &CASES {
        if case.meets == Meets::Connection {
            one.arm(case).await?;
        }
        for (client, whole) in [&one, &two].into_iter().zip(&wholes) {
            if case.versions.contains(&client.version) {
                let (seen, whole) = (client.meet(case, &target).await, whole.clone());
                sights.push(Sight { case, version: client.version, seen, whole });
            }
        }
    }
    server.stop().await;
    Ok(sights)
}

impl Client<'_> {
    /// A path whose answer is the same each time, and holds a signed address. That of the first operation which has one.
    async fn target(&self, contract: &Contract) -> Result<String, Failure> {
        for operation in contract.operations.iter().filter(|operation| operation.method == Method::GET) {
            let target = example_target(contract, operation);
            let Ok(seen) = self.look(&target, None, false).await else { continue };
            let Some(address) = signed_address(&seen).filter(|_| is_whole(&seen)) else { continue };
            let again = self.look(&target, None, false).await;
            let followed = self.follow(&address).await;
            if again.is_ok_and(|again| again.body == seen.body) && followed.is_some_and(|seen| is_whole(&seen)) {
                return Ok(target);
            }
        }
        Err(Failure::new("no operation answers with an address that works, though nothing is armed"))
    }

    /// The body without a fault.
    async fn whole(&self, target: &str) -> Result<Arc<[u8]>, Failure> {
        match self.look(target, None, false).await {
            Ok(seen) if is_whole(&seen) => Ok(seen.body.into()),
            Ok(seen) => Err(Failure::new(format!("{target} is not answered, though nothing is armed: {seen:?}"))),
            Err(error) => Err(Failure::new(error)),
        }
    }

    /// Has a scenario armed for everybody.
    async fn arm(&self, case: &Case) -> Result<(), Failure> {
        let target = format!("/_mock/scenarios/{}/activate", called(case));
        let ask = Ask { method: &Method::POST, ..self.ask(&target, &[]) };
        match look(&ask).await {
            Ok(seen) if seen.status == Some(200) => Ok(()),
            Ok(seen) => Err(Failure::new(format!("{target} answers {:?}", seen.status))),
            Err(error) => Err(Failure::new(error.to_string())),
        }
    }

    async fn meet(&self, case: &Case, target: &str) -> Result<Seen, String> {
        let scenario = (case.meets != Meets::Connection).then(|| called(case));
        let seen = self.look(target, scenario.as_deref(), case.meets == Meets::Kept).await?;
        let address = signed_address(&seen).filter(|_| case.meets == Meets::Address);
        Ok(match address {
            Some(address) => self.follow(&address).await.unwrap_or(seen),
            None => seen,
        })
    }

    /// What is at an address, if it leads here.
    async fn follow(&self, address: &str) -> Option<Seen> {
        let target = address.strip_prefix(&self.server.url())?;
        look(&self.ask(target, &[])).await.ok()
    }

    async fn look(&self, target: &str, scenario: Option<&str>, stays: bool) -> Result<Seen, String> {
        let lane = if self.version == Version::HTTP_2 { "http-2" } else { "http-1" };
        // A person with a browser needs no key.
        let mut headers = vec![("sec-fetch-mode", "navigate"), ("x-mock-lane", lane)];
        headers.extend(scenario.map(|scenario| ("x-mock-scenario", scenario)));
        look(&Ask { stays, ..self.ask(target, &headers) }).await.map_err(|error| error.to_string())
    }

    fn ask<'a>(&self, target: &'a str, headers: &'a [(&'a str, &'a str)]) -> Ask<'a> {
        let (version, address, patience) = (self.version, self.server.address(), self.patience);
        Ask { version, address, method: &Method::GET, target, headers, stays: false, patience }
    }
}

fn is_whole(seen: &Seen) -> bool {
    seen.status == Some(200) && seen.end == End::Whole
}

fn signed_address(seen: &Seen) -> Option<String> {
    let text = std::str::from_utf8(&seen.body).ok()?;
    let address = text.split('"').find(|text| text.starts_with("http") && text.contains("signature="))?;
    Some(address.to_owned())
}

/// The embedded contract, with the cases as its scenarios.
fn materials() -> Result<Materials, Failure> {
    let mut materials = Sources::new(None, None).map_err(|finding| vec![finding])?.load()?;
    let contract = materials.contract.clone();
    let folder = Library::new(SCENARIOS, None).map_err(|finding| vec![finding])?;
    let known = |case: &Case| -> Result<Arc<Known>, Failure> {
        let file = SourceFile::parse(case.name, scenario(case))?;
        Ok(Arc::new(Known::from(Arc::new(scenario::compile(&file, &contract, &folder)?.scenario))))
    };
    let known = CASES.iter().map(known).collect::<Result<_, Failure>>()?;
    materials.scenarios = Arc::new(Repertoire::new(known, Vec::new()));
    Ok(materials)
}

fn scenario(case: &Case) -> String {
    let (name, written) = (called(case), case.written);
    match case.meets {
        Meets::Connection => format!("name: {name}\n{written}\n"),
        Meets::Answer | Meets::Kept | Meets::Address => format!("name: {name}\nrules: [{{ {written} }}]\n"),
    }
}

/// How the scenario of a case is called.
fn called(case: &Case) -> String {
    case.name.replace(", ", "-").replace(' ', "-")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Or else a fault that is not carried out would be told as kept.
    #[tokio::test]
    async fn no_case_is_content_with_an_answer_that_has_no_fault() {
        let now = clock::moment(NOW).ok();
        let server = Server::builder().clock(now, None).start().await.expect("a server");
        for version in [Version::HTTP_11, Version::HTTP_2] {
            let client = Client { server: &server, version, patience: PATIENCE };
            let target = client.target(&server.contract()).await.expect("a target");
            let seen = client.look(&target, None, false).await.expect("an answer");
            let followed = client.follow(&signed_address(&seen).expect("an address")).await.expect("leads here");
            // The connection stays, and so would the client: it is as brief as the machine lets it be.
            let mut patience = Duration::from_millis(50);
            let kept = loop {
                match (Client { patience, ..client }).look(&target, None, true).await {
                    Ok(kept) if kept.body == seen.body => break kept,
                    other => assert!(patience < PATIENCE, "{other:?}"),
                }
                patience *= 2;
            };
            for case in &CASES {
                let unharmed = match case.meets {
                    Meets::Answer | Meets::Connection => &seen,
                    Meets::Kept => &kept,
                    Meets::Address => &followed,
                };
                assert!(!(case.kept)(unharmed, &seen.body), "{}", case.name);
            }
        }
    }
}
