//! A type whose serde implementation needs a self-describing format.
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Name(String),
}

#[guest_runtime::parallel]
async fn echo(id: Id) -> Id {
    id
}

#[guest_runtime::main]
async fn main() {
    for id in [Id::Number(7), Id::Name("seven".into())] {
        println!("the job {}", echo(id).par().catch().await.unwrap_err());
    }
}
