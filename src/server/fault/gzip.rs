//! A body that is said to be compressed.

use http::header::{CONTENT_ENCODING, HeaderValue};

use crate::reply::Reply;

pub(super) fn declare(reply: &mut Reply) {
    reply.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
}

#[cfg(test)]
mod tests {
    use http::StatusCode;

    use super::*;

    #[test]
    fn the_body_is_as_it_was() {
        let mut reply = Reply::json(StatusCode::OK, &serde_json::json!({}));
        declare(&mut reply);
        assert_eq!(reply.headers[CONTENT_ENCODING], "gzip");
        assert_eq!(&reply.body.ready()[..], b"{}");
    }
}
