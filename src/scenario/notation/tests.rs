use proptest::prelude::*;
use serde_json::json;

use super::*;

#[test]
fn each_notation_fits_its_own_examples() {
    for notation in all() {
        for example in notation.examples {
            assert!(notation.fits(example), "{}: {example}", notation.what);
        }
        assert!(!notation.fits("\n"), "{}", notation.what);
    }
    assert_eq!(DURATION.accepted(), "a duration such as 200ms, 1m 30s or PT2S");
}

#[test]
fn durations_in_both_forms() {
    let table = [
        ("200ms", 200),
        ("0s", 0),
        ("1.5s", 1500),
        ("1m 30s", 90_000),
        ("1m30s", 90_000),
        ("2h", 7_200_000),
        ("1d", 86_400_000),
        ("PT2S", 2000),
        ("PT1H30M", 5_400_000),
        ("P1DT0.5S", 86_400_500),
        ("-1h", -3_600_000),
    ];
    for (text, milliseconds) in table {
        assert!(DURATION.fits(text) || AGO.fits(text), "{text}");
        assert_eq!(duration(text), Some(SignedDuration::from_millis(milliseconds)), "{text}");
    }
    for text in [
        "", "5", "1x", "1 s", "s", "1s ", " 1s", "P", "PT", "P1D T1S", "1s,2s", "1..5s", "+1s", "--1s", "1S", "1S2",
        "é",
    ] {
        assert!(!DURATION.fits(text) && !AGO.fits(text), "{text}");
    }
}

#[test]
fn calls_are_counts_ranges_and_words() {
    let within = |ranges: &[std::ops::RangeInclusive<u64>]| Some(Calls::Within(ranges.to_vec()));
    let table = [
        (json!(3), within(&[3..=3])),
        (json!("3"), within(&[3..=3])),
        (json!("1..2"), within(&[1..=2])),
        (json!("4.."), within(&[4..=u64::MAX])),
        (json!("..3"), within(&[1..=3])),
        (json!([1, "4..5"]), within(&[1..=1, 4..=5])),
        (json!("first 2"), within(&[1..=2])),
        (json!("after 5"), within(&[6..=u64::MAX])),
        (json!("every 3"), Some(Calls::Every { nth: 3, from: 3 })),
        (json!("every 3 from 2"), Some(Calls::Every { nth: 3, from: 2 })),
        (json!("sometimes"), None),
        (json!(-1), None),
        (json!(1.5), None),
        (json!([["1"]]), None),
    ];
    for (written, wanted) in table {
        assert_eq!(calls(&written), wanted, "{written}");
    }
}

#[test]
fn places_totals_sizes_and_chances() {
    assert_eq!(spot(&json!("start")), Some(Spot::Answer(0)));
    assert_eq!(spot(&json!("head")), Some(Spot::Body(0)));
    assert_eq!(spot(&json!(10)), Some(Spot::Body(10)));
    assert_eq!(spot(&json!("2KiB")), Some(Spot::Body(2048)));
    assert_eq!(spot(&json!("50%")), Some(Spot::Percent(50)));
    assert_eq!(spot(&json!("101%")), None);
    assert_eq!(total(&json!(7)), Some(Total::Is(7)));
    assert_eq!(total(&json!(-7)), Some(Total::Off(-7)));
    assert_eq!(total(&json!("+7")), Some(Total::Off(7)));
    assert_eq!(chance(&json!("5%")), Some(50_000));
    assert_eq!(chance(&json!(0.05)), Some(50_000));
    assert_eq!(chance(&json!(1)), Some(1_000_000));
    assert_eq!(chance(&json!(1.5)), None);
    assert_eq!(repeat(&json!("any")), Some(0..=u64::MAX));
    assert_eq!(repeat(&json!(2)), Some(2..=2));
    assert_eq!(moment("2025-02-30T00:00:00Z"), None);
    assert!(moment("2025-01-15t16:00:00+01:00").is_some());
}

#[test]
fn parts_of_a_request_are_named() {
    let header = Subject::Header(HeaderName::from_static("x-client"));
    assert_eq!(subject("header.X-Client"), Some(header.clone()));
    assert_eq!(subject("body./a/b"), Some(Subject::Body("/a/b".to_owned())));
    assert_eq!(subject("answer."), Some(Subject::Answer(String::new())));
    assert_eq!(count_by("lane"), Some(CountBy::Lane));
    assert_eq!(count_by("key"), Some(CountBy::Each(Subject::Key)));
    assert_eq!(subject("cookie.a"), None);
}

/// What can be read of each notation that stands for a value.
fn is_read(notation: &'static Notation, text: &str) -> bool {
    let value = json!(text);
    match notation.what {
        what if what == DURATION.what || what == AGO.what => duration(text).is_some(),
        what if what == PERCENT.what => chance(&value).is_some(),
        what if what == PART.what => spot(&value).is_some(),
        what if what == SIZE.what => bytes(&value).is_some(),
        what if what == RANGE.what => range(text).is_some(),
        what if what == CALLS.what => calls(&value).is_some(),
        what if what == REPEAT.what => repeat(&value).is_some(),
        what if what == OFFSET.what => total(&value).is_some(),
        what if what == COUNT_BY.what => count_by(text).is_some(),
        what if what == CAPTURE.what => subject(text).is_some(),
        what if what == HEADER.what => HeaderName::from_bytes(text.as_bytes()).is_ok(),
        _ => true,
    }
}

proptest! {
    /// Whatever has the form can be read: nothing is let through here and lost later.
    #[test]
    fn what_fits_is_read(
        (notation, text) in (0..all().len()).prop_flat_map(|n| {
            let pattern = all()[n].pattern.trim_start_matches('^').trim_end_matches('$').to_owned();
            (Just(all()[n]), proptest::string::string_regex(&pattern).unwrap())
        })
    ) {
        prop_assert!(notation.fits(&text), "{}: {text:?}", notation.what);
        prop_assert!(is_read(notation, &text), "{}: {text:?}", notation.what);
    }

    /// And nothing that is read by chance alone: no text makes a reader panic.
    #[test]
    fn no_text_is_too_odd_to_be_looked_at(text in "\\PC{0,24}") {
        for notation in all() {
            let _ = (notation.fits(&text), is_read(notation, &text));
        }
        let _ = moment(&text);
    }
}
