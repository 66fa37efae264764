//! Which of the offered media types a client accepts best (RFC 9110, section 12.5.1).

use http::HeaderMap;
use http::header::ACCEPT;

/// So many ranges are read: more than any client has reason to send, and few enough to be cheap.
const MOST_RANGES: usize = 64;

/// A media type or range as it is written in a contract or a header: `text/*; charset=utf-8`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    kind: String,
    subtype: String,
    /// Without `charset`: the text is UTF-8 whatever is asked for.
    parameters: Vec<(String, String)>,
}

/// One element of an `Accept` header.
#[derive(Debug)]
struct Range {
    media: MediaType,
    /// In thousandths.
    quality: u16,
}

/// The best of `offered` by its index; `None` if the client accepts none of them. Without a header that can be read
/// everything is accepted, and the first is the best.
pub fn choose(headers: &HeaderMap, offered: &[MediaType]) -> Option<usize> {
    if indifferent(headers, offered) {
        return Some(0);
    }
    let ranges = ranges(headers);
    if ranges.is_empty() {
        return Some(0);
    }
    // The earlier of two equals wins, first as the client lists them, then as the contract does.
    let mut best: Option<((u16, u8, usize), usize)> = None;
    for (index, media) in offered.iter().enumerate() {
        let fits = |(place, range): (usize, &Range)| {
            let closeness = range.media.covers(media)?;
            Some((closeness, range.quality, ranges.len() - place))
        };
        let Some((closeness, quality, place)) = ranges.iter().enumerate().filter_map(fits).max() else { continue };
        let rank = (quality, closeness, place);
        if quality > 0 && best.is_none_or(|(known, _)| rank > known) {
            best = Some((rank, index));
        }
    }
    best.map(|(_, index)| index)
}

/// Whether the client would rather read text than JSON.
pub fn prefers_text(headers: &HeaderMap) -> bool {
    let offered: Vec<MediaType> = ["application/json", "text/plain"].into_iter().filter_map(MediaType::parse).collect();
    headers.contains_key(ACCEPT) && choose(headers, &offered) == Some(1)
}

/// The type that the client names within a range that the contract leaves open.
pub fn wished(headers: &HeaderMap, range: &MediaType) -> Option<String> {
    let mut ranges = ranges(headers);
    // Stable: of equals the client's first stays first.
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    let fits = |wish: &&Range| wish.quality > 0 && !wish.media.is_range() && range.covers(&wish.media).is_some();
    ranges.iter().find(fits).map(|wish| wish.media.essence())
}

/// The usual cases, decided without reading on: no header, anything at all, or just the first type on offer.
fn indifferent(headers: &HeaderMap, offered: &[MediaType]) -> bool {
    let mut values = headers.get_all(ACCEPT).iter();
    match (values.next(), values.next()) {
        (None, _) => true,
        (Some(only), None) => {
            let only = only.as_bytes();
            only == b"*/*" || (only == b"application/json" && offered.first().is_some_and(MediaType::is_plain_json))
        }
        _ => false,
    }
}

fn ranges(headers: &HeaderMap) -> Vec<Range> {
    let texts = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| split_unquoted(text, ',')).take(MOST_RANGES).filter_map(Range::parse).collect()
}

impl Range {
    fn parse(text: &str) -> Option<Range> {
        let mut media = MediaType::parse(text)?;
        let mut quality = 1000;
        // What follows `q` was once for extensions and is of no meaning now.
        if let Some(at) = media.parameters.iter().position(|(name, _)| name == "q") {
            let value: f32 = media.parameters[at].1.parse().ok()?;
            if !(0.0..=1.0).contains(&value) {
                return None;
            }
            quality = (value * 1000.0).round() as u16;
            media.parameters.truncate(at);
        }
        Some(Range { media, quality })
    }
}

