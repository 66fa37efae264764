//! What is asked.

const HEAD: &str = "Host: localhost\r\nAuthorization: Bearer sk_live_abc123xyz789\r\nAccept: */*\r\n";

pub fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\n{HEAD}\r\n")
}

pub fn put(target: &str, body: &str) -> String {
    format!(
        "PUT {target} HTTP/1.1\r\n{HEAD}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Lists of 25, filtered and sorted, no two alike.
pub fn filtered(count: usize) -> Vec<String> {
    let statuses = ["completed", "failed", "abandoned"];
    let sorts = ["duration", "sentiment", "start_time"];
    let one = |n: usize| {
        // Most calls are completed; the others are asked for now and then.
        let status = statuses[if n.is_multiple_of(5) { 1 + n % 2 } else { 0 }];
        let (sort, order) = (sorts[n % 3], ["desc", "asc"][n / 3 % 2]);
        get(&format!(
            "/v1/conversations?status={status}&min_duration={n}&sort_by={sort}&sort_order={order}&page={}",
            1 + n % 4
        ))
    };
    (0..count).map(one).collect()
}
