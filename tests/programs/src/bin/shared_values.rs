//! A value that many jobs read: encoded once, and decoded once per instance.
use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use guest_runtime::prelude::*;
use guest_runtime::{Failure, Shared};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

static WRITTEN: AtomicU32 = AtomicU32::new(0);
static READ: AtomicU32 = AtomicU32::new(0);
static DROPPED: AtomicU32 = AtomicU32::new(0);

/// A value that counts how often it is decoded and dropped in this instance.
struct Counted(Vec<u64>);

impl Serialize for Counted {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WRITTEN.fetch_add(1, Ordering::Relaxed);
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Counted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        READ.fetch_add(1, Ordering::Relaxed);
        Vec::deserialize(deserializer).map(Self)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        DROPPED.fetch_add(1, Ordering::Relaxed);
    }
}

/// Returns the sum, and how often its instance has decoded and dropped such a value.
#[guest_runtime::parallel]
async fn sum(numbers: &Shared<Counted>, more: u64) -> (u64, u32, u32) {
    (numbers.0.iter().sum::<u64>() + more, READ.load(Ordering::Relaxed), DROPPED.load(Ordering::Relaxed))
}

/// Owns its shared value, and passes it on to a job of its own.
#[guest_runtime::parallel]
async fn sum_of(numbers: Shared<Counted>, depth: u32) -> u64 {
    if depth == 0 { sum(&numbers, 0).par().await.0 } else { sum_of(numbers, depth - 1).par().await }
}

#[guest_runtime::main]
async fn main() {
    let numbers = Shared::new(Counted((0..1000).collect()));
    let expected: u64 = (0..1000).sum();
    for round in 0..100 {
        let jobs: Vec<_> = (0..10).map(|more| sum(&numbers, more).par()).collect();
        for (more, (sum, read, dropped)) in (0..).zip(jobs.join().await) {
            assert_eq!((sum, read, dropped), (expected + more, 1, 0), "round {round}");
        }
    }
    assert_eq!(WRITTEN.load(Ordering::Relaxed), 1);
    assert_eq!(sum(&numbers, 1).await.0, expected + 1);
    assert_eq!(sum_of(numbers.clone(), 3).par().await, expected);
    let sums = (0..1000_usize).lending(&numbers).par_map(async |(numbers, n)| numbers.0[n]).await;
    assert_eq!(sums, numbers.0);

    // Two values that alternate stay decoded in their instances; a value dropped here is dropped there, too.
    let other = Shared::new(Counted(vec![7]));
    for _ in 0..20 {
        assert_eq!((sum(&numbers, 0).par(), sum(&other, 0).par()).join().await.1.0, 7);
    }
    let reads = sum(&other, 0).par().await.1;
    assert!(reads <= 2, "{reads} reads of two values in one instance");
    drop((numbers, other));
    for n in 0..10 {
        let next = Shared::new(Counted(vec![n]));
        let (sum, read, dropped) = sum(&next, 0).par().await;
        assert_eq!(sum, n);
        // Another core may have run the job in an instance that had not read a value before.
        assert!(dropped + 1 >= read, "{read} read and {dropped} dropped");
    }

    // The future of an owned one keeps it. If it is given up before the job starts, it yields no value.
    let kept = sum_of(Shared::new(Counted(vec![1])), 0).par();
    assert_eq!(kept.await, 1);

    // It counts against the memory of the run.
    let large = Shared::new(vec![0_u8; 200 << 20]);
    let length = async |large: &Shared<Vec<u8>>| large.len();
    let outcome = length.par_on(&large).catch().await;
    let Err(Failure::OutOfMemory(excess)) = outcome else { panic!("{outcome:?}") };
    assert!(excess.setting.contains("memory"), "{excess:?}");
    let dropped = Cell::new(large);
    drop(dropped);
    println!("all equal");
}
