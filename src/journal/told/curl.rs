//! A request as a command line that sends it again. Keys come from the environment of whoever runs it.

use super::super::entry::Entry;
use super::har::address;
use crate::contract::HIDDEN;
use crate::signature::PARAMETER;

/// The variable that a key is read from, as it stands in a command.
const KEY: &str = "\"$AYRA_API_KEY\"";
/// The same for what opens `/_mock/`.
const TOKEN: &str = "\"$AYRA_MOCK_ADMIN_TOKEN\"";
/// What curl sets itself, as the connection and the body need it.
const ITS_OWN: [&str; 5] = ["host", "connection", "content-length", "transfer-encoding", "expect"];
/// What curl adds, unless it is told not to.
const ADDED: [&str; 3] = ["accept", "user-agent", "content-type"];

/// One command, with a line end behind it. It asks the server at this origin, whatever host the request named: whoever
/// runs it sends a key along.
pub fn curl(entry: &Entry, origin: &str) -> String {
    let (request, head) = (&entry.exchange.request, entry.exchange.request_head());
    let hide = |text: &str| entry.exchange.secret.hide(text).into_owned();
    let mut command = String::from("curl --globoff --path-as-is");
    match request.method.as_str() {
        "HEAD" => command.push_str(" --head"),
        "GET" if request.length == 0 => {}
        method => command.extend([" -X ", &word(method)]),
    }
    let url = hide(&address(origin, entry.exchange.target()));
    // A signature is no key, and can't be given anew.
    let signed = url.find(&format!("{PARAMETER}={HIDDEN}")).map_or(url.len(), |at| at + PARAMETER.len() + 1);
    command.extend([" ", &unmasked(&url[..signed], KEY)]);
    if signed < url.len() {
        command.push_str(&word(&url[signed..]));
    }
    let named = head.get("host").filter(|host| origin.strip_prefix("http://") != Some(*host));
    if let Some(host) = named {
        command.extend([" -H ", &word(&format!("host: {host}"))]);
    }
    for (name, value) in head.iter().filter(|(name, _)| !ITS_OWN.contains(name)) {
        match &*value {
            // A session is nobody else's.
            HIDDEN if name == "cookie" => {}
            "" => command.extend([" -H ", &word(&format!("{name};"))]),
            HIDDEN if name == "authorization" => command.extend([" -H ", "\"authorization: Bearer $AYRA_API_KEY\""]),
            HIDDEN if name == "x-mock-token" => command.extend([" -H ", &word("x-mock-token: "), TOKEN]),
            value => command.extend([" -H ", &unmasked(&hide(&format!("{name}: {value}")), KEY)]),
        }
    }
    for name in ADDED {
        let is_added = name != "content-type" || request.length > 0;
        if is_added && head.get(name).is_none() {
            command.extend([" -H ", &word(&format!("{name}:"))]);
        }
    }
    let body = entry.asked();
    let mut note = String::new();
    match body.text() {
        _ if body.is_empty() => {}
        Some(text) if !text.contains('\0') => command.extend([" --data-raw ", &word(&hide(text))]),
        _ => {
            command.insert_str(0, &format!("printf %s {} | base64 -d | ", body.base64()));
            command.push_str(" --data-binary @-");
        }
    }
    if body.is_cut() {
        note = format!("# only the beginning of {} bytes is remembered of this body\n", request.length);
    } else if body.is_empty() && head.get("content-length").is_some_and(|length| length != "0") {
        "# the body was not read\n".clone_into(&mut note);
    }
    format!("{note}{command}\n")
}

/// As a shell takes it for one word, whatever is in it.
fn word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+=:,@%".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}

/// One word with a variable wherever something was taken out of it.
fn unmasked(text: &str, variable: &str) -> String {
    let parts = text.split(HIDDEN).map(|part| if part.is_empty() { String::new() } else { word(part) });
    parts.collect::<Vec<_>>().join(variable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_a_shell() {
        let table = [
            ("http://127.0.0.1:4010/v1/a", "http://127.0.0.1:4010/v1/a"),
            ("/a?b=c&d", "'/a?b=c&d'"),
            ("it's $HOME `id` \\ \"x\"\n", "'it'\\''s $HOME `id` \\ \"x\"\n'"),
            ("", "''"),
            ("ä", "'ä'"),
        ];
        for (text, expected) in table {
            assert_eq!(word(text), expected);
        }
        assert_eq!(unmasked("/a?key=***&b=1", KEY), "'/a?key='\"$AYRA_API_KEY\"'&b=1'");
        assert_eq!(unmasked("/a?key=***", KEY), "'/a?key='\"$AYRA_API_KEY\"");
    }
}
