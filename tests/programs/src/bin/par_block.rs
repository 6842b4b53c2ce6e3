//! `par!`: local variables by value, `&` and `&mut`, of functions, methods and generic functions.
use std::time::Duration;

use guest_runtime::prelude::*;
use guest_runtime::{Message, Sender, Shared, stream, time};
use serde::{Deserialize, Serialize};

/// Variables that are borrows already: `&name` and `name` both lend the value that they point to.
async fn of_borrows(words: &[String], text: &str, total: &mut usize, numbers: &mut Vec<u64>) {
    par!([words, text, total] async { *total += words.len() + text.len() }).await;
    par!([&words, &text, total, numbers] async {
        *total += words.len() + text.len();
        numbers.push(*total as u64);
    })
    .await;
    let last = par!([&numbers] async { numbers.last().copied() }).await;
    println!("{total} {numbers:?} {last:?}");
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Account {
    cents: u64,
    owner: String,
}

impl Account {
    async fn grow(&mut self, percent: u64) -> u64 {
        let job = par!([cents = &mut self.cents, percent] async {
            let interest = *cents * percent / 100;
            *cents += interest;
            interest
        });
        job.await
    }

    async fn shown(&self) -> String {
        par!([this = self] async { format!("{this:?}") }).await
    }
}

async fn largest<T: Message + Ord + Clone>(items: &[T]) -> Option<T> {
    let half = items.len() / 2;
    let (left, right) = items.split_at(half);
    let halves = [left, right].map(|part| par!([part] async { part.iter().max().cloned() }));
    halves.join().await.into_iter().flatten().max()
}

/// A block has blocks of its own.
async fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = (n - 1, n - 2);
    let jobs = (par!([a] async { Box::pin(fib(a)).await }), par!([b] async { Box::pin(fib(b)).await }));
    let (a, b) = jobs.join().await;
    a + b
}

async fn eight() -> usize {
    let (a, b, c, d) = (1_u8, String::from("bc"), vec![3_u16], [4_u32, 5]);
    let (mut e, mut f, g, mut h) = (String::new(), vec![6_u8], 'g', 0_usize);
    let job = par!([a, b, &c, &d, &mut e, &mut f, g, &mut h] async {
        e.push_str(&format!("{a} {b} {c:?} {d:?} {g}"));
        f.push(a);
        *h = e.len() + f.len();
    });
    job.await;
    println!("{e} {f:?} {h}");
    d.len() + c.len()
}

fn parsed(text: &str) -> impl Future<Output = Result<u32, String>> {
    par!([text] async {
        if text.is_empty() {
            return Err("nothing".to_string());
        }
        let number: u32 = text.parse().map_err(|_| format!("{text} is no number"))?;
        time::sleep(Duration::from_millis(1)).await;
        Ok(number)
    })
}

#[guest_runtime::main]
async fn main() {
    println!("{:?}", (par!([] async { 1 }), par!(async { 2 }), par!(async move { 3 })).join().await);

    let (words, n) = (["one", "two", "three"].map(String::from), 2);
    let mut total = 0;
    let job = par!([&words, &mut total, n] async {
        *total += words.iter().map(String::len).sum::<usize>() * n;
    });
    job.await;
    println!("{total} {}", words.len() + n);

    let mut numbers = vec![1, 2];
    of_borrows(&words, "text", &mut total, &mut numbers).await;

    // A value may be changed, and be the value of an expression; a borrow in it lives long enough.
    let counted = par!([mut n, lengths = words.iter().map(String::len).collect::<Vec<_>>()] async {
        n += lengths.iter().sum::<usize>();
        n
    });
    let rest = String::from("rest");
    let parts = par!([first = &words[..1], rest = &[rest][..]] async { [first, rest].concat() }).await;
    println!("{:?}", (counted.await, parts));

    let mut account = Account { cents: 200, owner: "me".into() };
    println!("{} {} {}", account.grow(5).await, account.cents, account.shown().await);
    println!("{:?} {:?}", largest(&words).await, largest(&[3, 9, 4]).await);
    println!("{} {}", fib(7).await, eight().await);
    println!("{:?}", [parsed("12"), parsed(""), parsed("x")].join().await);

    // Senders and shared values go into the list as they are.
    let shared = Shared::new((0..1000_u64).collect::<Vec<_>>());
    let sums =
        [0, 500].map(|from| par!([&shared, from] async { shared[from..from + 500].iter().sum::<u64>() }));
    println!("{:?}", sums.join().await);
    let sent = stream(|out: Sender<u32>| par!([out] async { (0..5).for_each(|_| ()); out.send(7).await }));
    println!("{:?}", sent.collect::<Vec<_>>().await);

    // A future of the block that is not polled moves nothing and changes nothing.
    let mut unchanged = 1;
    drop(par!([&mut unchanged] async { *unchanged = 2 }));
    println!("{unchanged}");
}
