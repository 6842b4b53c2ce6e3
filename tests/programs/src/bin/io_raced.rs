//! Races reading stdin against a timer, and says when the timer has won often enough.
use std::time::Duration;

use guest_runtime::io;
use guest_runtime::prelude::*;
use guest_runtime::time::timeout;

#[guest_runtime::main]
async fn main() -> io::Result<()> {
    let mut stdin = io::stdin();
    let (mut all, mut lost) = (Vec::new(), 0);
    let mut piece = [0; 7];
    loop {
        match timeout(Duration::from_micros(100), stdin.read(&mut piece)).await {
            Ok(length) => match length? {
                0 => break,
                length => {
                    all.extend_from_slice(&piece[..length]);
                    lost = 0;
                }
            },
            Err(_) => {
                lost += 1;
                if lost == 10 {
                    println!("{}", all.len());
                }
            }
        }
    }
    print!("{}", String::from_utf8_lossy(&all));
    Ok(())
}
