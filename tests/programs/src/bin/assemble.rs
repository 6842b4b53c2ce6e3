//! Assembles every WebAssembly text in the granted directory: `name.wat` becomes `name.wasm`.
use std::fs;
use std::path::Path;

fn main() {
    for entry in fs::read_dir("/").unwrap() {
        let path = Path::new("/").join(entry.unwrap().file_name());
        if path.extension().is_some_and(|extension| extension == "wat") {
            let component = wat::parse_file(&path).unwrap_or_else(|error| panic!("{error}"));
            // The file appears complete or not at all.
            fs::write(path.with_extension("part"), component).unwrap();
            fs::rename(path.with_extension("part"), path.with_extension("wasm")).unwrap();
        }
    }
}
