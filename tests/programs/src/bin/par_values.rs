//! Values of many types make a round trip to a job.
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use guest_runtime::Message;
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Shape {
    Point,
    Circle { radius: f64 },
    Path(Vec<(f32, f32)>),
    Group(Vec<Shape>),
}

#[guest_runtime::parallel]
async fn echo<T: Message>(value: T) -> T {
    value
}

async fn check<T: Message + Clone + PartialEq + std::fmt::Debug>(value: T) {
    assert_eq!(echo(value.clone()).par().await, value);
    // As one of several arguments, and inside something else, it is written differently.
    assert_eq!((async |pair| pair).par_with((value.clone(), 1_u8)).await, (value.clone(), 1));
    assert_eq!(echo(Some(vec![value.clone()])).par().await, Some(vec![value]));
}

#[guest_runtime::main]
async fn main() {
    check(()).await;
    check(true).await;
    check((u8::MAX, u16::MAX, u32::MAX, u64::MAX, u128::MAX, usize::MAX)).await;
    check((i8::MIN, i16::MIN, i32::MIN, i64::MIN, i128::MIN, isize::MIN)).await;
    check((f32::MIN_POSITIVE, f64::MAX, -0.0_f64, f32::INFINITY)).await;
    check('\u{10ffff}').await;
    check(String::new()).await;
    check("grüße \0 \u{1f980}".to_string()).await;
    check(Vec::<u8>::new()).await;
    check(vec![i64::MIN, 0, i64::MAX]).await;
    check(vec![Some("a".to_string()), None]).await;
    check([[1_u16; 3]; 2]).await;
    check(Some(Some(()))).await;
    check(Err::<u8, String>("no".into())).await;
    check(BTreeMap::from([(1, "one".to_string()), (2, "two".to_string())])).await;
    check(HashMap::from([("k".to_string(), vec![1.5_f64])])).await;
    check(Duration::new(3, 4)).await;
    check(std::path::PathBuf::from("a/b")).await;
    check(0..u64::MAX).await;
    let shapes = vec![Shape::Point, Shape::Circle { radius: 0.5 }, Shape::Path(vec![(1.0, 2.0)])];
    check(Shape::Group(shapes)).await;
    let nan = f64::from_bits(0x7ff8_dead_beef_0001);
    assert_eq!(echo(nan).par().await.to_bits(), nan.to_bits());
    assert_eq!(echo(vec![nan]).par().await[0].to_bits(), nan.to_bits());
    println!("all equal");
}
