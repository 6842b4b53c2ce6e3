//! Assembles the components of the corpus and of other tests from text.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

const FOLDERS: [&str; 3] = ["../corpus/component", "../../host/cli/tests/hostile", "../../tests/plugs"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut texts = Vec::new();
    for folder in FOLDERS {
        println!("cargo::rerun-if-changed={folder}");
        let paths = fs::read_dir(folder)?.map(|entry| Ok(entry?.path()));
        let paths = paths.collect::<Result<Vec<PathBuf>, std::io::Error>>()?;
        texts.extend(paths.into_iter().filter(|path| path.extension().is_some_and(|end| end == "wat")));
    }
    texts.sort();
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let mut list = String::from("&[\n");
    for text in &texts {
        println!("cargo::rerun-if-changed={}", text.display());
        let name = text.file_stem().and_then(|name| name.to_str()).ok_or("a text has a name")?;
        let component: &Path = &out.join(name).with_extension("wasm");
        fs::write(component, wat::parse_file(text)?)?;
        list += &format!("({name:?}, include_bytes!({component:?})),\n");
    }
    fs::write(out.join("components.rs"), list + "]\n")?;
    Ok(())
}
