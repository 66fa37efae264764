//! Which lane a request belongs to: the one that its header names, or the one that its key is named after, or the
//! default one. `X-Mock-Lane: a` and a key of which `a` follows the prefix are the same lane.

use std::borrow::Cow;

use http::HeaderName;
use percent_encoding::percent_decode_str;

use crate::breach::{Breach, Place, Severity, cut};
use crate::problem::Problem;
use crate::request::Request;
use crate::seed::Seed;

pub const HEADER: HeaderName = HeaderName::from_static("x-mock-lane");
/// The parameter by which an address that needs no key names its lane.
pub const QUERY: &str = "lane";
/// The lane of whoever names none.
pub const DEFAULT: &str = "default";

const LONGEST: usize = 64;

/// Whether a client can name a lane so. Dots alone are no name: a client takes them out of `/_mock/lanes/..` itself.
pub fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
        && !matches!(text, "." | "..")
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
}

/// The name of the request's lane; none is the default one. `ending` is what follows the prefix of its key.
pub(super) fn name<'r>(request: &'r Request, ending: Option<&'r str>) -> Result<Option<Cow<'r, str>>, Problem> {
    let mut named = request.headers.get_all(HEADER).iter();
    match (named.next(), named.next()) {
        (None, _) => Ok(ending.map(after_key)),
        (Some(value), None) => match value.to_str().ok().filter(|name| is_name(name)) {
            Some(name) => Ok(Some(Cow::Borrowed(name))),
            None => Err(no_name(&String::from_utf8_lossy(value.as_bytes()))),
        },
        _ => Err(no_name("more than one")),
    }
}

/// The lane that an address names in its query.
pub(super) fn in_query(request: &Request) -> Option<Cow<'_, str>> {
    let pairs = request.query()?.split('&').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| *name == QUERY).map(|(_, value)| value);
    let value = named.next().filter(|_| named.next().is_none())?;
    percent_decode_str(value).decode_utf8().ok()
}

/// Most keys are named like a lane. Of the others the beginning is kept for whoever reads it, and a `~`, which no header
/// may name, keeps them apart from all those.
fn after_key(ending: &str) -> Cow<'_, str> {
    if is_name(ending) {
        return Cow::Borrowed(ending);
    }
    let plain = ending.chars().map(|c| if is_name(c.encode_utf8(&mut [0; 4])) { c } else { '_' });
    let beginning: String = plain.take(LONGEST - 17).collect();
    Cow::Owned(format!("{beginning}~{:016x}", Seed(0).of(ending).0))
}

fn no_name(found: &str) -> Problem {
    let breach = Breach {
        place: Place::Header("X-Mock-Lane".to_owned()),
        code: "pattern".into(),
        severity: Severity::Error,
        expected: format!("1 to {LONGEST} letters, digits, '.', '_', or '-'"),
        found: format!("{:?}", cut(found)),
        valid_values: None,
        hint: None,
        problem: None,
    };
    Problem::from_breaches(&[breach], 0, false)
}

#[cfg(test)]
mod tests {
    use http::{HeaderValue, Method};

    use super::*;

    fn request(target: &str, lanes: &[&str]) -> Request {
        let mut request = Request::new(Method::GET, target.parse().unwrap());
        for lane in lanes {
            request.headers.append(HEADER, HeaderValue::from_bytes(lane.as_bytes()).unwrap());
        }
        request
    }

    #[test]
    fn the_header_goes_before_the_key() {
        let chosen = |lanes: &[&'static str], ending| {
            name(&request("/", lanes), ending).map(|name| name.map(Cow::into_owned)).map_err(|problem| problem.kind)
        };
        assert_eq!(chosen(&[], None), Ok(None));
        assert_eq!(chosen(&[], Some("a")), Ok(Some("a".to_owned())));
        assert_eq!(chosen(&["b-1.x_Y"], Some("a")), Ok(Some("b-1.x_Y".to_owned())));
        for wrong in [&["a b"][..], &[""], &["."], &[".."], &["a", "a"], &["a/b"], &["~"], &["\u{e9}"]] {
            assert_eq!(chosen(wrong, Some("a")), Err(crate::problem::Kind::InvalidParameter), "{wrong:?}");
        }
    }

    #[test]
    fn every_key_has_a_lane_and_no_other_key_the_same() {
        let long = "x".repeat(10_000);
        let longer = format!("{long}x");
        let names: Vec<Cow<str>> =
            ["a/b", "a?b", "a_b", "", "..", "é", &long, &longer].into_iter().map(after_key).collect();
        for (place, name) in names.iter().enumerate() {
            assert!(name.len() <= LONGEST, "{name}");
            assert!(!names[..place].contains(name), "{name}");
        }
        assert!(names[0].starts_with("a_b~") && !is_name(&names[0]), "{}", names[0]);
    }

    #[test]
    fn an_address_names_its_lane_once() {
        let named = |target: &str| in_query(&request(target, &[])).map(Cow::into_owned);
        assert_eq!(named("/x?a=1&lane=t%65st&b=2").as_deref(), Some("test"));
        assert_eq!([named("/x"), named("/x?lane=a&lane=b"), named("/x?lane")], [None, None, None]);
    }
}
