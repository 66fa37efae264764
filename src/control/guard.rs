//! Who may call the paths under `/_mock/`. They change what the server answers, and any page in a browser on this machine
//! can reach it: by a name that leads here (rebinding), by a form or a script that sends without reading (forgery).

use std::fmt;
use std::net::IpAddr;

use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue, ORIGIN, WWW_AUTHENTICATE};
use http::{HeaderMap, StatusCode};

use super::refusal::Refusal;
use crate::access::same_secret;
use crate::request::Request;

/// The token, for whoever needs `Authorization` for the API's own key.
pub const TOKEN: HeaderName = HeaderName::from_static("x-mock-token");

/// Who may, beside whoever comes from this machine by one of its own names.
#[derive(Clone, Default)]
pub struct Admission {
    /// What a caller has to show. Without one the paths are open to this machine, and closed to others.
    pub token: Option<String>,
    /// Names, in lower case, under which the server may be called.
    pub hosts: Vec<String>,
}

impl fmt::Debug for Admission {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let token = self.token.as_ref().map(|_| "***");
        f.debug_struct("Admission").field("token", &token).field("hosts", &self.hosts).finish()
    }
}

pub(super) struct Guard {
    admission: Admission,
    /// Nobody else reaches the server.
    loopback: bool,
}

impl Guard {
    pub fn new(admission: Admission, address: IpAddr) -> Guard {
        Guard { admission, loopback: address.to_canonical().is_loopback() }
    }

    /// Whether a browser was led here by somebody else. This holds for every path, and is asked first.
    pub fn origin(&self, request: &Request) -> Result<(), Refusal> {
        let host = one(&request.headers, &HOST)?.map(str::to_ascii_lowercase);
        if let Some(host) = &host
            && !self.knows(host)
        {
            let error = "this is no name of the mock server: call it by localhost, by an IP address, or by a name that \
                         was given with --admin-host";
            return Err(Refusal::new(StatusCode::MISDIRECTED_REQUEST, error));
        }
        let own = match one(&request.headers, &ORIGIN)?.map(str::to_ascii_lowercase) {
            None => true,
            Some(origin) => host.is_some_and(|host| is_origin_of(&origin, &host)),
        };
        // A browser says whose page asks: one of ours, or nobody's. What it may say some day is no reason to trust it.
        let site = one(&request.headers, &HeaderName::from_static("sec-fetch-site"))?.map(str::to_ascii_lowercase);
        if !own || !matches!(site.as_deref(), None | Some("none" | "same-origin")) {
            return Err(Refusal::new(
                StatusCode::FORBIDDEN,
                "pages of other origins may not call the paths under /_mock/",
            ));
        }
        Ok(())
    }

    /// Whether the caller shows the token, where one is needed.
    pub fn token(&self, request: &Request) -> Result<(), Refusal> {
        let Some(token) = &self.admission.token else {
            if self.loopback {
                return Ok(());
            }
            let error = "closed, since the server can be reached from other machines: start it with a token \
                         (AYRA_MOCK_ADMIN_TOKEN or --admin-token) and send it as X-Mock-Token";
            return Err(Refusal::new(StatusCode::FORBIDDEN, error));
        };
        let by_bearer = request.header(AUTHORIZATION).and_then(|value| {
            let (scheme, shown) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then_some(shown.trim())
        });
        let shown = [request.header(TOKEN), by_bearer];
        // Both are compared whatever came of the first.
        let good = shown.map(|shown| shown.is_some_and(|shown| same_secret(shown, token)));
        if good.contains(&true) {
            return Ok(());
        }
        let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "the admin token is wanted: X-Mock-Token: TOKEN");
        Err(refusal.with(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"mock\"")))
    }

    /// Whether a host, in lower case, is one of ours: no page of somebody else's has such a one.
    fn knows(&self, host: &str) -> bool {
        let name = match host.strip_prefix('[') {
            Some(rest) => match rest.split_once(']') {
                Some((address, "")) => address,
                Some((address, port)) if port.starts_with(':') => address,
                _ => return false,
            },
            None => host.split(':').next().unwrap_or(host),
        };
        let name = name.strip_suffix('.').unwrap_or(name);
        name == "localhost" || name.parse::<IpAddr>().is_ok() || self.admission.hosts.iter().any(|known| known == name)
    }
}

/// A header that must not be there twice: which of the two counts would be anybody's guess.
fn one<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, Refusal> {
    let mut values = headers.get_all(name).iter();
    let text = values.next().map(|value| value.to_str().map_err(|_| ()));
    match (text.transpose(), values.next()) {
        (Ok(text), None) => Ok(text),
        _ => Err(Refusal::new(StatusCode::FORBIDDEN, format!("the header {name} is malformed"))),
    }
}

/// Whether an origin is that of pages from this very host. Both are in lower case.
fn is_origin_of(origin: &str, host: &str) -> bool {
    let Some((scheme, authority)) = origin.split_once("://") else { return false };
    let port = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => return false,
    };
    let bare = |host: &str| host.strip_suffix(port).unwrap_or(host).to_owned();
    bare(authority) == bare(host)
}

