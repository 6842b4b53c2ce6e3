//! A program on tokio's own executor and timers.
use std::time::Duration;
use tokio::sync::mpsc;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let (sender, mut receiver) = mpsc::channel(1);
    let counting = tokio::spawn(async move {
        for n in 0..3 {
            tokio::time::sleep(Duration::from_millis(1)).await;
            sender.send(n).await.unwrap();
        }
        "counted"
    });
    while let Some(n) = receiver.recv().await {
        println!("{n}");
    }
    println!("{}", counting.await.unwrap());
    let late = tokio::time::timeout(Duration::from_millis(1), std::future::pending::<()>()).await;
    println!("{}", late.unwrap_err());
}
