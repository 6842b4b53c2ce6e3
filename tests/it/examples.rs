//! The examples, as their readers would run them.

use std::collections::BTreeMap;
use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::{TempDir, tempdir};
use tests::App;

#[test]
fn primes() {
    for (below, count) in [("0", "0"), ("3", "1"), ("100000", "9592"), ("1000001", "78498")] {
        for cores in [1, 2, 8] {
            App::new("primes").cores(cores).arg(below).run().stdout(&format!("{count}\n")).exit(0);
        }
    }
}

#[test]
fn sort() {
    let text = |count: u32, cores| {
        let output = App::new("sort").cores(cores).arg(count.to_string()).run();
        output.exit(0);
        output.text()
    };
    for count in [0, 1, 2, 9_999, 10_000, 100_003, 1_000_001] {
        let one = text(count, 1);
        for cores in [2, 3, 8] {
            assert_eq!(text(count, cores), one, "{cores} cores");
        }
    }
    assert_eq!(text(2, 1), "2 numbers, checksum 00000002484e5b19\n");
}

#[test]
fn matmul() {
    let text = |n: u32, cores| {
        let output = App::new("matmul").cores(cores).arg(n.to_string()).run();
        output.exit(0);
        output.text()
    };
    // It checks itself, so here is to see that no sum was done in another order.
    for n in [1, 2, 3, 63, 64, 131, 256] {
        let one = text(n, 1);
        for cores in [2, 3, 8] {
            assert_eq!(text(n, cores), one, "{cores} cores");
        }
    }
}

/// Text with repetitions far and near, and noise in between; the same in each run.
fn content(size: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut bytes = Vec::with_capacity(size + 64);
    while bytes.len() < size {
        match random() % 8 {
            0 => bytes.extend(random().to_le_bytes()),
            1 if bytes.len() > 100_000 => {
                let from = bytes.len() - 100_000 + (random() % 90_000) as usize;
                bytes.extend_from_within(from..from + 300);
            }
            n => bytes.extend(format!("{n} lines of {} words\n", random() % 100).bytes()),
        }
    }
    bytes.truncate(size);
    bytes
}

/// What gzip makes of a file, with these arguments.
#[track_caller]
fn gzip(dir: &TempDir, arguments: &[&str]) -> Vec<u8> {
    let output = Command::new("gzip").args(arguments).current_dir(dir).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "gzip {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[track_caller]
fn pgzip(dir: &TempDir, cores: usize, arguments: &[&str]) {
    let app = App::new("pgzip").cores(cores).dir(dir.path(), ".");
    arguments.iter().fold(app, |app, argument| app.arg(*argument)).run().stdout("").exit(0);
}

#[test]
fn pgzip_is_gzip() {
    let sizes = [0, 1, 2, 1_000, 128 << 10, (128 << 10) + 1, 1 << 20, 20_000_000];
    let content = content(20_000_000);
    for size in sizes {
        let dir = tempdir().unwrap();
        fs::write(dir.path().join("file"), &content[..size]).unwrap();
        pgzip(&dir, 2, &["file"]);
        gzip(&dir, &["-t", "file.gz"]);
        assert!(gzip(&dir, &["-dc", "file.gz"]) == content[..size], "{size} bytes");
        pgzip(&dir, 2, &["-d", "file.gz", "-o", "back"]);
        assert!(fs::read(dir.path().join("back")).unwrap() == content[..size], "{size} bytes");
    }
}

#[test]
fn pgzip_reads_what_gzip_writes() {
    let dir = tempdir().unwrap();
    let content = content(3_000_000);
    fs::write(dir.path().join("file"), &content).unwrap();
    gzip(&dir, &["-k", "file"]);
    pgzip(&dir, 2, &["-d", "file.gz", "-o", "back"]);
    assert!(fs::read(dir.path().join("back")).unwrap() == content);
}

#[test]
fn pgzip_does_not_depend_on_cores() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("file"), content(3_000_000)).unwrap();
    for (cores, name) in [(1, "1.gz"), (2, "2.gz"), (8, "8.gz")] {
        pgzip(&dir, cores, &["-o", name, "file"]);
    }
    let [one, two, eight] = ["1.gz", "2.gz", "8.gz"].map(|name| fs::read(dir.path().join(name)).unwrap());
    assert!(one == two && two == eight);
}

#[test]
fn pgzip_says_what_is_wrong() {
    let dir = tempdir().unwrap();
    fs::write(dir.path().join("no.gz"), "not compressed").unwrap();
    let run = |arguments: &[&str]| {
        let app = App::new("pgzip").cores(2).dir(dir.path(), ".");
        arguments.iter().fold(app, |app, argument| app.arg(*argument)).run()
    };
    run(&["missing"]).stderr_has("missing").exit(1);
    run(&["-d", "no.gz"]).stderr_has("no.gz").exit(1);
    run(&[]).stderr_has("usage").exit(2);
    assert!(!dir.path().join("no").exists(), "what failed left nothing");
}

/// The size of a picture, and its pixels.
fn decode(path: &Path) -> (u32, u32, Vec<u8>) {
    let mut reader = png::Decoder::new(BufReader::new(fs::File::open(path).unwrap())).read_info().unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut pixels).unwrap();
    (info.width, info.height, pixels)
}

#[test]
fn mandelbrot() {
    let dir = tempdir().unwrap();
    let [one, two] = [1, 2].map(|cores| {
        let name = format!("{cores}.png");
        let app = App::new("mandelbrot").cores(cores).dir(dir.path(), ".");
        app.arg("--size").arg("200x100").arg("-o").arg(&*name).run().exit(0);
        dir.path().join(name)
    });
    let (width, height, pixels) = decode(&one);
    assert_eq!((width, height), (200, 100));
    assert!(pixels.iter().any(|byte| *byte != pixels[0]), "one colour");
    assert!(fs::read(&one).unwrap() == fs::read(&two).unwrap(), "depends on the number of cores");
}

#[test]
fn wordcount() {
    let dir = tempdir().unwrap();
    let mut counts = BTreeMap::<String, u64>::new();
    let mut state = 1_u64;
    for file in 0..60 {
        let path = dir.path().join(format!("tree/{}/{}/file-{file}", file % 3, file % 5));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut text = String::new();
        for _ in 0..file * 20 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let number = (state >> 40) % 100;
            text += &format!("Wort-{number}, grün{}\n", number % 7);
            for word in [format!("{number}"), "wort".into(), format!("grün{}", number % 7)] {
                *counts.entry(word).or_default() += 1;
            }
        }
        fs::write(path, text).unwrap();
    }
    let mut counts: Vec<_> = counts.into_iter().map(|(word, count)| (u64::MAX - count, word)).collect();
    counts.sort();
    let lines = counts.iter().map(|(count, word)| format!("{:>8} {word}\n", u64::MAX - count));
    let expected: String = lines.take(50).collect();
    for cores in [1, 2, 8] {
        let app = App::new("wordcount").cores(cores).dir(dir.path(), ".");
        app.arg("tree").arg("-n").arg("50").run().stdout(&expected).exit(0);
    }
}

#[test]
fn essay() {
    let text = |cores| {
        let output = App::new("essay").cores(cores).run();
        output.exit(0);
        output.text()
    };
    let one = text(1);
    assert!(one.lines().count() > 5 && one.lines().all(|line| line.ends_with(": ok")), "{one}");
    assert_eq!(one, text(2));
    assert_eq!(one, text(8));
}
