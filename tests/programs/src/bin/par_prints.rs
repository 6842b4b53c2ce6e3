//! What a job prints without a newline is not lost in the buffer of an instance.
use guest_runtime::prelude::*;

#[guest_runtime::parallel]
async fn say(text: String) {
    print!("{text} ");
    eprint!("{text} ");
}

#[guest_runtime::main]
async fn main() {
    for n in 0..20 {
        say(n.to_string()).par().await;
    }
    print!("end");
}
