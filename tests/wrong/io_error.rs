//! The part of a result that is no message.
#[guest_runtime::parallel]
async fn length(path: String) -> Result<u64, std::io::Error> {
    Ok(std::fs::metadata(path)?.len())
}

fn main() {}
