//! The same of an option.
#[guest_runtime::parallel]
async fn length(text: Option<&String>) -> usize {
    text.map_or(0, |text| text.len())
}

fn main() {}
