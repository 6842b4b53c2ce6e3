//! A large value that many jobs read.
use std::collections::BTreeMap;

use guest_runtime::Shared;
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn translate(
    text: &str,
    dictionary: &Shared<BTreeMap<String, String>>,
) -> String {
    let word = |word| dictionary.get(word).map_or(word, String::as_str);
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

#[guest_runtime::main]
async fn main() {
    let words = [("guten", "good"), ("Tag", "day"), ("Abend", "evening")];
    let dictionary: BTreeMap<_, _> = words
        .into_iter()
        .map(|(german, english)| (german.into(), english.into()))
        .collect();
    let dictionary = Shared::new(dictionary);

    let day = translate("guten Tag", &dictionary).par();
    let evening = translate("guten Abend", &dictionary).par();
    println!("{:?}", (day, evening).join().await);

    // Used with many items, it is sent once per instance.
    let words = ["Tag", "Nacht"].map(String::from);
    let known = words
        .lending(&dictionary)
        .par_map(async |(dictionary, word)| dictionary.contains_key(word));
    println!("{:?}", known.await);
}
