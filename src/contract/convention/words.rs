//! How APIs call things: the words of a name, one thing and many, and the names of pages and orders.

use crate::contract::deed::Role;

/// The words of a name, in small letters: `createdAt`, `created_at` and `created[at]` are the same.
pub fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before = '_';
    for c in name.chars() {
        if c.is_alphanumeric() {
            let begins = !before.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase());
            if begins {
                words.push(String::new());
            }
            if let Some(word) = words.last_mut() {
                word.extend(c.to_lowercase());
            }
        }
        before = c;
    }
    words
}

/// Whether two names have the same words.
pub fn alike(one: &str, other: &str) -> bool {
    words(one).concat() == words(other).concat()
}

/// One of many: `pets` are made of a `pet`.
pub fn one_of(many: &str) -> String {
    const IRREGULAR: [(&str, &str); 4] =
        [("people", "person"), ("children", "child"), ("statuses", "status"), ("data", "data")];
    let lower = many.to_lowercase();
    if let Some((_, one)) = IRREGULAR.iter().find(|(known, _)| *known == lower) {
        return (*one).to_owned();
    }
    let cut = |end: &str| many.strip_suffix(end).filter(|rest| rest.len() > 1);
    if let Some(rest) = cut("ies") {
        return format!("{rest}y");
    }
    if ["sses", "xes", "ches", "shes"].iter().any(|end| many.ends_with(end)) {
        return many.strip_suffix("es").unwrap_or(many).to_owned();
    }
    match cut("s") {
        Some(rest) if !rest.ends_with(['s', 'u', 'i']) => rest.to_owned(),
        _ => many.to_owned(),
    }
}

/// What a parameter of this name says about a list as a whole.
pub fn role(name: &str) -> Option<Role> {
    const ROLES: [(Role, &[&str]); 8] = [
        (Role::Page, &["page", "pagenumber", "pageno", "pagenum"]),
        (Role::PerPage, &["perpage", "pagesize", "itemsperpage", "resultsperpage", "rowsperpage", "size"]),
        (Role::Limit, &["limit", "pagelimit", "maxresults", "maxitems", "top"]),
        (Role::Offset, &["offset", "pageoffset", "skip"]),
        (Role::Cursor, &["cursor", "pagecursor", "pagetoken", "nexttoken", "continuationtoken"]),
        (Role::After, &["after", "pageafter", "startingafter"]),
        (Role::SortBy, &["sort", "sortby", "orderby", "sortfield", "sortkey"]),
        (Role::SortOrder, &["sortorder", "order", "sortdirection", "sortdir", "direction", "orderdirection"]),
    ];
    let name = words(name).concat();
    ROLES.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(role, _)| *role)
}

/// Whether a parameter of this name looks for words in whatever texts a record has.
pub fn searches(name: &str) -> bool {
    ["q", "search", "query", "term", "keyword", "searchterm"].contains(&words(name).concat().as_str())
}

/// A name that sets a bound: the words that are left, and whether it is the lower one.
pub fn bound(name: &str) -> Option<(Vec<String>, bool)> {
    const LOWER: [&str; 7] = ["min", "minimum", "from", "after", "since", "gte", "ge"];
    const UPPER: [&str; 7] = ["max", "maximum", "to", "before", "until", "lte", "le"];
    let words = words(name);
    let side = |word: &String| match (LOWER.contains(&word.as_str()), UPPER.contains(&word.as_str())) {
        (true, _) => Some(true),
        (_, true) => Some(false),
        _ => None,
    };
    let (first, last) = (words.first()?, words.last()?);
    if words.len() < 2 {
        return None;
    }
    if let Some(lower) = side(last) {
        return Some((words[..words.len() - 1].to_vec(), lower));
    }
    side(first).map(|lower| (words[1..].to_vec(), lower))
}

/// A moment that is set by the server: `Some(true)` when a record is made, `Some(false)` when it is changed.
pub fn moment(name: &str) -> Option<bool> {
    const MADE: [&str; 7] =
        ["createdat", "created", "createdon", "creationdate", "creationtime", "createtime", "datecreated"];
    const CHANGED: [&str; 9] = [
        "updatedat",
        "updated",
        "updatedon",
        "modifiedat",
        "modified",
        "lastmodified",
        "lastupdated",
        "updatetime",
        "dateupdated",
    ];
    let name = words(name).concat();
    if MADE.contains(&name.as_str()) {
        return Some(true);
    }
    CHANGED.contains(&name.as_str()).then_some(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_apart() {
        assert_eq!(words("createdAt"), ["created", "at"]);
        assert_eq!(words("page[number]"), ["page", "number"]);
        assert_eq!(words("X-Total-Count"), ["x", "total", "count"]);
        assert_eq!(words("__"), [""; 0]);
        assert!(alike("petId", "pet_id") && !alike("pet", "pets"));
    }

    #[test]
    fn one_of_many() {
        for (many, one) in [
            ("pets", "pet"),
            ("companies", "company"),
            ("addresses", "address"),
            ("boxes", "box"),
            ("people", "person"),
            ("status", "status"),
            ("news", "new"),
            ("sheep", "sheep"),
            ("glass", "glass"),
            ("s", "s"),
        ] {
            assert_eq!(one_of(many), one, "{many}");
        }
    }

    #[test]
    fn bounds_have_a_side_and_a_name() {
        let named = |name: &str| bound(name).map(|(words, lower)| (words.join("_"), lower));
        assert_eq!(named("min_price"), Some(("price".to_owned(), true)));
        assert_eq!(named("createdBefore"), Some(("created".to_owned(), false)));
        assert_eq!(named("price[gte]"), Some(("price".to_owned(), true)));
        assert_eq!(named("after"), None);
        assert_eq!(named("price"), None);
    }
}
