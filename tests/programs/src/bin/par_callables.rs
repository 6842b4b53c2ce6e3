//! Everything that has `.par()`: calls, closures, functions, methods and generics, with up to eight arguments.
use guest_runtime::Message;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

type Text = String;

#[guest_runtime::parallel]
#[expect(clippy::too_many_arguments, reason = "tests the maximum number of arguments")]
async fn eight(
    a: u8,
    b: Text,
    c: Vec<u16>,
    d: (),
    e: Option<Text>,
    f: Vec<u8>,
    mut g: Vec<Text>,
    h: f32,
) -> Text {
    g.push(format!("{a} {b} {c:?} {d:?} {e:?} {f:?} {h}"));
    g.join(" ")
}

#[guest_runtime::parallel]
async fn largest<T: Message + Ord>(items: Vec<T>) -> Option<T> {
    items.into_iter().max()
}

#[guest_runtime::parallel]
async fn swap<const N: usize>((a, [b, c]): (Vec<u8>, [u32; 2])) -> ([u32; 2], Vec<u8>, usize) {
    ([c, b], a, N)
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Counter<T> {
    items: Vec<T>,
}

impl<T: Message + PartialEq> Counter<T> {
    #[guest_runtime::parallel]
    async fn count(self, item: T) -> usize {
        self.items.iter().filter(|other| **other == item).count()
    }

    #[guest_runtime::parallel]
    async fn of(item: T, others: Vec<T>) -> Self {
        Self { items: [vec![item], others].concat_all() }
    }

    #[guest_runtime::parallel]
    async fn mapped<R: Message + From<T>>(mut self) -> Vec<R> {
        self.items.drain(..).map(R::from).collect()
    }

    #[guest_runtime::parallel]
    async fn first<const N: usize, R: Message + From<T>>(self) -> Vec<R> {
        self.items.into_iter().take(N).map(R::from).collect()
    }
}

trait Concat<T> {
    fn concat_all(self) -> Vec<T>;
}

impl<T, const N: usize> Concat<T> for [Vec<T>; N] {
    fn concat_all(self) -> Vec<T> {
        self.into_iter().flatten().collect()
    }
}

async fn shout(text: Text) -> Text {
    text.to_uppercase()
}

fn promised(n: u32) -> impl Future<Output = u32> {
    std::future::ready(n + 1)
}

async fn unit() {}

#[guest_runtime::main]
async fn main() {
    let text = eight(1, "b".into(), vec![3], (), Some("e".into()), vec![6], vec!["g".into()], 0.5);
    println!("{}", text.par().await);
    println!("{:?}", (largest(vec![3, 9, 4]).par(), largest(vec!["b".to_string()]).par()).join().await);
    println!("{:?}", swap::<5>((vec![1], [2, 3])).par().await);
    let counter = Counter { items: vec!['a', 'b', 'a'] };
    println!("{} {}", counter.clone().count('a').par().await, counter.clone().count('b').await);
    println!("{:?}", Counter::of(1, vec![2, 3]).par().await.items);
    println!("{:?}", counter.clone().first::<2, u32>().par().await);
    println!("{:?}", counter.mapped::<u32>().par().await);
    let (a, b) = ((async || 1).par(), (async |n: u64| n * 2).par_with(21));
    println!("{:?}", (a, b, shout.par_with("hello".into()), promised.par_with(4), unit.par()).join().await);
    let inner = async |n: u32| (async |m: u32| m + 1).par_with(n).await * 2;
    println!("{}", inner.par_with(3).await);
}
