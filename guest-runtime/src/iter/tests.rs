//! Compares every adapter and end with the same chain of std's iterators, for different divisions into jobs.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};

use proptest::prelude::*;

use crate::block_on;
use crate::prelude::*;

/// Generates numbers, and a number of items per job.
fn numbers() -> impl Strategy<Value = (Vec<i32>, usize)> {
    (prop::collection::vec(-50_i32..50, 0..80), 1_usize..9)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn adapters((numbers, grain) in numbers(), n in 0_usize..20) {
        let par = || numbers.par_iter().grain(grain);
        let seq = || numbers.iter();
        block_on(async {
            let all: Vec<i32> = par().map(|n| n * 2).filter(|n| n % 3 == 0).collect().await;
            assert!(all.into_iter().eq(seq().map(|n| n * 2).filter(|n| n % 3 == 0)));
            let all: Vec<i32> = par().filter_map(|n| n.checked_rem(3)).inspect(|n| assert!(*n < 3)).collect().await;
            assert!(all.into_iter().eq(seq().filter_map(|n| n.checked_rem(3))));
            let all: Vec<i32> = par().copied().flat_map(|n| 0..n % 4).update(|n| *n += 1).collect().await;
            assert!(all.into_iter().eq(seq().flat_map(|n| 0..n % 4).map(|n| n + 1)));
            let scaled = par().lending((2, 0.5)).map(|((a, b), n)| f64::from(a * n) * b).collect::<Vec<f64>>().await;
            assert!(scaled.into_iter().eq(seq().map(|n| f64::from(*n))));
            let all: Vec<i64> = par().map_with(i64::from(n as u32), |more, n| *more + i64::from(*n)).collect().await;
            assert!(all.into_iter().eq(seq().map(|m| n as i64 + i64::from(*m))));
            let sums = par().fold_with(vec![0; n], |mut sums: Vec<i32>, n| { sums.push(*n); sums }).collect::<Vec<_>>().await;
            assert!(sums.iter().flat_map(|sums| &sums[n..]).eq(seq()));
            let all: Vec<i32> = par().map(|n| vec![*n; 2]).flatten().collect().await;
            assert!(all.into_iter().eq(seq().flat_map(|n| vec![*n; 2])));
            let all: Vec<(usize, i32)> = par().cloned().enumerate().collect().await;
            assert!(all.into_iter().eq(seq().copied().enumerate()));
            let all: Vec<i32> = par().rev().skip(n).take(7).collect().await;
            assert!(all.iter().eq(seq().rev().skip(n).take(7)));
            let all: Vec<i32> = par().skip(n).rev().step_by(3).collect().await;
            assert!(all.iter().eq(seq().skip(n).rev().step_by(3)));
            let all: Vec<(i32, u64)> = par().map(|n| *n).zip(0..n as u64).collect().await;
            assert!(all.into_iter().eq(seq().copied().zip(0..n as u64)));
            let all: Vec<i32> = par().chain(&[1, 2]).take(n).collect().await;
            assert!(all.iter().eq(seq().chain(&[1, 2]).take(n)));
            let all: Vec<Vec<i32>> = par().chunks(n + 1).collect().await;
            assert!(all.iter().eq(numbers.chunks(n + 1)));
            let all: Vec<Vec<i32>> = numbers.par_windows(n + 1).grain(grain).collect().await;
            assert!(all.iter().eq(numbers.windows(n + 1)));
            let all: Vec<usize> = par().positions(|n| *n > 0).collect().await;
            assert!(all.into_iter().eq(seq().enumerate().filter(|(_, n)| **n > 0).map(|(index, _)| index)));
        });
    }

    #[test]
    fn values((numbers, grain) in numbers(), n in 0_usize..20) {
        let par = || numbers.par_iter().grain(grain);
        let seq = || numbers.iter();
        block_on(async {
            assert_eq!(par().sum::<i32>().await, seq().sum::<i32>());
            assert_eq!(par().map(|n| i64::from(*n)).take(9).product::<i64>().await, seq().map(|n| i64::from(*n)).take(9).product());
            assert_eq!(par().count().await, seq().count());
            assert_eq!(par().max().await.as_ref(), seq().max());
            assert_eq!(par().min().await.as_ref(), seq().min());
            assert_eq!(par().enumerate().max_by(|a, b| a.1.cmp(b.1)).await, seq().copied().enumerate().max_by_key(|a| a.1));
            assert_eq!(par().enumerate().min_by(|a, b| a.1.cmp(b.1)).await, seq().copied().enumerate().min_by_key(|a| a.1));
            assert_eq!(par().max_by_key(|n| n.abs()).await, seq().copied().max_by_key(|n| n.abs()));
            assert_eq!(par().min_by_key(|n| n.abs()).await, seq().copied().min_by_key(|n| n.abs()));
            assert_eq!(par().copied().reduce(|| 0, |a, b| a + b).await, seq().sum::<i32>());
            assert_eq!(par().copied().reduce_with(|a, b| a.max(b)).await, seq().copied().reduce(i32::max));
            let text = par().map(|n| n.to_string()).reduce(String::new, |a, b| a + &b).await;
            assert_eq!(text, seq().map(|n| n.to_string()).collect::<String>());
            let folded = par().fold(String::new, |text, n| text + &n.to_string()).collect::<String>().await;
            assert_eq!(folded, text);
            let tried = par().map(|n| u8::try_from(*n).ok()).try_reduce(|| 0, |a, b| a.checked_add(b)).await;
            assert_eq!(tried, seq().try_fold(0_u8, |sum, n| sum.checked_add(u8::try_from(*n).ok()?)));
            let bound = i32::try_from(n).unwrap();
            let above = |n: &&i32| **n > bound;
            assert_eq!(par().lending(bound).find_first(|(bound, n)| **n > bound).await.as_ref(), seq().find(above));
            assert_eq!(par().lending(bound).find_last(|(bound, n)| **n > bound).await.as_ref(), seq().rfind(above));
            assert_eq!(par().lending(bound).find_any(|(bound, n)| **n > bound).await.is_some(), seq().any(|n| above(&n)));
            assert_eq!(par().find_map_first(|n| u8::try_from(*n).ok()).await, seq().find_map(|n| u8::try_from(*n).ok()));
            assert_eq!(par().lending(bound).any(|(bound, n)| *n == bound).await, seq().any(|n| *n == bound));
            assert_eq!(par().lending(bound).all(|(bound, n)| *n != bound).await, seq().all(|n| *n != bound));
            assert_eq!(par().position_first(|n| *n > 9).await, seq().position(|n| *n > 9));
            assert_eq!(par().position_last(|n| *n > 9).await, seq().rposition(|n| *n > 9));
            let checked = par().try_for_each(|n| if *n > 45 { Err(*n) } else { Ok(()) }).await;
            assert_eq!(checked.err().as_ref(), seq().find(|n| **n > 45));
        });
    }

    #[test]
    fn collections((numbers, grain) in numbers()) {
        let par = || numbers.par_iter().grain(grain);
        let seq = || numbers.iter().copied();
        block_on(async {
            assert_eq!(par().collect::<VecDeque<i32>>().await, seq().collect::<VecDeque<i32>>());
            assert_eq!(par().collect::<BTreeSet<i32>>().await, seq().collect());
            let map = par().map(|n| (n % 7, *n)).collect::<HashMap<i32, i32>>().await;
            assert_eq!(map, seq().map(|n| (n % 7, n)).collect());
            let results = par().map(|n| u8::try_from(*n).map_err(|_| *n)).collect::<Result<Vec<u8>, i32>>().await;
            assert_eq!(results, seq().map(|n| u8::try_from(n).map_err(|_| n)).collect());
            let options = par().map(|n| u8::try_from(*n).ok()).collect::<Option<BTreeSet<u8>>>().await;
            assert_eq!(options, seq().map(|n| u8::try_from(n).ok()).collect());
            let (even, odd): (Vec<i32>, VecDeque<i32>) = par().partition(|n| **n % 2 == 0).await;
            assert_eq!((even.len(), odd.into()), (seq().filter(|n| n % 2 == 0).count(), seq().filter(|n| n % 2 != 0).collect::<Vec<_>>()));
            let (left, right): (Vec<usize>, Vec<i32>) = par().enumerate().unzip().await;
            assert_eq!((left, &right), ((0..numbers.len()).collect(), &numbers));
            let streamed: Vec<i32> = par().map(|n| *n).stream().collect().await;
            assert_eq!(streamed, numbers);

            let deque: VecDeque<i32> = seq().collect();
            assert_eq!(deque.par_iter().grain(grain).collect::<Vec<_>>().await, numbers);
            let reversed = deque.par_iter().grain(grain).rev().enumerate().skip(3).collect::<Vec<_>>().await;
            assert!(reversed.into_iter().eq(seq().rev().enumerate().skip(3)));
            let stepped = deque.into_par_iter().grain(grain).step_by(3).rev().collect::<Vec<_>>().await;
            assert!(stepped.into_iter().eq(numbers.iter().copied().step_by(3).collect::<Vec<_>>().into_iter().rev()));
            let set: HashSet<i32> = seq().collect();
            assert_eq!(set.par_iter().grain(grain).collect::<HashSet<_>>().await, set);
            let map: BTreeMap<String, i32> = seq().map(|n| (n.to_string(), n)).collect();
            assert_eq!(map.par_iter().grain(grain).collect::<BTreeMap<_, _>>().await, map);
            assert_eq!(map.par_iter().map(|(text, n)| text.len() as i32 * n).sum::<i32>().await, map.iter().map(|(text, n)| text.len() as i32 * n).sum());
            assert_eq!(map.clone().into_par_iter().grain(grain).collect::<BTreeMap<_, _>>().await, map);
            assert_eq!(numbers.first().copied().into_par_iter().count().await, numbers.len().min(1));
        });
    }

    #[test]
    fn borrows((numbers, grain) in numbers()) {
        block_on(async {
            let mut doubled = numbers.clone();
            doubled.par_iter_mut().grain(grain).for_each(|n| *n *= 2).await;
            assert!(doubled.iter().eq(numbers.iter().map(|n| n * 2).collect::<Vec<_>>().iter()));
            doubled.par_iter_mut().grain(grain).zip(&numbers).enumerate().rev().for_each(|(i, (a, b))| *a -= *b + i as i32).await;
            assert!(doubled.iter().enumerate().all(|(index, n)| *n == numbers[index] - index as i32));
            let mut chunks = numbers.clone();
            chunks.par_chunks_mut(5).grain(grain).enumerate().for_each(|(i, chunk)| chunk.fill(i as i32)).await;
            assert!(chunks.iter().enumerate().all(|(index, n)| *n == (index / 5) as i32));
            let mut deque: VecDeque<i32> = numbers.iter().copied().collect();
            deque.par_iter_mut().for_each(|n| *n += 1).await;
            assert!(deque.into_iter().eq(numbers.iter().map(|n| n + 1)));
            let mut sorted = numbers.clone();
            sorted.par_sort_by_key(|n| n.abs()).await;
            let mut expected = numbers.clone();
            expected.sort_by_key(|n| n.abs());
            assert_eq!(sorted, expected);
        });
    }

    #[test]
    fn texts(text in "[ab ,\n\r\u{e9}]{0,60}", grain in 1_usize..9) {
        block_on(async {
            assert!(text.par_lines().grain(grain).collect::<Vec<_>>().await.iter().eq(text.lines().collect::<Vec<_>>().iter()));
            assert!(text.par_split(',').grain(grain).collect::<Vec<_>>().await.iter().eq(text.split(',').collect::<Vec<_>>().iter()));
            assert!(text.par_split(['b', ' ']).grain(grain).collect::<Vec<_>>().await.iter().eq(text.split(['b', ' ']).collect::<Vec<_>>().iter()));
            assert!(text.par_split(|c: char| c > 'a').grain(grain).collect::<Vec<_>>().await.iter().eq(text.split(|c: char| c > 'a').collect::<Vec<_>>().iter()));
            assert!(text.par_split('\u{e9}').grain(grain).collect::<Vec<_>>().await.iter().eq(text.split('\u{e9}').collect::<Vec<_>>().iter()));
            assert!(text.par_split_whitespace().grain(grain).collect::<Vec<_>>().await.iter().eq(text.split_whitespace().collect::<Vec<_>>().iter()));
            assert_eq!(text.par_chars().grain(grain).collect::<String>().await, text);
            assert!(text.par_bytes().grain(grain).collect::<Vec<_>>().await.into_iter().eq(text.bytes()));
        });
    }

    #[test]
    fn ranges(start in -128_i8..=127, end in -128_i8..=127, n in 0_usize..300, grain in 1_usize..40) {
        block_on(async {
            let par = || (start..end).into_par_iter().grain(grain);
            assert!(par().rev().collect::<Vec<_>>().await.into_iter().eq((start..end).rev()));
            assert!(par().skip(n).collect::<Vec<_>>().await.into_iter().eq((start..end).skip(n)));
            let par = || (start..=end).into_par_iter().grain(grain);
            assert!(par().chain(par()).collect::<Vec<_>>().await.into_iter().eq((start..=end).chain(start..=end)));
            assert!(par().skip(n).zip(0..1000).collect::<Vec<_>>().await.into_iter().eq((start..=end).skip(n).zip(0..1000)));
            assert!(par().rev().collect::<Vec<_>>().await.into_iter().eq((start..=end).rev()));
            assert!(par().take(n).step_by(3).collect::<Vec<_>>().await.into_iter().eq((start..=end).take(n).step_by(3)));
        });
    }
}

/// A sum of floats depends neither on the grain nor on how many jobs there are.
#[test]
fn sums_of_floats_are_the_same() {
    block_on(async {
        let floats: Vec<f32> = (1..5000).map(|n| 1.0 / n as f32).collect();
        let once = floats.par_iter().sum::<f32>().await;
        for grain in [1, 3, 64, 1000, 10_000] {
            assert_eq!(floats.par_iter().grain(grain).sum::<f32>().await.to_bits(), once.to_bits());
            let folded =
                floats.par_iter().grain(grain).fold(|| 0.0, |sum, x| sum + x).sum::<f32>().limit(1).await;
            assert_eq!(folded.to_bits(), once.to_bits());
        }
        let unknown = || floats.clone().into_iter().filter(|x| *x > 0.0).par_bridge().sum::<f32>();
        assert_eq!(unknown().await.to_bits(), unknown().grain(7).await.to_bits());
    });
}
