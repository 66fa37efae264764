//! "Did you mean": the known words nearest to one that is not known.

/// The candidate nearest to `word`, if it is near enough to be what was meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    ranked(word, candidates).into_iter().next()
}

/// All near candidates, the nearest first.
pub fn ranked<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    // The distance is quadratic in the length: what is longer than any name was not meant as one.
    if word.len() > 256 {
        return Vec::new();
    }
    let folded = word.to_lowercase();
    // Something of the word must be left: an empty one was meant as nothing, and a single letter as any.
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 12).min(length.saturating_sub(1));
    let mut near: Vec<(usize, &str)> = candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&folded, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    near.into_iter().map(|(_, candidate)| candidate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far_off() {
        let names = ["active", "paused", "archived"];
        assert_eq!(nearest("pasued", names), Some("paused"));
        assert_eq!(nearest("Active", names), Some("active"));
        assert_eq!(nearest("zzz", names), None);
        assert_eq!(nearest("", ["a"]), None);
        assert_eq!(nearest("x", ["a"]), None);
    }
}
