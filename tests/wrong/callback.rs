//! A function is no message.
#[guest_runtime::parallel]
async fn apply(function: Box<dyn Fn(u64) -> u64>) -> u64 {
    function(1)
}

fn main() {}
