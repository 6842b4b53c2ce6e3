//! Copies stdin to stdout.
fn main() -> std::io::Result<()> {
    std::io::copy(&mut std::io::stdin(), &mut std::io::stdout()).map(drop)
}
