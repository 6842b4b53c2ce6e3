//! Makes the provider, which takes the place of a host in a portable app, a component.
//!
//! It is written as text, so that the host is built by cargo alone, without the target for WebAssembly.

use std::error::Error;
use std::path::Path;
use std::{env, fs};

use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

const TEXT: &str = "src/load/compose/provider.wat";
const WIT: &str = "wit";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={TEXT}");
    println!("cargo::rerun-if-changed={WIT}");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(WIT)?;
    let world = resolve.select_world(&[package], Some("provider"))?;
    let mut module = wat::parse_file(TEXT)?;
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)?;
    let component = ComponentEncoder::default().module(&module)?.validate(true).encode()?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("provider.wasm"), component)?;
    Ok(())
}
