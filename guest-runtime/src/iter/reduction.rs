//! A reduction whose shape depends only on the number of items.
//!
//! Results are combined in pairs, pairs of pairs, and so on, counted from the first item, as in a
//! binary counter. So the boundaries of jobs do not matter, and a sum of floats is the same on every machine.

/// The results so far: subtrees of decreasing height, from left to right.
pub(super) struct Tree<R> {
    subtrees: Vec<Subtree<R>>,
}

/// The combined results of 2 to the power of `.0` items.
pub(super) type Subtree<R> = (u8, R);

impl<R> Default for Tree<R> {
    fn default() -> Self {
        Self { subtrees: Vec::new() }
    }
}

impl<R> Tree<R> {
    /// Adds the next subtree. The number of items so far is a multiple of the subtree's.
    pub(super) async fn add<C: AsyncFn(R, R) -> R>(
        &mut self,
        (mut height, mut result): Subtree<R>,
        combine: &C,
    ) {
        while let Some((_, left)) = self.subtrees.pop_if(|(left, _)| *left == height) {
            result = combine(left, result).await;
            height += 1;
        }
        self.subtrees.push((height, result));
    }

    /// Adds the results of these items, four at a time as long as there are four.
    pub(super) async fn extend<I, F, C>(&mut self, items: I, function: &F, combine: &C)
    where
        I: Iterator,
        F: AsyncFn(I::Item) -> R,
        C: AsyncFn(R, R) -> R,
    {
        let mut items = items.fuse();
        while let Some(first) = items.next() {
            let first = function(first).await;
            let Some(second) = items.next() else { return self.add((0, first), combine).await };
            let two = combine(first, function(second).await).await;
            let Some(third) = items.next() else { return self.add((1, two), combine).await };
            let third = function(third).await;
            let Some(fourth) = items.next() else {
                self.add((1, two), combine).await;
                return self.add((0, third), combine).await;
            };
            let four = combine(two, combine(third, function(fourth).await).await).await;
            self.add((2, four), combine).await;
        }
    }

    pub(super) fn into_subtrees(self) -> Vec<Subtree<R>> {
        self.subtrees
    }

    /// Combines all subtrees.
    pub(super) async fn finish<C: AsyncFn(R, R) -> R>(mut self, combine: &C) -> Option<R> {
        let (_, mut result) = self.subtrees.pop()?;
        while let Some((_, left)) = self.subtrees.pop() {
            result = combine(left, result).await;
        }
        Some(result)
    }
}

/// Returns how many items a job may have after `after` others: at most `most`, and so that they make whole
/// subtrees.
pub(super) fn aligned(after: u64, most: usize) -> usize {
    let most = 1 << most.max(1).ilog2();
    match after.trailing_zeros() {
        u64::BITS => most,
        zeros => most.min(1 << zeros.min(usize::BITS - 2)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::block_on;

    async fn brackets(left: String, right: String) -> String {
        format!("({left}{right})")
    }

    /// Returns the subtrees of the items from `start` on, as a job sends them.
    async fn job(start: u64, items: usize) -> Vec<Subtree<String>> {
        let mut tree = Tree::default();
        tree.extend((start..).take(items), &async |item: u64| item.to_string(), &brackets).await;
        tree.into_subtrees()
    }

    async fn in_jobs_of(grains: &[usize], items: u64) -> Option<String> {
        let mut tree = Tree::default();
        let (mut start, mut grains) = (0, grains.iter().cycle());
        while start < items {
            let most = aligned(start, *grains.next().unwrap()).min((items - start) as usize);
            for subtree in job(start, most).await {
                tree.add(subtree, &brackets).await;
            }
            start += most as u64;
        }
        tree.finish(&brackets).await
    }

    #[test]
    fn where_jobs_end_does_not_matter() {
        block_on(async {
            assert_eq!(in_jobs_of(&[1], 0).await, None);
            assert_eq!(in_jobs_of(&[1], 7).await.as_deref(), Some("(((01)(23))((45)6))"));
            for items in 1..70 {
                let one_by_one = in_jobs_of(&[1], items).await;
                for grains in [&[2][..], &[3, 1, 8], &[1, 1, 1, 1, 64], &[usize::MAX]] {
                    assert_eq!(in_jobs_of(grains, items).await, one_by_one, "{items} items, {grains:?}");
                }
            }
        });
    }
}
