//! Pages that are not what they seem.

use std::collections::BTreeSet;

use super::table::{ids, library};

library! {
    pages_empty_first: [
        "GET /v1/conversations" => "200; 0 rows; /meta/total: 1247; /meta/total_pages: 50",
        "GET {next}" => "200; 25 rows; /meta/page: 2",
    ],
    pages_short: [
        "GET /v1/conversations" => "200; 25 rows",
        "GET {next}" => "200; 7 rows; /meta/page: 2; /meta/total: 1247",
        "GET {next}" => "200; 25 rows; /meta/page: 3",
    ],
    pages_exactly_full: [
        "GET /v1/conversations" => "200; 25 rows; /meta/total: 50; /meta/total_pages: 2",
        "GET {next}" => "200; 25 rows; /links/next: null",
        "GET /v1/conversations?page=3" => "200; 0 rows",
    ],
    pages_repeated_row: by |client| {
        let pages: Vec<Vec<String>> = (1..=3).map(|n| client.ids(&format!("/v1/conversations?page={n}"))).collect();
        assert_eq!(pages[0].last(), pages[1].first());
        assert_eq!(pages[1].last(), pages[2].first());
        let all: BTreeSet<&String> = pages.iter().flatten().collect();
        assert_eq!((pages[1].len(), all.len()), (26, 75), "two come twice");
    },
    pages_total_drifts: [
        "GET /v1/conversations" => "200; /meta/total: 1247; 25 rows",
        "GET {next}" => "200; /meta/total: 1244; 25 rows",
        "GET {next}" => "200; /meta/total: 1254; 25 rows",
    ],
    pages_next_null_early: [
        "GET /v1/conversations" => "200; /links/next: <any>",
        "GET {next}" => "200; 25 rows; /links/next: null; /meta/total_pages: 50",
    ],
    pages_next_to_itself: [
        "GET /v1/conversations?page=2" => "200; /meta/page: 2",
        "GET {next}" => "200; /meta/page: 3",
        "GET {next}" => "200; /meta/page: 3",
        "GET {next}" => "200; /meta/page: 3",
    ],
    pages_past_the_end: [
        "GET /v1/conversations" => "200; 25 rows; /meta/total_pages: 50",
        "GET {next}" => "200; 5 rows; /meta/total: 30; /links/next: null",
        "GET /v1/conversations?page=3" => "200; 0 rows",
    ],
    pages_per_page_capped: [
        "GET /v1/conversations?per_page=100" => "200; 10 rows; /meta/per_page: 10; /meta/total_pages: 125",
        "GET {next}" => "200; 10 rows; /meta/page: 2",
        "GET /v1/contacts" => "200; 10 rows",
    ],
    pages_cursor_expired: by |client| {
        let first = client.read("/v1/conversations?limit=10");
        let cursor = |list: &serde_json::Value| list["meta"]["next_cursor"].as_str().expect("a cursor").to_owned();
        let second = client.read(&format!("/v1/conversations?limit=10&cursor={}", cursor(&first)));
        assert_eq!(ids(&second).len(), 10);
        let third = format!("GET /v1/conversations?limit=10&cursor={}", cursor(&second));
        client.expect(&third, "400 invalid_parameter; /error/field: \"cursor\"");
    },
    pages_order_changes: by |client| {
        let [first, second, third] = ["", "", ""].map(|_| client.ids("/v1/conversations"));
        assert_eq!(first, third);
        assert_ne!(first, second);
        assert_eq!(first.iter().collect::<BTreeSet<_>>(), second.iter().collect::<BTreeSet<_>>());
    },
    pages_rows_arrive: by |client| {
        let first = client.ids("/v1/contacts");
        let second = client.ids("/v1/contacts?page=2");
        assert_eq!(first[22..], second[..3], "three rows went over to the second page");
        let again = client.ids("/v1/contacts");
        assert_eq!(first[..22], again[3..], "three are new");
    },
    pages_rows_vanish: by |client| {
        let first = client.ids("/v1/contacts?per_page=10");
        let second = client.ids("/v1/contacts?per_page=10&page=2");
        let again = client.ids("/v1/contacts?per_page=10");
        assert_eq!(first[1..], again[..9], "the first is gone");
        let lost = &again[9];
        assert!(!first.contains(lost) && !second.contains(lost), "and {lost} was on neither page");
    },
}
