//! Members with a score each, sorted by score.

use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

/// A score that is not NaN, so that all scores are ordered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Score(f64);

impl Score {
    pub(crate) fn parse(word: &[u8]) -> Option<Self> {
        let value: f64 = str::from_utf8(word).ok()?.parse().ok()?;
        // Negative zero becomes zero, and NaN is rejected.
        (!value.is_nan()).then_some(Self(value + 0.0))
    }

    pub(crate) fn value(self) -> f64 {
        self.0
    }
}

impl PartialEq for Score {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Score {}

impl PartialOrd for Score {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Score {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[derive(Debug, Default)]
pub(crate) struct Sorted {
    scores: HashMap<Rc<[u8]>, Score>,
    order: BTreeSet<(Score, Rc<[u8]>)>,
}

impl Sorted {
    pub(crate) fn len(&self) -> usize {
        self.scores.len()
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = &[u8]> {
        self.scores.keys().map(|member| &**member)
    }

    /// Sets the score of a member; returns whether the member is new.
    pub(crate) fn insert(&mut self, member: &[u8], score: Score) -> bool {
        let member = match self.scores.get_key_value(member) {
            Some((_, before)) if *before == score => return false,
            Some((member, before)) => {
                let member = Rc::clone(member);
                self.order.remove(&(*before, Rc::clone(&member)));
                member
            }
            None => member.into(),
        };
        self.order.insert((score, Rc::clone(&member)));
        self.scores.insert(member, score).is_none()
    }

    /// Returns the member with the lowest score; among equals, the first by its bytes.
    pub(crate) fn pop_lowest(&mut self) -> Option<(Rc<[u8]>, Score)> {
        let (score, member) = self.order.pop_first()?;
        self.scores.remove(&member);
        Some((member, score))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lowest_comes_first() {
        let mut sorted = Sorted::default();
        let mut insert = |member: &str, score: &str| {
            sorted.insert(member.as_bytes(), Score::parse(score.as_bytes()).unwrap())
        };
        assert!(insert("c", "1") && insert("b", "-inf") && insert("a", "1") && insert("d", "0.5"));
        assert!(!insert("d", "0.5"));
        assert!(!insert("b", "2"));
        let popped = std::iter::from_fn(|| sorted.pop_lowest());
        let names: Vec<_> = popped
            .map(|(member, score)| (String::from_utf8_lossy(&member).into_owned(), score.value()))
            .collect();
        assert_eq!(names, [("d".into(), 0.5), ("a".into(), 1.0), ("c".into(), 1.0), ("b".into(), 2.0)]);
        assert_eq!(sorted.len(), 0);
    }

    #[test]
    fn scores_are_numbers() {
        for word in ["", "nan", "1x", " 1"] {
            assert!(Score::parse(word.as_bytes()).is_none(), "{word}");
        }
        assert!(Score::parse(b"-0") == Score::parse(b"0"));
    }
}
