//! tmp
fn main() -> std::process::ExitCode {
    let args: Vec<String> = std::env::args().collect();
    let mut c = host::config::Config::new(&args[3]);
    c.cores = args[2].parse().unwrap();
    c.args = args[4..].to_vec();
    if let Ok(d) = std::env::var("DIR") {
        c.grants.dirs.push(host::config::DirGrant::read_write(d, "/"));
    }
    match host::run(&c) {
        Ok(c) => c.into(),
        Err(e) => {
            eprintln!("error: {e}");
            e.exit_code().into()
        }
    }
}
