//! The same behind an alias, which a macro cannot see through.
#[guest_runtime::parallel]
async fn length(path: String) -> std::io::Result<u64> {
    Ok(std::fs::metadata(path)?.len())
}

fn main() {}
