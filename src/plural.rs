//! How many of something, in words.

use std::fmt::Display;

/// `1 request`, `3 requests`
pub fn count<N: Display + PartialEq + From<u8>>(count: N, one: &str) -> String {
    let ending = match one {
        _ if count == N::from(1) => "",
        _ if one.ends_with("ss") || one.ends_with("breach") => "es",
        _ if one.ends_with("try") => return format!("{count} {}ies", &one[..one.len() - 1]),
        _ => "s",
    };
    format!("{count} {one}{ending}")
}

/// What goes with so many of them.
pub const fn was(count: usize) -> &'static str {
    if count == 1 { "was" } else { "were" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one() {
        for (number, one, told) in [
            (0, "time", "0 times"),
            (1, "request", "1 request"),
            (2, "request", "2 requests"),
            (1, "try", "1 try"),
            (3, "try", "3 tries"),
            (2, "address", "2 addresses"),
            (2, "breach", "2 breaches"),
        ] {
            assert_eq!(count(number, one), told);
        }
        assert_eq!([0, 1, 2].map(was), ["were", "was", "were"]);
    }
}
