//! "Did you mean": the known words nearest to one that is not known.

/// As many letters of a word that was cut short tell what was meant.
const SHORTEST_CUT: usize = 3;

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
    let rank = |candidate: &str| {
        let candidate = candidate.to_lowercase();
        let is_cut = length >= SHORTEST_CUT && candidate.starts_with(&folded);
        // Words are as far apart as their lengths at least, which is soon found out.
        let may_be_near = candidate.chars().count().abs_diff(folded.chars().count()) <= allowed;
        let distance = may_be_near.then(|| strsim::damerau_levenshtein(&folded, &candidate));
        distance.filter(|distance| *distance <= allowed).or_else(|| is_cut.then_some(allowed + 1))
    };
    let ranked = candidates.into_iter().filter_map(|candidate| Some((rank(candidate)?, candidate)));
    let mut near: Vec<(usize, &str)> = ranked.collect();
    // Where a slip explains the word, it was not cut short.
    if near.iter().any(|(distance, _)| *distance <= allowed) {
        near.retain(|(distance, _)| *distance <= allowed);
    }
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
        assert_eq!(nearest("arch", names), Some("archived"));
        assert_eq!(nearest("ar", names), None);
    }
}
