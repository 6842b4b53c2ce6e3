//! Programs about texts, tables and graphs that were written for rayon: the `use` line, `.await`, and what closures
//! borrow are all that differs. Each gives what the loop gives.
use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::num::ParseIntError;

use guest_runtime::Message;
use guest_runtime::prelude::*;

fn counted(mut counts: HashMap<String, u32>, word: String) -> HashMap<String, u32> {
    *counts.entry(word).or_default() += 1;
    counts
}

async fn words() {
    let text = "The dog barks; the quick fox\njumps over the lazy dog!\n".repeat(300);
    let merge = |mut all: HashMap<String, u32>, counts: HashMap<String, u32>| {
        counts.into_iter().for_each(|(word, count)| *all.entry(word).or_default() += count);
        all
    };
    let words = text.par_split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    let counts = words.map(str::to_lowercase).fold(HashMap::new, counted).reduce(HashMap::new, merge).await;
    let expected = text.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
    assert_eq!(counts, expected.map(str::to_lowercase).fold(HashMap::new(), counted));

    let mut sorted: Vec<(String, u32)> = counts.into_iter().collect();
    sorted.par_sort_unstable_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0))).await;
    assert_eq!(sorted[0], ("the".to_owned(), 900));
    let upper =
        sorted.par_iter().take(2).map(|(word, _)| word.to_uppercase()).collect::<Vec<_>>().await.join(",");
    assert_eq!(upper, "THE,DOG");
}

fn parsed(line: &str) -> Result<(String, i64), String> {
    let (name, amount) = line.split_once(',').ok_or_else(|| format!("no comma in {line:?}"))?;
    let amount = amount.trim().parse().map_err(|error: ParseIntError| error.to_string())?;
    Ok((name.to_owned(), amount))
}

async fn table() {
    let csv: String = (0..3000).map(|n| format!("name{}, {n}\n", n % 10)).collect();
    let rows: Result<Vec<(String, i64)>, String> = csv.par_lines().map(parsed).collect().await;
    let rows = rows.unwrap();
    assert!(rows.iter().eq(csv.lines().map(parsed).collect::<Result<Vec<_>, _>>().unwrap().iter()));
    let add = |sum: i64, n| sum.checked_add(n);
    let sum = rows.par_iter().map(|(_, amount)| *amount).try_fold(|| 0_i64, add).try_reduce(|| 0, add).await;
    assert_eq!(sum, Some(2999 * 3000 / 2));
    let name = "name7";
    let places: Vec<usize> =
        rows.par_iter().lending(name).positions(|(name, row)| row.0 == name).collect().await;
    assert!(places.iter().eq((0..3000).filter(|n| n % 10 == 7).collect::<Vec<_>>().iter()));
    let bad = "a,1\nb;2\nc,x".par_lines().map(parsed).collect::<Result<Vec<_>, _>>().await;
    assert_eq!(bad, Err("no comma in \"b;2\"".to_owned()));
    let (names, amounts): (HashSet<String>, Vec<i64>) = rows.into_par_iter().unzip().await;
    assert_eq!((names.len(), amounts.len()), (10, 3000));
}

/// A breadth-first search, level by level.
async fn graph() {
    let nodes = 2000;
    let edges: Vec<Vec<usize>> =
        (0..nodes).map(|n| vec![(n * 7 + 1) % nodes, (n * 13 + 5) % nodes]).collect();
    let (mut levels, mut frontier) = (vec![u32::MAX; nodes], vec![0]);
    for level in 0.. {
        frontier.iter().for_each(|node| levels[*node] = level);
        let next =
            frontier.par_iter().lending((&edges, &levels)).flat_map_iter(|((edges, levels), &node)| {
                let new = edges[node].iter().filter(|next| levels[**next] == u32::MAX);
                new.copied().collect::<Vec<_>>()
            });
        frontier = next.collect::<Vec<_>>().await;
        if frontier.is_empty() {
            break;
        }
    }
    let (mut expected, mut queue) = (vec![u32::MAX; nodes], VecDeque::from([0]));
    expected[0] = 0;
    while let Some(node) = queue.pop_front() {
        for &next in &edges[node] {
            if expected[next] == u32::MAX {
                expected[next] = expected[node] + 1;
                queue.push_back(next);
            }
        }
    }
    assert_eq!(levels, expected);
    let per_level = levels.par_iter().map(|level| (*level, 1_usize)).collect::<Vec<_>>().await;
    let mut sizes = BTreeMap::new();
    per_level.into_iter().for_each(|(level, one)| *sizes.entry(level).or_insert(0) += one);
    assert_eq!(sizes.par_iter().map(|(_, size)| *size).sum::<usize>().await, nodes);
}

/// rayon: `rayon::join(|| sort(left), || sort(right))`.
#[guest_runtime::parallel]
async fn sort<T: Message + Ord + Clone>(items: &mut [T]) {
    if items.len() < 1000 {
        return items.sort();
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    (sort(left).par(), sort(right).par()).join().await;
    let (left, right) = (left.to_vec(), right.to_vec());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    for item in items {
        let next = if right.peek().is_none_or(|right| left.peek().is_some_and(|left| left <= right)) {
            left.next()
        } else {
            right.next()
        };
        *item = next.unwrap();
    }
}

async fn sorts() {
    let mut names: Vec<String> = (0..5000).map(|n| format!("{:04}", n * 7919 % 5003)).collect();
    sort(&mut names).await;
    assert!(names.is_sorted());
    let (names, prefix) = (VecDeque::from(names), "00");
    let found =
        names.par_iter().enumerate().lending(prefix).filter(|(prefix, (_, name))| name.starts_with(prefix));
    assert_eq!(found.count().await, names.iter().filter(|name| name.starts_with(prefix)).count());
}

#[guest_runtime::main]
async fn main() {
    words().await;
    table().await;
    graph().await;
    sorts().await;
    println!("all equal");
}
