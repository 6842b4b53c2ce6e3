//! Parallel iteration over collections.
use guest_runtime::prelude::*;

async fn is_prime(n: u64) -> bool {
    n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d))
}

#[guest_runtime::main]
async fn main() {
    let words = ["one", "two", "three"].map(String::from);

    // A result per item, in order.
    println!("{:?}", words.par_map(async |word| word.len()).await);
    println!("{:?}", (0..5_u64).par_map(is_prime).await);

    // Each item modified in place.
    let mut loud = words.clone();
    (&mut loud).par_for_each(async |word| word.make_ascii_uppercase()).await;
    println!("{loud:?}");

    // A reduction.
    let primes = (0..200_000_u64)
        .par_reduce(async |n| usize::from(is_prime(n).await), async |a, b| a + b);
    println!("{:?}", primes.await);

    // Any matching item.
    let large = (1_000_000_000_u64..)
        .par_bridge()
        .par_find_any(async |n| is_prime(n).await.then_some(n));
    println!("{}", large.await.is_some_and(|n| n > 1_000_000_000));

    // All results, or the first error.
    let parse = async |word: &String| {
        word.parse::<u64>().map_err(|error| error.to_string())
    };
    println!("{:?}", words.par_try_map(parse).await);

    // With a value that every item needs.
    let found =
        words.lending("o").par_map(async |(letter, word)| word.find(letter));
    println!("{:?}", found.await);
}
