use serde_json::json;

use super::*;

fn refused(bytes: &[u8]) -> Malformed {
    match read(bytes) {
        Ok(read) => panic!("{:?} was read as {}", String::from_utf8_lossy(bytes), read.value),
        Err(malformed) => malformed,
    }
}

#[test]
fn what_is_no_json_is_refused_with_its_place() {
    let texts: &[&str] = &[
        "",
        " ",
        "\n\t ",
        "{",
        "}",
        "[",
        "]",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1,,2]",
        "[1 2]",
        "[1:2]",
        "[\"\": 1]",
        "[x",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "{\"a\":1,,\"b\":2}",
        "{,}",
        "{a:1}",
        "{'a':1}",
        "{1:1}",
        "{\"a\" 1}",
        "{\"a\"::1}",
        "{\"a\":1 \"b\":2}",
        "{\"a\":1}}",
        "{\"a\":1}#",
        "{\"a\":1}//x",
        "{\"a\":/**/1}",
        "[1]x",
        "[1][2]",
        "1 2",
        "nul",
        "tru",
        "fals",
        "True",
        "NULL",
        "nan",
        "NaN",
        "[NaN]",
        "Infinity",
        "-Infinity",
        "[-Infinity]",
        "+1",
        "[+1]",
        "[.5]",
        "[5.]",
        "[-]",
        "[--1]",
        "[01]",
        "[-01]",
        "[0x1]",
        "[1e]",
        "[1e+]",
        "[1eE2]",
        "[0.e1]",
        "[1.0e-]",
        "[2.e3]",
        "[1_000]",
        "[1a]",
        "[- 1]",
        "[1e999]",
        "[-1e999]",
        "\"",
        "\"a",
        "[\"a]",
        "[\"\\x\"]",
        "[\"\\u12\"]",
        "[\"\\uZZZZ\"]",
        "[\"\\\"]",
        "[\"\t\"]",
        "[\"\n\"]",
        "[\"\u{0}\"]",
        "[\"\\uD800\"]",
        "[\"\\uDC00\"]",
        "[\"\\uD800\\u0041\"]",
        "'a'",
        "[`a`]",
        "<a>",
        "*",
        "&x",
        "\u{c}[]",
        "\u{2060}[]",
        "\u{a0}1",
        "{\"a\": \"b\"} garbage",
        "[\"a\",\n4\n,1,",
        "{\"\\uDFAA\":0}",
        "\u{0}",
        "[\u{0}]",
        "[123456789012345678901234567890]",
        "{\"a\":-123456789012345678901234567890}",
    ];
    for text in texts {
        let malformed = refused(text.as_bytes());
        assert!(malformed.line >= 1 && malformed.column >= 1 && !malformed.reason.contains("line"), "{malformed:?}");
        assert!(!malformed.bad_encoding);
    }
    let bytes: &[&[u8]] = &[
        b"[\"\xff\"]",
        b"\xff",
        b"[\"\xc0\xaf\"]",
        b"[\"\xed\xa0\x80\"]",
        b"\xfe\xff\x00[\x00]",
        b"\xff\xfe[\x00]\x00",
        b"{\"\xe9\":1}",
        b"[\"\xf4\x90\x80\x80\"]",
        b"[\"a\xe2\x82\"]",
    ];
    for bytes in bytes {
        assert!(refused(bytes).bad_encoding);
    }
    assert!(refused(b"[\x00\"\x00]").reason.len() > 5);
}

#[test]
fn what_is_json_is_read() {
    let texts = [
        "null",
        "true",
        "false",
        "0",
        "-0",
        "-1",
        "1.5",
        "[]",
        "{}",
        "[[]]",
        "\"\"",
        "\"a\"",
        " [] ",
        "\r\n\t[1]\n",
        "[1,2,3]",
        "[1e2]",
        "[1E22]",
        "[1e-2]",
        "[1E+2]",
        "[0e1]",
        "[0.1]",
        "[-0.0]",
        "[123456789]",
        "[9223372036854775807]",
        "[18446744073709551615]",
        "[-9223372036854775808]",
        "[1e300]",
        "[0.00000000000000000000000000000001]",
        "[3.141592653589793238462643383279]",
        "{\"\":0}",
        "{\"a\":{\"b\":[{}]}}",
        "{\"a\\u0000b\":1}",
        "[\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"]",
        "[\"\\u0041\"]",
        "[\"\\uD83D\\uDE00\"]",
        "[\"\\u0000\"]",
        "[\"\u{7f}\"]",
        "[\"\u{2028}\"]",
        "[\"😀é\"]",
        "[\"\u{fffe}\"]",
        "{\"a\":1,\"a\":2}",
        "[\"12345678901234567890123\", 1e19]",
    ];
    for text in texts {
        assert!(read(text.as_bytes()).is_ok(), "{text}: {:?}", read(text.as_bytes()));
    }
    assert_eq!(read(b"\xEF\xBB\xBF[1]").unwrap().value, json!([1]));
    assert_eq!(
        read(b"{\"b\":1,\"a\":[true,null,-2,\"x\"]}").unwrap().value.to_string(),
        r#"{"b":1,"a":[true,null,-2,"x"]}"#
    );
}

#[test]
fn the_place_is_that_of_the_fault() {
    let malformed = refused(b"{\n  \"a\": 1,\n  \"b\" 2\n}");
    assert_eq!((malformed.line, malformed.column, malformed.reason.as_str()), (3, 7, "expected `:`"));
    let malformed = refused(b"[1,\n \"a\xff\"]");
    assert_eq!((malformed.line, malformed.column), (2, 4));
    let malformed = refused(b"[1,\n 123456789012345678901234567890]");
    assert_eq!((malformed.line, malformed.column), (2, 2));
    assert_eq!(malformed.reason, "an integer of 30 digits can't be kept exactly");
}

#[test]
fn keys_that_stand_twice_are_told_and_the_last_counts() {
    let read = read(br#"{"a":1,"b":{"c":1,"d":[0,{"x/y":1,"x/y":2}]},"a":3}"#).unwrap();
    assert_eq!(read.duplicates, ["/b/d/1/x~1y", "/a"]);
    assert_eq!(read.value["a"], 3);
    let many = format!("{{{}}}", vec!["\"a\":1"; 1000].join(","));
    assert_eq!(super::read(many.as_bytes()).unwrap().duplicates.len(), MOST);
}

#[test]
fn depth_is_bounded_wherever_it_is() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(read(nested(127).as_bytes()).is_ok());
    for text in [
        nested(128),
        nested(10_000),
        "[".repeat(500_000),
        "{\"a\":".repeat(100_000),
        format!("{{\"x\":{}}}", nested(300)),
    ] {
        assert_eq!(refused(text.as_bytes()).reason, "nested 128 levels deep or more");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..200)) {
        let _ = read(&bytes);
    }

    #[test]
    fn what_looks_like_json_is_judged_as_the_usual_reader_does(text in r#"[\[\]{}:,"\\a0-9.eE+\- ]{0,40}"#) {
        let ours = read(text.as_bytes());
        let usual = serde_json::from_str::<Value>(&text);
        match (ours, usual) {
            (Ok(ours), Ok(usual)) => proptest::prop_assert_eq!(ours.value, usual),
            (Err(_), Err(_)) => {}
            // We refuse what would be rounded.
            (Err(ours), Ok(_)) => proptest::prop_assert!(ours.reason.contains("exactly")),
            (Ok(ours), Err(error)) => proptest::prop_assert!(false, "{} {error}", ours.value),
        }
    }
}
