//! Works with buckets of `wasi:keyvalue`: its argument selects what it does.

mod bindings;

use bindings::wasi::keyvalue::atomics::increment;
use bindings::wasi::keyvalue::batch::{delete_many, get_many, set_many};
use bindings::wasi::keyvalue::store::{Bucket, open};

fn main() {
    match std::env::args().nth(1).unwrap_or_default().as_str() {
        "list" => list(),
        "change" => change(),
        "count" => count(),
        "several" => several(),
        "copies" => copies(),
        "hoard" => hoard(),
        "hoard buckets" => loop {
            std::mem::forget(open("").unwrap());
        },
        "large" => large(),
        other => panic!("there is no {other:?}"),
    }
}

fn list() {
    let bucket = open("").unwrap();
    println!("{:?}", keys(&bucket));
    for key in keys(&bucket) {
        println!("{key}: {}", text(&bucket, &key));
    }
    println!("{:?}", bucket.list_keys(Some(u64::MAX)));
    println!("{:?} {:?}", bucket.get("missing"), open("other").map(drop));
}

fn change() {
    let bucket = open("").unwrap();
    bucket.set("a", b"new").unwrap();
    bucket.set("b", b"").unwrap();
    bucket.delete("c").unwrap();
    bucket.delete("c").unwrap();
    println!("{:?} {} {}", keys(&bucket), text(&bucket, "a"), text(&bucket, "b"));
    println!("{:?} {:?}", bucket.exists("b"), bucket.exists("c"));
}

fn count() {
    let bucket = open("").unwrap();
    println!("{:?} {:?}", increment(&bucket, "n", 5), increment(&bucket, "n", 0));
    println!("{:?}", increment(&bucket, "n", u64::MAX));
    for value in [b"x".as_slice(), b"", b" 1", b"+1", b"-1", b"\xff"] {
        bucket.set("n", value).unwrap();
        println!("{:?}", increment(&bucket, "n", 1));
    }
}

fn several() {
    let bucket = open("").unwrap();
    set_many(&bucket, &[("x".into(), b"1".into()), ("y".into(), b"2".into())]).unwrap();
    let names = ["x", "none", "x", "y"].map(String::from);
    println!("{:?}", get_many(&bucket, &names));
    delete_many(&bucket, &names).unwrap();
    println!("{:?}", get_many(&bucket, &names));
}

/// Buckets share nothing.
fn copies() {
    let (one, other) = (open("").unwrap(), open("").unwrap());
    one.set("only", b"here").unwrap();
    println!("{} {}", text(&one, "only"), text(&other, "only"));
    drop(one);
    println!("{}", text(&open("").unwrap(), "only"));
}

fn hoard() {
    let bucket = open("").unwrap();
    for n in 0_u64.. {
        bucket.set(&n.to_string(), &[1; 50_000]).unwrap();
    }
}

/// One large value that a list names a thousand times.
fn large() {
    let bucket = open("").unwrap();
    bucket.set("a", &vec![1; 10 << 20]).unwrap();
    let names = vec!["a".to_owned(); 1_000];
    println!("{:?}", get_many(&bucket, &names).map(|found| found.len()));
}

fn keys(bucket: &Bucket) -> Vec<String> {
    let mut keys = bucket.list_keys(None).unwrap().keys;
    keys.sort();
    keys
}

fn text(bucket: &Bucket, key: &str) -> String {
    match bucket.get(key).unwrap() {
        Some(value) => format!("{:?}", String::from_utf8_lossy(&value)),
        None => "none".into(),
    }
}
