//! Prints what the command line gave it: arguments, environment, directories.
fn main() {
    let args: Vec<String> = std::env::args().collect();
    println!("{args:?}");
    let mut env: Vec<(String, String)> = std::env::vars().collect();
    env.sort();
    println!("{env:?}");
    match std::fs::read_dir(".").or_else(|_| std::fs::read_dir("/")) {
        Ok(entries) => {
            let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
            names.sort();
            println!("{names:?}");
        }
        Err(_) => println!("no files"),
    }
}
