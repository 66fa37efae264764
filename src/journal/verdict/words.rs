//! How verdicts speak of times and requests.

use std::time::Duration;

use crate::breach::cut;
use crate::journal::Entry;

pub use crate::plural::{count, was};

/// `350 ms`, `1.2 s`, `2 min 5 s`
pub fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..60 => {
            let text = format!("{:.1}", time.as_secs_f64());
            format!("{} s", text.trim_end_matches(".0"))
        }
        60..3600 => parts(seconds / 60, "min", seconds % 60, "s"),
        _ => parts(seconds / 3600, "h", seconds % 3600 / 60, "min"),
    }
}

fn parts(large: u64, unit: &str, small: u64, smaller: &str) -> String {
    if small == 0 { format!("{large} {unit}") } else { format!("{large} {unit} {small} {smaller}") }
}

/// `GET /v1/agents`, without the keys that may stand in it.
pub fn request(entry: &Entry) -> String {
    let exchange = &entry.exchange;
    format!("{} {}", exchange.request.method, cut(&exchange.secret.hide(exchange.target())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_short() {
        let told = |millis| time(Duration::from_millis(millis));
        assert_eq!(
            [350, 1_200, 2_000, 125_000, 120_000, 3_660_000].map(told),
            ["350 ms", "1.2 s", "2 s", "2 min 5 s", "2 min", "1 h 1 min"]
        );
    }
}
