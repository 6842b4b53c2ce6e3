//! Three ticks, ten milliseconds apart, with wstd.
use wstd::iter::AsyncIterator;
use wstd::time::Duration;
use wstd::time::interval;

#[wstd::main]
async fn main() {
    let mut ticks = interval(Duration::from_millis(10));
    for _ in 0..3 {
        ticks.next().await;
        println!("tick");
    }
}
