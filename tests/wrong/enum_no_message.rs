//! An own type needs serde's derives; the part of a type that needs them is what the error is about.
enum Mode {
    Fast,
}

#[guest_runtime::parallel]
async fn run(modes: Vec<Option<Mode>>) -> usize {
    modes.len()
}

fn main() {
    let _ = Mode::Fast;
}
