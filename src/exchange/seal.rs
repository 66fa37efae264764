//! The end of an exchange: the headers that every answer carries, the check of our own answer, the line in the log.

use std::time::Duration;

use http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, HeaderName, HeaderValue};

use super::{Exchange, House, missed, story};
use crate::breach::Breach;
use crate::contract::{Operation, Problems};
use crate::journal::Secret;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::request::REQUEST_ID;

const BREACH: HeaderName = HeaderName::from_static("x-mock-breach");
const STALE: HeaderName = HeaderName::from_static("x-mock-stale");
const RULE: HeaderName = HeaderName::from_static("x-mock-rule");

/// Of what a header says more is cut.
pub(super) const LONGEST: usize = 300;

impl House {
    /// A problem in words: the contract's own, or RFC 9457's if the user wants those.
    pub(super) fn word(&self, problem: &Problem, operation: Option<&Operation>) -> Reply {
        match self.policy.plain_problems {
            true => Problems::default().reply(problem, operation),
            false => self.contract.problems.reply(problem, operation),
        }
    }

    pub(super) fn seal(&self, mut exchange: Exchange) -> Reply {
        let Exchange { request, watch, operation, breaches, more, allowance, rules, misses, reply, .. } = &mut exchange;
        reply.set(REQUEST_ID, &request.id);
        if let (Some(policy), Some(allowance)) = (&self.contract.rate, *allowance) {
            reply.headers.extend(allowance.headers(policy));
        }
        if self.policy.cors {
            reply.headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
            reply.headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("*"));
        }
        // What a rule does to an answer is not our fault.
        if self.policy.check_answers
            && rules.is_empty()
            && let Some(operation) = operation
        {
            for breach in self.answers.check(operation, reply) {
                let (id, operation) = (&request.id, &operation.id);
                tracing::error!(id, operation, "our own answer breaks the contract: {breach}");
            }
        }
        if let Some(why) = self.stale.as_ref().filter(|_| self.policy.stale_header) {
            reply.headers.insert(STALE, why.clone());
        }
        if self.policy.rule_header && !rules.is_empty() {
            // A comma stands between two names, and in none.
            let rules: Vec<String> = rules.iter().map(|rule| rule.replace(',', "\\u{2c}")).collect();
            reply.set(RULE, &visible(&rules.join(", "), LONGEST));
        }
        let told = breaches.iter().map(Breach::line).chain((*more > 0).then(|| format!("and {more} more")));
        for value in told.filter_map(|line| HeaderValue::try_from(visible(&line, LONGEST)).ok()) {
            reply.headers.append(BREACH, value);
        }
        if self.policy.rule_header || operation.is_none() {
            missed::tell(&misses.nearest, reply);
        }
        let veils = operation.and_then(|operation| operation.veils.as_ref());
        story::in_full(&self.secrets, request, reply, veils);
        let took = watch.elapsed();
        let target = request.uri.path_and_query().map_or("", |target| target.as_str());
        let target = self.secrets.target(target, veils).into_owned();
        let secret = self.secret_of(&exchange);
        self.log(&exchange, &secret, &target, took);
        self.remember(exchange, secret, target, took)
    }

    /// The line in the log, without keys wherever they came.
    fn log(&self, exchange: &Exchange, secret: &Secret, target: &str, took: Duration) {
        if !tracing::enabled!(target: "ayra_mock::request", tracing::Level::INFO) {
            return;
        }
        let Exchange { request, operation, breaches, more, reason, rules, misses, reply, .. } = exchange;
        tracing::info!(
            target: "ayra_mock::request",
            id = request.id,
            method = request.method.as_str(),
            path = &*secret.hide(target),
            operation = operation.map_or("", |operation| &operation.id),
            status = reply.status.as_u16(),
            micros = took.as_micros() as u64,
            bytes = reply.body.len(),
            breaches = &*secret.hide(&lines(breaches, *more, reason.as_deref())),
            rules = rules.join("\n"),
            near_miss = self.nearly(secret, misses, rules),
        );
    }
}

/// A text as a header can carry it: what is not visible ASCII is escaped, and a long one is cut.
pub(super) fn visible(text: &str, longest: usize) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if plain.len() > longest {
            plain.push_str("...");
            break;
        }
        match letter {
            ' '..='~' => plain.push(letter),
            other => plain.extend(other.escape_unicode()),
        }
    }
    plain
}

/// One breach a line, its severity first; then how many more there are, and the reason of a refusal that no breach tells.
fn lines(breaches: &[Breach], more: usize, reason: Option<&str>) -> String {
    let line = |breach: &Breach| format!("{} {breach}", breach.severity.name());
    let more = (more > 0).then(|| format!("error and {more} more"));
    let reason = reason.map(|reason| format!("error {reason}"));
    // A name with a line end in it would look like a breach of its own.
    let one = |line: String| if line.contains('\n') { line.replace('\n', "\\u{a}") } else { line };
    breaches.iter().map(line).chain(more).chain(reason).map(one).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::breach::{Place, Severity};

    fn unknown(name: &str) -> Breach {
        Breach {
            place: Place::Query(name.to_owned()),
            code: "unknown".into(),
            severity: Severity::Warning,
            expected: "no query parameters".to_owned(),
            found: "\"x\"".to_owned(),
            valid_values: None,
            hint: None,
            problem: None,
        }
    }

    #[test]
    fn a_header_can_carry_every_breach() {
        assert_eq!(visible("body /größe type", 300), "body /gr\\u{f6}\\u{df}e type");
        assert_eq!(visible("a\r\nb", 300), "a\\u{d}\\u{a}b");
        let long = visible(&"é".repeat(10_000), 300);
        assert!(long.len() < 320 && HeaderValue::try_from(long).is_ok());
    }

    #[test]
    fn a_name_makes_no_line_of_its_own() {
        let written = lines(&[unknown("a\nerror forged\nb"), unknown("c")], 0, Some("two\nlines"));
        let written: Vec<&str> = written.lines().collect();
        assert_eq!(
            written,
            [
                "warning query a\\u{a}error forged\\u{a}b: expected no query parameters, got \"x\"",
                "warning query c: expected no query parameters, got \"x\"",
                "error two\\u{a}lines",
            ]
        );
    }
}
