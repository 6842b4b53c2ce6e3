//! Reads or writes the file named by its arguments, and reports when the file is open.
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write as _};

/// More than a pipe holds.
const LARGE: usize = 1 << 20;

fn open(options: &mut OpenOptions, path: &str) -> io::Result<File> {
    eprintln!("opening");
    let opened = options.open(path);
    eprintln!("open");
    opened
}

fn reading() -> OpenOptions {
    File::options().read(true).clone()
}

fn run(what: &str, path: &str) -> io::Result<String> {
    let written = |mut file: File, text: &[u8]| file.write_all(text).map(|()| "written".to_owned());
    Ok(match what {
        "read" => {
            let mut text = String::new();
            open(&mut reading(), path)?.read_to_string(&mut text)?;
            text
        }
        "read-some" => {
            let mut bytes = [1; 4];
            let read = open(&mut reading(), path)?.read(&mut bytes)?;
            format!("{:?}", &bytes[..read])
        }
        "count" => format!("{} bytes", io::copy(&mut open(&mut reading(), path)?, &mut io::sink())?),
        "write" => written(open(File::options().write(true), path)?, &vec![b'x'; LARGE])?,
        "create" => written(open(File::options().write(true).create(true).truncate(true), path)?, b"made\n")?,
        "append" => written(open(File::options().append(true), path)?, b"appended\n")?,
        "both" => {
            let mut bytes = [0; 4];
            let mut file = open(File::options().read(true).write(true), path)?;
            file.write_all(b"echo")?;
            file.read_exact(&mut bytes)?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        "list" => fs::read_dir(path)?.count().to_string(),
        // None of these opens the file.
        "around" => {
            let other = format!("{path}-moved");
            fs::metadata(path)?;
            fs::symlink_metadata(path)?;
            fs::rename(path, &other)?;
            fs::hard_link(&other, path)?;
            fs::remove_file(&other)?;
            "as ever".to_owned()
        }
        _ => panic!("{what}?"),
    })
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let (what, path) = (arguments.next().unwrap(), arguments.next().unwrap());
    match run(&what, &path) {
        Ok(text) => println!("{text}"),
        Err(error) => println!("failed: {:?}", error.kind()),
    }
}
