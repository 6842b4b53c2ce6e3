//! Temporary.
fn main() {
    println!(
        "{:#?}",
        host::cli::parse(std::env::args_os()).unwrap_or_else(|e| e.exit())
    );
}
