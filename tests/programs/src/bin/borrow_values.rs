//! Borrowed arguments: each of these calls gives the same result locally and as a job.
use std::collections::BTreeMap;

use guest_runtime::Message;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[guest_runtime::parallel]
async fn hello(container: &Vec<usize>) {
    println!("hello from the first future: {container:?}");
}

#[guest_runtime::parallel]
async fn add(num: &mut usize, container: &[usize]) {
    println!("hello from the second future");
    *num += container[0] + container[2];
}

/// The essay's program: "tasks force 'static, joins don't".
async fn essay() {
    let mut container = vec![1, 2, 3];
    let mut num = 0;

    let a = hello(&container).par();
    let b = add(&mut num, &container).par();

    println!("hello from the main future");
    let _ = (a, b).join().await;
    container.push(4);
    assert_eq!(num, container.len());
}

#[guest_runtime::parallel]
async fn text<'a>(words: &'a [String], between: &str, upper: bool, all: &'a mut String) -> usize {
    *all = words.join(between);
    if upper {
        all.make_ascii_uppercase();
    }
    all.len()
}

#[guest_runtime::parallel]
async fn sort<T: Message + Ord>(items: &mut [T]) {
    items.sort();
}

#[guest_runtime::parallel]
async fn swap<T>(left: &mut T, right: &mut T)
where
    T: Message,
{
    std::mem::swap(left, right);
}

#[derive(Serialize, Deserialize, Debug, PartialEq, Clone)]
struct Ledger {
    cents: BTreeMap<String, i64>,
}

impl Ledger {
    #[guest_runtime::parallel]
    async fn total(&self) -> i64 {
        self.cents.values().sum()
    }

    #[guest_runtime::parallel]
    async fn book(&mut self, name: &str, cents: i64) -> i64 {
        let balance = self.cents.entry(name.to_owned()).or_default();
        *balance += cents;
        *balance
    }

    #[guest_runtime::parallel]
    async fn renamed(mut self, from: &str, to: String) -> Self {
        if let Some(cents) = self.cents.remove(from) {
            self.cents.insert(to, cents);
        }
        self
    }
}

/// Jobs change slices of each kind in place, as the only argument and as one of several.
async fn slices() {
    macro_rules! sorted {
        ($($of:ty),*) => {
            $({
                let mut numbers = [5_u8, 3, 9, 1, 7].map(<$of>::from).to_vec();
                let at = numbers.as_ptr();
                sort(&mut numbers[1..4]).par().await;
                assert_eq!(numbers, [5_u8, 1, 3, 9, 7].map(<$of>::from));
                assert_eq!(numbers.as_ptr(), at);
            })*
        };
    }
    sorted!(u8, u16, u32, u64, i16, i32, i64, i128, char);

    let mut words = ["c", "a", "b"].map(String::from).to_vec();
    let at = words.as_ptr();
    sort(&mut words).par().await;
    assert_eq!((words.join(""), words.as_ptr()), ("abc".to_owned(), at));
    sort(&mut words[..0]).par().await;
    sort::<u64>(&mut []).par().await;

    let mut floats = [0.5_f64, -1.5];
    (async |floats: &mut [f64]| floats.iter_mut().for_each(|x| *x *= 2.0)).par_on(&mut floats[..]).await;
    assert_eq!(floats, [1.0, -3.0]);

    // Behind text, so that nothing is aligned.
    let mut numbers = vec![0_u64; 3];
    let fill = async |(name, numbers, count): (&str, &mut [u64], &mut u32)| -> String {
        numbers.fill(name.len() as u64);
        *count += 1;
        name.to_uppercase()
    };
    let mut count = 7;
    assert_eq!(fill.par_on(("abc", &mut numbers[1..], &mut count)).await, "ABC");
    assert_eq!((numbers, count), (vec![0, 3, 3], 8));
}

async fn methods_and_generics() {
    let mut ledger = Ledger { cents: BTreeMap::new() };
    assert_eq!(ledger.book("rent", -700).par().await, -700);
    assert_eq!(ledger.book("rent", 50).await, -650);
    assert_eq!(ledger.total().par().await, -650);
    let renamed = ledger.clone().renamed("rent", "home".to_owned()).par().await;
    assert_eq!(renamed, ledger.renamed("rent", "home".to_owned()).await);

    let words = ["some", "words"].map(String::from);
    let (mut here, mut there) = (String::new(), String::from("old"));
    let lengths =
        (text(&words, ", ", true, &mut here), text(&words, ", ", true, &mut there).par()).join().await;
    assert_eq!((lengths, here, there.as_str()), ((11, 11), "SOME, WORDS".to_owned(), "SOME, WORDS"));

    let (mut left, mut right) = (vec![Some(1)], vec![None, Some(2)]);
    swap(&mut left, &mut right).par().await;
    assert_eq!((left, right), (vec![None, Some(2)], vec![Some(1)]));
}

/// A borrow of a borrow of a borrow: each job reborrows its argument for a job of its own.
#[guest_runtime::parallel]
async fn merge_sort(items: &mut [u32]) {
    if items.len() < 4 {
        return items.sort_unstable();
    }
    let (left, right) = items.split_at_mut(items.len() / 2);
    (merge_sort(left).par(), merge_sort(right).par()).join().await;
    items.sort();
}

#[guest_runtime::main]
async fn main() {
    essay().await;
    slices().await;
    methods_and_generics().await;
    let mut items: Vec<u32> = (0..100).map(|n| n * 37 % 101).collect();
    merge_sort(&mut items).par().await;
    assert!(items.is_sorted());
    println!("all equal");
}
