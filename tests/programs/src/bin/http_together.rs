//! As many requests at a time as the first argument says, none of which is answered before all.
use guest_runtime::http;
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() -> Result<(), http::Error> {
    let [n, url] = [1, 2].map(|n| std::env::args().nth(n).unwrap());
    let get = async || http::get(&*url).await?.into_body().text().await;
    let requests: Vec<_> = (0..n.parse().unwrap()).map(|_| get()).collect();
    let texts = requests.try_join().await?;
    assert!(texts.iter().all(|text| text == "together"));
    println!("{}", texts.len());
    Ok(())
}
