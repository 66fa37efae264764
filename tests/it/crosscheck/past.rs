//! What was seen and done before, and must still hold.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::Value;

use super::rows::Call;
use super::scene::{Scene, id};

/// After so many seconds nothing about an ended call changes any more.
const SETTLED: i64 = 60;
/// Calls that were seen before and are read again each time.
const READ_AGAIN: usize = 15;

#[derive(Default)]
pub struct Past {
    /// Each agent as it was from some moment on: calls go by what it was when they began.
    agents: HashMap<String, Vec<(Timestamp, Value)>>,
    /// Details of calls that do not change any more.
    settled: HashMap<String, Value>,
    /// Agents that take no calls since then.
    pub resting: HashMap<String, Timestamp>,
    /// What must be read again as it was: its path, and how it was.
    pub kept: Vec<(String, Value)>,
    /// What is gone for good.
    pub gone: Vec<String>,
    /// Paths of executions.
    pub runs: Vec<String>,
}

impl Past {
    pub fn see<'a>(&mut self, agents: impl IntoIterator<Item = &'a Value>, now: Timestamp) {
        for agent in agents {
            let versions = self.agents.entry(id(agent).to_owned()).or_default();
            if versions.last().is_none_or(|(_, known)| known != agent) {
                let since = if versions.is_empty() { Timestamp::MIN } else { now };
                versions.push((since, agent.clone()));
            }
        }
    }

    /// An agent, perhaps deleted since, as it was when a call began.
    pub fn agent(&self, call: &Call) -> Option<&Value> {
        let versions = self.agents.get(call.text("agent_id")?)?;
        versions.iter().rev().find(|(since, _)| *since <= call.start()).map(|(_, agent)| agent)
    }

    /// The last names of all agents that ever were.
    pub fn names(&self) -> HashMap<String, String> {
        let last = |versions: &Vec<(Timestamp, Value)>| versions.last()?.1["name"].as_str().map(str::to_owned);
        self.agents.iter().filter_map(|(id, versions)| Some((id.clone(), last(versions)?))).collect()
    }

    /// The details of each row. Those that were settled before are read again here and there, to see that they stayed.
    pub fn calls(&mut self, scene: &Scene, rows: Vec<Value>) -> Vec<Call> {
        let places: Vec<usize> = (0..rows.len()).collect();
        let again: Vec<usize> = scene.dice.borrow_mut().sample(&places, READ_AGAIN).into_iter().copied().collect();
        let with_details = |(place, row): (usize, Value)| {
            let request = format!("/v1/conversations/{}", id(&row));
            let known = self.settled.get(id(&row)).cloned();
            if let Some(mut details) = known.clone().filter(|_| !again.contains(&place)) {
                details["agent_name"] = row["agent_name"].clone();
                return Call::new(row, details);
            }
            let details = scene.caller.read(&request)["data"].take();
            if let Some(known) = known {
                let (mut before, mut now) = (known, details.clone());
                settled(&mut before);
                settled(&mut now);
                scene.agree(&request, "a call that is over for long stays as it is", before, now);
            }
            let call = Call::new(row, details);
            if call.end().is_some_and(|end| end < scene.ago(SETTLED)) {
                self.settled.insert(call.id().to_owned(), call.details.clone());
            }
            call
        };
        rows.into_iter().enumerate().map(with_details).collect()
    }

    /// What was done before still is.
    pub fn check(&self, scene: &Scene, calls: &[Call]) {
        for (path, known) in &self.kept {
            scene.agree(path, "it stays as it was", known, &scene.caller.read(path)["data"]);
        }
        for path in &self.gone {
            scene.agree(path, "it is gone for good", 404, scene.caller.get(path).status);
        }
        for call in calls {
            let since = call.text("agent_id").and_then(|agent| self.resting.get(agent));
            let request = format!("GET /v1/conversations, row {}", call.id());
            scene.holds(
                &request,
                "an agent that rests takes no calls",
                since.is_none_or(|since| call.start() <= *since),
                since,
            );
        }
        for path in &self.runs {
            run(scene, path);
        }
    }
}

/// An execution waits, runs and ends, in this order.
fn run(scene: &Scene, path: &str) {
    let run = &scene.caller.read(path)["data"];
    let state = run["status"].as_str().unwrap().to_owned();
    let time = |field: &str| (!run[field].is_null()).then(|| super::naive::moment(&run[field]));
    let times = [time("created_at"), time("started_at"), time("finished_at")];
    scene.holds(path, "its times are in order", times.iter().flatten().is_sorted(), times);
    let [made, started, ended] = times;
    let (has_started, has_ended) = (state != "queued", matches!(state.as_str(), "completed" | "failed"));
    scene.agree(path, &state, (has_started, has_ended), (started.is_some(), ended.is_some()));
    scene.agree(path, "a failed run says why", state == "failed", run["error"].is_string());
    // The longest of all takes 70 seconds.
    scene.holds(path, "it comes to its end", has_ended || made >= Some(scene.ago(120)), run);
    let results = scene.caller.get(&format!("{path}/results"));
    if !has_ended {
        let expected = (409, "execution_not_finished".to_owned());
        return scene.agree(path, "no results yet", expected, (results.status, results.code()));
    }
    let results = &results.json()["data"];
    for field in ["status", "finished_at"] {
        scene.agree(path, &format!("{field} of the run and its results"), &run[field], &results[field]);
    }
    let empty = results["output"].as_object().is_some_and(serde_json::Map::is_empty);
    scene.holds(path, "only a run that was completed has an output", empty == (state == "failed"), results);
}

/// Leaves out of details what may change while the call does not: the recording's address, and the agent's name.
pub fn settled(details: &mut Value) {
    let Some(details) = details.as_object_mut() else { return };
    details.shift_remove("agent_name");
    if let Some(recording) = details.get_mut("recording").and_then(Value::as_object_mut) {
        recording.shift_remove("url");
        recording.shift_remove("expires_at");
    }
}
