//! Parallel iteration gives what iteration gives, over everything and however it is divided.
use guest_runtime::futures_lite::stream;
use guest_runtime::prelude::*;
use guest_runtime::time::sleep;
use std::time::Duration;

async fn square(n: u64) -> u64 {
    n * n
}

/// Each source with each kind of item.
async fn sources() {
    let squares: Vec<u64> = (0..1000).map(|n| n * n).collect();
    let numbers: Vec<u64> = (0..1000).collect();
    assert_eq!((0..1000_u64).par_map(square).await, squares);
    assert_eq!((0..=999_u64).par_map(square).await, squares);
    assert_eq!((&numbers).par_map(async |n| n * n).await, squares);
    assert_eq!(numbers[..].par_map(async |n| n * n).await, squares);
    assert_eq!(numbers.clone().par_map(square).await, squares);
    assert_eq!(numbers.iter().copied().par_bridge().par_map(square).await, squares);
    assert_eq!(stream::iter(numbers.clone()).par_bridge().par_map(square).await, squares);
    let scaled = numbers[..].lending(&7_u64).par_map(async |(factor, n)| factor * n).await;
    assert!(scaled.iter().zip(&numbers).all(|(scaled, n)| *scaled == 7 * n));

    let sums: Vec<u64> = numbers.chunks(7).map(|chunk| chunk.iter().sum()).collect();
    assert_eq!(numbers.par_chunks(7).par_map(async |chunk| chunk.iter().sum::<u64>()).await, sums);
    let mut reversed = numbers.clone();
    reversed.par_chunks_mut(7).par_for_each(async |chunk| chunk.reverse()).await;
    assert!(reversed.chunks(7).zip(numbers.chunks(7)).all(|(a, b)| a.iter().rev().eq(b)));
    let mut doubled = numbers.clone();
    (&mut doubled).par_for_each(async |n| *n *= 2).await;
    assert!(doubled.iter().zip(&numbers).all(|(doubled, n)| *doubled == 2 * n));

    let words = ["three", "long", "words"].map(String::from);
    assert_eq!((&words).par_map(async |word| word.len()).await, [5, 4, 5]);
    assert_eq!(words.to_vec().par_map(async |word: String| word + "!").await, ["three!", "long!", "words!"]);
}

/// Empty inputs, single items, and ranges up to the limits of their types.
async fn ends() {
    assert_eq!((0..0_u64).par_map(square).await, [0_u64; 0]);
    let (start, end) = (5_i8, 0);
    assert_eq!((start..end).par_map(async |n| n).await, [0; 0]);
    assert_eq!((0..1_u64).par_map(square).await, [0]);
    assert_eq!(Vec::<u64>::new().par_reduce(square, async |a, b| a + b).await, None);
    assert_eq!((0..=u8::MAX).par_map(async |n| u32::from(n)).await, (0..256).collect::<Vec<u32>>());
    assert_eq!(
        (i8::MIN..i8::MAX).par_map(async |n| n).grain(100).await,
        (i8::MIN..i8::MAX).collect::<Vec<_>>()
    );
    assert_eq!((i8::MIN..=i8::MAX).par_map(async |n| n).grain(100).await.len(), 256);
    let few = (u64::MAX - 3..=u64::MAX).par_map(async |n| n.wrapping_add(1)).await;
    assert_eq!(few, [u64::MAX - 2, u64::MAX - 1, u64::MAX, 0]);
    assert_eq!([0_u8; 0].par_chunks(3).par_map(async |chunk| chunk.len()).await, [0; 0]);
}

/// Reductions do not depend on the grain; a sum of floats would, if it were associated differently.
async fn reductions() {
    let floats: Vec<f32> = (1..5000).map(|n| 1.0 / n as f32).collect();
    let sum = || floats[..].par_reduce(async |x| *x, async |a, b| a + b);
    let once = sum().await.map(f32::to_bits);
    for grain in [1, 3, 64, 1000, 10_000] {
        assert_eq!(sum().grain(grain).await.map(f32::to_bits), once, "{grain}");
    }
    for _ in 0..20 {
        assert_eq!(sum().await.map(f32::to_bits), once);
    }
    let in_a_stream = stream::iter(floats.clone()).par_bridge().par_reduce(async |x| x, async |a, b| a + b);
    assert_eq!(in_a_stream.await.map(f32::to_bits), once);
    let text = (0..300_u32).par_reduce(async |n| n.to_string(), async |a, b| a + &b).grain(7).await;
    assert_eq!(text, Some((0..300).map(|n| n.to_string()).collect()));
}

/// The error of the first item in order is returned, even if that of a later item arrives sooner.
async fn errors() {
    let check = async |n: u32| {
        if n == 5 {
            sleep(Duration::from_millis(20)).await;
            Err("five")
        } else if n == 50 {
            Err("fifty")
        } else {
            Ok(n)
        }
        .map_err(String::from)
    };
    for grain in [1, 4, 100] {
        assert_eq!((0..100_u32).par_try_map(check).grain(grain).await, Err("five".to_owned()));
        assert_eq!((6..100_u32).par_try_map(check).grain(grain).await, Err("fifty".to_owned()));
        assert_eq!((51..100_u32).par_try_map(check).grain(grain).await, Ok((51..100).collect()));
    }
    let found = (0..1_000_000_000_u64).par_find_any(async |n| (n * n == 1_522_756).then_some(n)).await;
    assert_eq!(found, Some(1234));
    assert_eq!((0..10_000_u64).par_find_any(async |n| (n > 10_000).then_some(n)).await, None);
}

/// In order with the slowest first, and without end.
async fn streams() {
    let slow_first = async |n: u64| {
        sleep(Duration::from_millis(if n == 0 { 20 } else { 0 })).await;
        n
    };
    let mut in_order = (0_u64..).par_bridge().par_map(slow_first).grain(1).limit(4).stream();
    for n in 0..100 {
        assert_eq!(in_order.next().await, Some(n));
    }
    let mut as_they_come = (0_u64..).par_bridge().par_map(slow_first).grain(1).limit(4).unordered();
    assert_ne!(as_they_come.next().await, Some(0));
    let all: Vec<u64> = (0..1000_u64).par_map(square).stream().collect().await;
    assert_eq!(all, (0..1000).map(|n| n * n).collect::<Vec<_>>());
}

#[guest_runtime::main]
async fn main() {
    sources().await;
    ends().await;
    reductions().await;
    errors().await;
    streams().await;
    println!("all equal");
}