impl MediaType {
    pub fn parse(text: &str) -> Option<MediaType> {
        let mut parts = split_unquoted(text, ';').map(str::trim);
        let (kind, subtype) = parts.next()?.split_once('/')?;
        let token = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
        };
        if !token(kind) || !token(subtype) || (kind == "*" && subtype != "*") {
            return None;
        }
        let parameters = parts.filter(|part| !part.is_empty()).map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            (name.trim().to_ascii_lowercase(), value.trim().trim_matches('"').to_ascii_lowercase())
        });
        Some(MediaType {
            kind: kind.to_ascii_lowercase(),
            subtype: subtype.to_ascii_lowercase(),
            parameters: parameters.filter(|(name, _)| name != "charset").collect(),
        })
    }

    /// `type/subtype`, without parameters.
    pub fn essence(&self) -> String {
        format!("{}/{}", self.kind, self.subtype)
    }

    pub fn is_json(&self) -> bool {
        self.is("application", "json") || self.subtype.ends_with("+json") || self.is("text", "json")
    }

    pub fn is_xml(&self) -> bool {
        self.is("application", "xml") || self.is("text", "xml") || self.subtype.ends_with("+xml")
    }

    pub fn is_text(&self) -> bool {
        self.kind == "text"
    }

    /// One JSON value in each line.
    pub fn is_lines(&self) -> bool {
        ["x-ndjson", "ndjson", "jsonl", "x-jsonlines", "jsonlines"].contains(&self.subtype.as_str())
    }

    /// A form, as it is sent by a page.
    pub fn is_form(&self) -> bool {
        self.is("application", "x-www-form-urlencoded")
    }

    /// `*/*` or `text/*`: the contract leaves open which type it is.
    pub fn is_range(&self) -> bool {
        self.subtype == "*"
    }

    /// How closely a range covers a type, or `None` if it doesn't. Either side may be a range: a contract may offer
    /// `text/*`.
    pub fn covers(&self, media: &MediaType) -> Option<u8> {
        let open = |range: &str, exact: &str| range == "*" || exact == "*" || range == exact;
        if self.kind == "*" && self.parameters.is_empty() {
            return Some(0);
        }
        // A client that takes JSON can read a dialect of it.
        let dialect = self.is_plain_json() && media.is_json() && self.subtype != media.subtype;
        let same = open(&self.kind, &media.kind) && open(&self.subtype, &media.subtype);
        if !same && !dialect {
            return None;
        }
        if !self.parameters.iter().all(|parameter| media.parameters.contains(parameter)) {
            return None;
        }
        Some(match (self.subtype.as_str(), dialect) {
            ("*", _) => 1,
            (_, true) => 2,
            _ => u8::try_from(self.parameters.len()).unwrap_or(u8::MAX - 3).saturating_add(3),
        })
    }

    fn is_plain_json(&self) -> bool {
        self.is("application", "json") && self.parameters.is_empty()
    }

    fn is(&self, kind: &str, subtype: &str) -> bool {
        self.kind == kind && self.subtype == subtype
    }
}

/// The parts of a header's value; a separator within quotes separates nothing.
fn split_unquoted(text: &str, separator: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut escaped = false;
    text.split(move |c| {
        let plain = !quoted && c == separator;
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ => {}
        }
        plain
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn pick(accept: &[&str], offered: &[&str]) -> Option<usize> {
        let mut headers = HeaderMap::new();
        for value in accept {
            headers.append(ACCEPT, HeaderValue::from_str(value).unwrap());
        }
        let offered: Vec<MediaType> = offered.iter().map(|text| MediaType::parse(text).unwrap()).collect();
        choose(&headers, &offered)
    }

    const OFFERED: [&str; 3] = ["application/json", "text/csv; charset=utf-8", "application/xml"];

    #[test]
    fn without_a_wish_the_first_is_the_best() {
        for accept in
            [&[][..], &["*/*"], &["application/json"], &["application/*"], &["nonsense"], &[""], &["a/b/c;q=x"]]
        {
            assert_eq!(pick(accept, &OFFERED), Some(0), "{accept:?}");
        }
    }

    #[test]
    fn quality_then_closeness_then_order_decide() {
        assert_eq!(pick(&["application/json;q=0.5, text/csv"], &OFFERED), Some(1));
        assert_eq!(pick(&["application/xml, */*"], &OFFERED), Some(2));
        assert_eq!(pick(&["text/csv, application/json"], &OFFERED), Some(1));
        assert_eq!(pick(&["application/xml;q=0.9", "text/*;q=0.8"], &OFFERED), Some(2));
        assert_eq!(pick(&["*/*, application/json;q=0"], &OFFERED), Some(1));
        assert_eq!(pick(&["TEXT/CSV;Charset=\"UTF-8\""], &OFFERED), Some(1));
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        assert_eq!(pick(&["image/png"], &OFFERED), None);
        assert_eq!(pick(&["application/json;q=0"], &OFFERED[..1]), None);
        assert_eq!(pick(&["application/json;version=2"], &OFFERED[..1]), None);
        assert_eq!(pick(&["*/*;q=0"], &OFFERED), None);
    }

    #[test]
    fn dialects_and_ranges_on_offer_are_met() {
        assert_eq!(pick(&["application/json"], &["application/xml", "application/problem+json"]), Some(1));
        assert_eq!(pick(&["text/vtt"], &["text/*"]), Some(0));
        assert_eq!(pick(&["text/vtt"], &["application/json", "*/*"]), Some(1));
        assert_eq!(pick(&["application/json;version=2"], &["application/json", "application/json;version=2"]), Some(1));
    }

    #[test]
    fn a_long_header_is_read_in_part() {
        let long = "image/png,".repeat(6_000) + "application/json";
        assert_eq!(pick(&[&long], &OFFERED), None);
    }
}
