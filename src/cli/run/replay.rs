//! What a replay has to repeat of how the command is run.

use std::time::Duration;

use super::{FailOn, RunArgs};
use crate::cli::serve::quoted;
use crate::report::Least;

/// The flags of `run` itself that are not as they are by default, each after a blank.
pub fn manner(args: &RunArgs) -> String {
    let fail_on = (args.fail_on == FailOn::Warning).then(|| " --fail-on warning".to_owned());
    let timeout = args.timeout.map(|time| format!(" --timeout {}", written(time)));
    let except = args.except.iter().map(|verdict| format!(" --except {verdict}"));
    let least = args.min_coverage.iter().map(|least| format!(" --min-coverage {}", share(least)));
    let env = args.env.iter().map(|variable| format!(" --env {}", variable.again()));
    fail_on.into_iter().chain(timeout).chain(except).chain(least).chain(env).collect()
}

fn written(time: Duration) -> String {
    match time.subsec_nanos() {
        0 => format!("{}s", time.as_secs()),
        _ => format!("{}ms", time.as_millis()),
    }
}

fn share(least: &Least) -> String {
    let kind = least.kind.map(|kind| format!("{}=", kind.name())).unwrap_or_default();
    quoted(&format!("{kind}{}%", least.percent))
}