#[cfg(test)]
mod tests {
    use http::Method;

    use super::*;

    const OUTSIDE: [u8; 4] = [10, 1, 2, 3];

    fn guard(token: Option<&str>, address: [u8; 4]) -> Guard {
        let admission = Admission { token: token.map(str::to_owned), hosts: vec!["mock.example".to_owned()] };
        Guard::new(admission, IpAddr::from(address))
    }

    fn request(headers: &[(&'static str, &str)]) -> Request {
        let mut request = Request::new(Method::GET, "/_mock/clock".parse().unwrap());
        for (name, value) in headers {
            request.headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        request
    }

    fn origin(headers: &[(&'static str, &str)]) -> u16 {
        guard(None, [127, 0, 0, 1]).origin(&request(headers)).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
    }

    #[test]
    fn only_names_that_nobody_else_can_have() {
        for host in [
            "localhost",
            "localhost:4010",
            "LOCALHOST",
            "localhost.",
            "127.0.0.1:4010",
            "[::1]",
            "[::1]:80",
            "10.0.0.7",
            "Mock.Example:4010",
            "mock.example.",
        ] {
            assert_eq!(origin(&[("host", host)]), 200, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "mock.example.evil",
            "evil.localhost.example",
            "xlocalhost",
            "localhost@evil.example",
            "2130706433",
            "0x7f.1",
            "[::1].evil.example",
            "é",
        ] {
            let status = origin(&[("host", host), ("origin", &format!("http://{host}"))]);
            assert!(matches!(status, 403 | 421), "{host}: {status}");
        }
        assert_eq!(origin(&[]), 200, "HTTP/1.0 has none, and no browser speaks it");
        assert_eq!(origin(&[("host", "localhost"), ("host", "localhost")]), 403);
    }

    #[test]
    fn no_page_of_another_origin() {
        let from = |origin_: &str| origin(&[("host", "localhost:4010"), ("origin", origin_)]);
        for own in ["http://localhost:4010", "HTTP://LOCALHOST:4010", "https://localhost:4010"] {
            assert_eq!(from(own), 200, "{own}");
        }
        for foreign in [
            "null",
            "",
            "http://localhost",
            "http://localhost:3000",
            "http://evil.example",
            "localhost:4010",
            "file://localhost:4010",
            "http://localhost:4010.evil.example",
            "http://127.0.0.1:4010",
        ] {
            assert_eq!(from(foreign), 403, "{foreign}");
        }
        assert_eq!(origin(&[("host", "localhost"), ("origin", "http://localhost:80")]), 200);
        assert_eq!(origin(&[("host", "localhost:443"), ("origin", "https://localhost")]), 200);
        assert_eq!(origin(&[("origin", "http://localhost")]), 403);
        let fetched = |site: &str| origin(&[("host", "localhost"), ("sec-fetch-site", site)]);
        assert_eq!(["none", "same-origin", "Same-Origin"].map(fetched), [200; 3]);
        for other in ["cross-site", "CROSS-SITE", "Cross-Site", "same-site", "", "anything", "none, none"] {
            assert_eq!(fetched(other), 403, "{other:?}");
        }
    }

    #[test]
    fn a_token_opens_what_other_machines_can_reach() {
        let status = |token: Option<&str>, address, headers: &[(&'static str, &str)]| {
            guard(token, address).token(&request(headers)).map_or_else(|refusal| refusal.status.as_u16(), |()| 200)
        };
        let bearer = |token: &str| [("authorization", format!("Bearer {token}"))];
        assert_eq!(status(None, [127, 0, 0, 1], &[]), 200);
        for open in [OUTSIDE, [0, 0, 0, 0]] {
            assert_eq!(status(None, open, &[]), 403);
            assert_eq!(status(None, open, &[("x-mock-token", "")]), 403);
        }
        for address in [OUTSIDE, [127, 0, 0, 1]] {
            let shown = |headers: &[(&'static str, &str)]| status(Some("opensesame"), address, headers);
            assert_eq!(shown(&[("x-mock-token", "opensesame")]), 200);
            assert_eq!(shown(&bearer("opensesame").each_ref().map(|(name, value)| (*name, value.as_str()))), 200);
            // The key of a lane goes along with the token.
            assert_eq!(shown(&[("authorization", "Bearer test_a"), ("x-mock-token", "opensesame")]), 200);
            for wrong in ["", "opensesam", "opensesame2", "Opensesame"] {
                assert_eq!(shown(&[("x-mock-token", wrong)]), 401, "{wrong}");
            }
            assert_eq!(shown(&[("authorization", "Basic opensesame")]), 401);
            assert_eq!(shown(&[]), 401);
        }
    }

    #[test]
    fn a_mapped_loopback_address_is_one() {
        let guard = Guard::new(Admission::default(), "::ffff:127.0.0.1".parse().unwrap());
        assert!(guard.token(&request(&[])).is_ok());
    }
}
