//! What of an address makes it expire: a date, a signature, a token. The rest says what it leads to.

/// Words of the names that such parts have, and words of those that only look like it.
const EXPIRING: [&str; 8] = ["expires", "expiry", "expiration", "signature", "sig", "sign", "token", "credential"];
const LASTING: [&str; 9] = ["page", "next", "prev", "previous", "cursor", "continuation", "sync", "start", "csrf"];

/// Whether a query says that it expires, or is signed.
pub fn expires(query: &str) -> bool {
    query.split('&').any(|pair| pair.split_once('=').is_some_and(|(name, _)| is_expiring(name)))
}

/// Path and query without what makes the address expire.
pub fn lasting(target: &str) -> String {
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let pairs = query.split('&').filter(|pair| !is_expiring(pair.split('=').next().unwrap_or_default()));
    std::iter::once(path).chain(pairs).collect::<Vec<_>>().join("&")
}

/// By the words of its name: `X-Amz-Signature`, `expires_at`, and not `page_token` or `signal`.
fn is_expiring(name: &str) -> bool {
    let has =
        |known: &[&str]| name.split(['-', '_', '.']).any(|word| known.iter().any(|one| word.eq_ignore_ascii_case(one)));
    has(&EXPIRING) && !has(&LASTING)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_expires_is_told_by_its_name() {
        for query in ["expires=1", "a=1&X-Amz-Signature=b", "expires_at=2", "sig=c", "access_token=d", "Token=e"] {
            assert!(expires(query), "{query}");
        }
        for query in ["", "page_token=a", "nextPage=b&page-token=b", "signal=c", "api_key=***", "tokens=5", "token"] {
            assert!(!expires(query), "{query}");
        }
    }

    #[test]
    fn the_rest_of_an_address_lasts() {
        assert_eq!(lasting("/a?page=2&expires=1&signature=***"), lasting("/a?expires=7&page=2&signature=***"));
        assert_ne!(lasting("/a?page=2"), lasting("/a?page=1"));
        assert_eq!(lasting("/a?expires=1"), lasting("/a"));
    }
}
