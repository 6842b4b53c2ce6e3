//! Asks for a name, on the line where it is to be typed: by std, and by the streams of this runtime.
use guest_runtime::io::{stdin, stdout};
use guest_runtime::prelude::*;

#[guest_runtime::main]
async fn main() {
    use std::io::Write as _;
    print!("name? ");
    std::io::stdout().flush().unwrap();
    let mut name = String::new();
    std::io::stdin().read_line(&mut name).unwrap();
    println!("hello {}", name.trim());

    let (mut stdin, mut stdout) = (stdin(), stdout());
    stdout.write_all(b"age? ").await.unwrap();
    stdout.flush().await.unwrap();
    let mut age = String::new();
    stdin.read_line(&mut age).await.unwrap();
    println!("so {}", age.trim());
}
