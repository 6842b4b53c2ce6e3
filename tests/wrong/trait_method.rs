//! A trait declares what its implementations return.
trait Shape {
    #[guest_runtime::parallel]
    async fn area(&self) -> f64;
}

fn main() {}
