//! Lists that are read page by page: one row more than was asked for says that there are more.

/// Takes that row off again; the last one that stays says where the next page begins.
pub fn cut<T, P>(mut found: Vec<T>, limit: i64, place: impl Fn(&T) -> P) -> (Vec<T>, Option<P>) {
    let asked = usize::try_from(limit).unwrap_or_default();
    let has_more = found.len() > asked;
    found.truncate(asked);
    let next = found.last().filter(|_| has_more).map(place);
    (found, next)
}
