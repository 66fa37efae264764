//! Another content type than the body's.

use http::header::{CONTENT_TYPE, HeaderValue};

use crate::reply::Reply;

pub(super) fn replace(reply: &mut Reply, value: HeaderValue) {
    reply.headers.insert(CONTENT_TYPE, value);
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn there_is_one_and_it_is_wrong() {
        let mut reply = Reply::json(StatusCode::OK, &serde_json::json!({}));
        replace(&mut reply, HeaderValue::from_static("text/html"));
        let all: Vec<_> = reply.headers.get_all(CONTENT_TYPE).iter().collect();
        assert_eq!(all, ["text/html"]);
        assert_eq!(&reply.body.ready()[..], b"{}");
    }
}
