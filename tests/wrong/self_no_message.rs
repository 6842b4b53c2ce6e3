//! A method lends its `self`, so that has to be a message.
struct Counter {
    hits: u64,
}

impl Counter {
    #[guest_runtime::parallel]
    async fn count(&mut self, n: u64) {
        self.hits += n;
    }
}

fn main() {}
