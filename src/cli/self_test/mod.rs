//! `ayra-mock self-test`: a client meets each fault of the language, and what it saw on the wire is told.

mod cases;
mod drive;

use std::fmt::Write as _;

use clap::Args;
use http::Version;
use serde_json::{Value, json};

use super::args::{ColorArgs, ContractArgs};
use super::failure::{FINDINGS, FINE, Failure};
use super::serve::runtime;
use super::style::{GREEN, Painted, RED, print};
use super::table::table;
use super::{Start, settled};
use crate::server::probe::End;
use drive::Sight;

#[derive(Debug, Args)]
pub struct SelfTestArgs {
    /// Print a JSON array of objects
    #[arg(long, help_heading = "Output")]
    json: bool,

    #[command(flatten)]
    color: ColorArgs,
}

pub fn run(args: &SelfTestArgs, start: &Start) -> Result<u8, Failure> {
    let (_, colors) = settled(&ContractArgs::default().typed_with(&args.color), start)?;
    let runtime = runtime()?;
    let sights = runtime.block_on(drive::all());
    runtime.shutdown_background();
    let sights = sights?;
    print(&match args.json {
        true => format!("{:#}\n", sights.iter().map(object).collect::<Value>()),
        false => pretty(&sights, colors.stdout),
    })?;
    Ok(if sights.iter().all(Sight::is_good) { FINE } else { FINDINGS })
}

/// A line for each fault, and below one that was not as promised what was.
fn pretty(sights: &[Sight], colors: bool) -> String {
    let heading = ["FAULT", "HTTP", "STATUS", "BYTES", "END", "TIME"].map(str::to_owned).to_vec();
    let rows = table(&std::iter::once(heading).chain(sights.iter().map(row)).collect::<Vec<_>>());
    let mut lines = rows.lines();
    let mut text = format!("   {}\n", lines.next().unwrap_or_default());
    for (sight, line) in sights.iter().zip(lines) {
        let (mark, style) = if sight.is_good() { ("✓", GREEN) } else { ("✗", RED) };
        let _ = writeln!(text, "{}  {line}", Painted(mark, style, colors));
        if !sight.is_good() {
            let _ = writeln!(text, "   promised: {}", sight.case.promise);
        }
    }
    let wrong = sights.iter().filter(|sight| !sight.is_good()).count();
    let (told, style) = match wrong {
        0 => (format!("All {} are as promised.", sights.len()), GREEN),
        wrong => (format!("{wrong} of {} are not as promised.", sights.len()), RED),
    };
    let whole = sights.first().map_or(0, |sight| sight.whole.len());
    let _ = writeln!(text, "\n{} Without a fault the body has {whole} bytes.", Painted(told, style, colors));
    text
}

fn row(sight: &Sight) -> Vec<String> {
    let mut row = vec![sight.case.name.to_owned(), version(sight).to_owned()];
    match &sight.seen {
        Ok(seen) => row.extend([
            seen.status.map_or("-".to_owned(), |status| status.to_string()),
            seen.body.len().to_string(),
            ended(&seen.end),
            format!("{:.1}ms", seen.took.as_secs_f64() * 1e3),
        ]),
        Err(error) => row.extend(["-".to_owned(), "-".to_owned(), error.clone()]),
    }
    row
}

fn object(sight: &Sight) -> Value {
    let seen = sight.seen.as_ref().ok();
    json!({
        "name": sight.case.name,
        "written": sight.case.written,
        "http": version(sight),
        "promise": sight.case.promise,
        "kept": sight.is_good(),
        "status": seen.and_then(|seen| seen.status),
        "bytes": seen.map(|seen| seen.body.len()),
        "whole": sight.whole.len(),
        "end": seen.map(|seen| ended(&seen.end)),
        "micros": seen.map(|seen| u64::try_from(seen.took.as_micros()).unwrap_or(u64::MAX)),
        "error": sight.seen.as_ref().err(),
    })
}

fn version(sight: &Sight) -> &'static str {
    if sight.version == Version::HTTP_2 { "2" } else { "1.1" }
}

fn ended(end: &End) -> String {
    match end {
        End::Whole => "whole".to_owned(),
        End::Closed => "closed".to_owned(),
        End::Reset => "reset".to_owned(),
        End::Silent => "silent".to_owned(),
        End::StreamReset(code) => format!("stream reset {code}"),
        End::GoAway(code) => format!("go away {code}"),
        End::Refused(why) => why.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::cases::CASES;
    use super::*;
    use crate::server::probe::{Pause, Seen};

    #[test]
    fn a_promise_that_was_not_kept_is_told_and_marked() {
        let seen = |status| Seen {
            status,
            headers: http::HeaderMap::new(),
            body: Vec::new(),
            end: End::Closed,
            took: Duration::from_micros(1500),
            pause: Pause::default(),
        };
        let sight = |seen| Sight { case: &CASES[0], version: Version::HTTP_2, seen, whole: b"{}".as_slice().into() };
        let sights = [sight(Ok(seen(None))), sight(Ok(seen(Some(200)))), sight(Err("no way there".to_owned()))];
        let text = pretty(&sights, false);
        assert_eq!(
            text,
            "   FAULT  HTTP  STATUS  BYTES  END           TIME
✓  close  2     -       0      closed        1.5ms
✗  close  2     200     0      closed        1.5ms
   promised: the connection closes without an answer
✗  close  2     -       -      no way there
   promised: the connection closes without an answer

2 of 3 are not as promised. Without a fault the body has 2 bytes.
"
        );
        assert!(pretty(&sights, true).contains("\u{1b}[31m✗\u{1b}[0m  close"));
        let objects: Vec<Value> = sights.iter().map(object).collect();
        assert_eq!(objects[0]["kept"], true);
        assert_eq!((&objects[1]["kept"], &objects[1]["status"]), (&false.into(), &200.into()));
        assert_eq!((&objects[2]["error"], &objects[2]["end"]), (&"no way there".into(), &Value::Null));
    }
}
