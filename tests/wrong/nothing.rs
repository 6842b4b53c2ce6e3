//! Nothing is wrong: this compiles, and without a warning.
use guest_runtime::{Message, Parallel};
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Counter<T> {
    hits: T,
}

impl<T: Message + Clone> Counter<T> {
    #[guest_runtime::parallel]
    async fn count(&mut self, hits: &T, _more: (u8, [u16; 2])) {
        self.hits = hits.clone();
    }

    #[guest_runtime::parallel]
    async fn counted(&self) -> T {
        self.hits.clone()
    }

    #[guest_runtime::parallel]
    async fn into_counted(self, _name: &str, mut _names: Vec<String>) -> T {
        self.hits
    }
}

#[guest_runtime::parallel]
async fn longest<'a>(words: &'a mut [String], (_a, _b): (u8, Option<u8>), _text: &str) -> Option<String> {
    words.sort_by_key(String::len);
    words.last().cloned()
}

pub trait Shape {
    fn area(&self) -> impl Parallel<Output = f64>;
}

#[derive(Serialize, Deserialize)]
pub struct Square(pub f64);

impl Shape for Square {
    #[guest_runtime::parallel(crate = guest_runtime)]
    async fn area(&self) -> f64 {
        let area = self.0 * self.0;
        println!("{self:p} {area}");
        area
    }
}

fn sum(shapes: &[impl Shape], more: &mut f64) -> f64 {
    let areas: Vec<_> = shapes.iter().map(|shape| shape.area().par()).collect();
    let areas = areas.join().wait();
    par!([&areas, more, n = 1.0] async {
        *more += areas.iter().sum::<f64>();
        *more + n
    })
    .wait()
}

#[guest_runtime::main]
async fn main() {
    sum(&[Square(2.0)], &mut 1.0);
    let mut counter = Counter { hits: 1 };
    counter.count(&2, (1, [2, 3])).par().await;
    assert_eq!(counter.counted().par().await, 2);
    assert_eq!(counter.into_counted("name", Vec::new()).par().await, 2);
    longest(&mut [String::new()], (1, None), "text").par().await;
}
