//! Tries every operation on files and directories; the arguments are paths.
use std::fs;
use std::io::Write as _;

fn say<T>(what: &str, result: std::io::Result<T>) {
    println!("{what}: {}", if result.is_ok() { "yes" } else { "no" });
}

fn main() {
    for dir in std::env::args().skip(1) {
        say("list", fs::read_dir(&dir));
        say("read", fs::read(format!("{dir}/old")));
        say(
            "append",
            fs::OpenOptions::new()
                .append(true)
                .open(format!("{dir}/old"))
                .and_then(|mut f| f.write_all(b"!")),
        );
        say("create", fs::write(format!("{dir}/new"), "new"));
        say("mkdir", fs::create_dir(format!("{dir}/newdir")));
        say("rename", fs::rename(format!("{dir}/old"), format!("{dir}/older")));
        say("remove", fs::remove_file(format!("{dir}/older")));
        say("escape", fs::read_dir(format!("{dir}/..")));
        say("link", fs::read(format!("{dir}/link")));
    }
}
