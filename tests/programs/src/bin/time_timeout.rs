//! `timeout`: on time, too late, and when the future is dropped.
use std::time::Duration;

use guest_runtime::time::{sleep, timeout};

struct Noisy(&'static str);

impl Drop for Noisy {
    fn drop(&mut self) {
        println!("{} dropped", self.0);
    }
}

#[guest_runtime::main]
async fn main() {
    let (short, hour) = (Duration::from_millis(1), Duration::from_secs(3600));
    println!("{:?}", timeout(hour, async { 7 }).await.ok());
    println!("{:?}", timeout(Duration::ZERO, async { 8 }).await.ok());
    println!("{:?}", timeout(hour, sleep(short)).await.is_ok());
    let noisy = async |name, duration| {
        let _noisy = Noisy(name);
        sleep(duration).await;
    };
    println!("{}", timeout(short, noisy("late", hour)).await.unwrap_err());
    println!("{:?}", timeout(hour, timeout(short, noisy("inner", hour))).await.unwrap().is_err());
    println!("{:?}", timeout(short, timeout(hour, noisy("outer", hour))).await.is_err());
    println!("{:?}", timeout(Duration::MAX, noisy("quick", short)).await.is_ok());
}
