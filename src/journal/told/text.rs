//! An entry in lines for people, with everything that it has against its request.

use std::fmt::Write as _;

use super::super::entry::Entry;
use crate::miss::escaped;

/// One entry.
pub fn text(entry: &Entry) -> String {
    let exchange = &entry.exchange;
    let (request, status) = (&exchange.request, exchange.answer.status.as_u16());
    let operation = exchange.operation().unwrap_or("-");
    let (method, target) = (escaped(request.method.as_str()), escaped(exchange.target()));
    let mut lines = format!(
        "#{} {}  {method} {target}  {status}  {operation}  lane {}, {}\n",
        entry.number,
        entry.came,
        exchange.lane(),
        entry.ending().name()
    );
    for breach in &exchange.breaches {
        let _ = writeln!(lines, "  {} {}", breach.severity.name(), escaped(&breach.line()));
    }
    if exchange.more > 0 {
        let _ = writeln!(lines, "  and {} more", exchange.more);
    }
    if let Some(reason) = &exchange.reason {
        let _ = writeln!(lines, "  refused: {}", escaped(reason));
    }
    for rule in &exchange.rules {
        let _ = writeln!(lines, "  rule {}", escaped(rule));
    }
    for line in exchange.misses.text().lines() {
        let _ = writeln!(lines, "  {line}");
    }
    exchange.secret.hide(&lines).into_owned()
}
