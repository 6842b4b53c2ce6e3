//! The command line, grants, the cache, and the standard streams.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use tempfile::tempdir;
use tests::{App, Output, Running, guest, host};

/// Runs the host with these arguments; `APP` stands for a program that prints its environment.
#[track_caller]
fn typed(arguments: &str) -> Output {
    let app = guest("cli_surroundings");
    let mut command = host();
    command
        .args(arguments.split(' ').map(|word| if word == "APP" { app.as_os_str() } else { word.as_ref() }));
    Running::start(command).end()
}

#[test]
fn arguments_of_the_host_and_of_the_app() {
    let name = guest("cli_surroundings");
    let name = name.file_name().unwrap().to_str().unwrap();
    let table: [(&str, &[&str]); 10] = [
        ("run APP", &[]),
        ("run --cores 2 APP one two", &["one", "two"]),
        ("run APP --cores 2 one --cores 3", &["one", "--cores", "3"]),
        ("run APP --cores=2 -- --cores 3", &["--cores", "3"]),
        ("run APP -- --help", &["--help"]),
        ("run APP one -- two", &["one", "--", "two"]),
        ("run APP -x --cores 3", &["-x", "--cores", "3"]),
        ("run -- APP --cores 3", &["--cores", "3"]),
        ("run APP -", &["-"]),
        ("run APP one --version -h", &["one", "--version", "-h"]),
    ];
    for (arguments, expected) in table {
        let output = typed(arguments);
        output.exit(0);
        let text = output.text();
        let (first, rest) = text.split_once('\n').unwrap();
        let expected = expected.iter().map(|argument| format!(", {argument:?}")).collect::<String>();
        assert!(first.ends_with(&format!("{name}\"{expected}]")), "{arguments}: {first}");
        assert_eq!(rest, "[]\nno files\n", "{arguments}: nothing is granted by default");
    }
    typed("run --argv0 me APP").stdout("[\"me\"]\n[]\nno files\n").exit(0);
}

#[test]
fn environment() {
    typed("run --argv0 a --env A=1 --env B= --env A=2=3 APP")
        .stdout("[\"a\"]\n[(\"A\", \"1\"), (\"A\", \"2=3\"), (\"B\", \"\")]\nno files\n");
    let mut command = host();
    command.env_clear().env("INHERITED", "yes").env("OTHER", "no");
    command.args(["run", "--no-cache", "--argv0", "a", "--env", "INHERITED", "--env", "UNSET"]);
    command.arg(guest("cli_surroundings"));
    Running::start(command).end().stdout("[\"a\"]\n[(\"INHERITED\", \"yes\")]\nno files\n").exit(0);
}

#[test]
fn directories() {
    let outer = tempdir().unwrap();
    fs::write(outer.path().join("secret"), "secret").unwrap();
    let dirs: Vec<_> = ["read-write", "read-only"].iter().map(|name| outer.path().join(name)).collect();
    for dir in &dirs {
        fs::create_dir(dir).unwrap();
        fs::write(dir.join("old"), "old").unwrap();
        std::os::unix::fs::symlink("../secret", dir.join("link")).unwrap();
    }
    let files =
        App::new("cli_files").dir(&dirs[0], "/rw").dir(&dirs[1], "/ro:ro").arg("/rw").arg("/ro").run();
    let yes = "list: yes\nread: yes\nappend: yes\ncreate: yes\nmkdir: yes\nrename: yes\nremove: yes\n";
    let no = "list: yes\nread: yes\nappend: no\ncreate: no\nmkdir: no\nrename: no\nremove: no\n";
    let outside = "escape: no\nlink: no\n";
    files.stdout(&format!("{yes}{outside}{no}{outside}")).exit(0);
    assert_eq!(fs::read_to_string(dirs[1].join("old")).unwrap(), "old");
    assert_eq!(fs::read_dir(&dirs[1]).unwrap().count(), 2);
    assert!(dirs[0].join("new").exists() && !dirs[0].join("old").exists());
}

#[test]
fn network() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    // The thread ends with the test process.
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            stream.unwrap().write_all(b"hello").unwrap();
        }
    });
    let app = || App::new("cli_network").cores(2).arg(&*address);
    app().run().stdout("no network\nno network\n").exit(0);
    app().option("-S").option("inherit-network").run().stdout("hello\nhello\n").exit(0);
}

/// Once, however often it is denied. What the app prints of a denial has neither the path nor the option.
#[test]
fn a_warning_names_the_grant_that_is_missing() {
    let failed = App::new("solo").arg("files").arg("/missing").run();
    failed.exit(1).stderr_has(
        "\nwarning: the app opens a path, and no directory is granted; --dir . grants the current one\n",
    );
    let udp = App::new("net_udp_echo").run();
    udp.stderr_has("warning: a UDP socket was denied; -S inherit-network grants them\n");
}

/// The stderr of an app that gets on without a grant is its own.
#[test]
fn an_app_that_does_without_a_grant_is_not_warned() {
    App::new("cli_files").arg("/missing").arg("/other").run().exit(0).stderr("");
    App::new("cli_network").cores(2).arg("127.0.0.1:1").run().exit(0).stderr("");
    let lookup = App::new("net_lookup").arg("localhost:80").arg("localhost:81").run();
    lookup.stdout("PermissionDenied\nPermissionDenied\n").exit(0).stderr("");
}

#[test]
fn two_directories_with_one_name() {
    let (one, other) = (tempdir().unwrap(), tempdir().unwrap());
    let output = App::new("cli_surroundings").dir(one.path(), "/x").dir(other.path(), "/x/").run();
    output.exit(2).stderr_is_one_line().stderr_has("another one is named /x/ in the guest too (--dir)");
}

#[test]
fn options_of_wasi() {
    let app = || App::new("solo").option("-S");
    app().option("cwd=/some/where").arg("environment").run().stdout_has("Some(\"/some/where\")").exit(0);
    app().option("inherit-stdin=n").arg("stdin").arg("9").stdin("text").run().stdout_has("0 bytes, closed");
    let config = App::new("wasi_config").option("-S").option("config-var=a=1,config-var=b=2,config-var=a=3");
    config
        .arg("a")
        .arg("c")
        .run()
        .stdout("[(\"a\", \"3\"), (\"b\", \"2\")]\na: Some(\"3\")\nc: None\n")
        .exit(0);
    let silent = app().option("inherit-stdout=n,inherit-stderr=n").arg("both").run();
    silent.stdout("").stderr("").exit(0);
    let few = app().option("max-resources=1").arg("one write").arg("9").run();
    few.exit(1).stderr_has("trapped: resource table has no free keys");
    app().option("hostcall-fuel=1000").arg("unchecked").arg("2000").arg("1").run().exit(1);
}

#[test]
fn keys_and_values() {
    let app = |what: &str| {
        App::new("wasi_keyvalue").option("-S").option("keyvalue,keyvalue-in-memory-data=a=1").arg(what)
    };
    app("change").run().stdout("[\"a\", \"b\"] \"new\" \"\"\nOk(true) Ok(false)\n").exit(0);
    app("copies").run().stdout("\"here\" none\nnone\n").exit(0);
    for cores in [1, 2, 8] {
        let jobs = App::new("wasi_keyvalue_jobs").cores(cores).option("-S");
        let jobs = jobs.option("keyvalue-in-memory-data=a=1").run();
        jobs.stdout("true Some([111, 102, 32, 109, 97, 105, 110])\n").exit(0);
    }
    // A value that a list names a thousand times is copied only into the guest, which has no room for that.
    app("large").option("--memory").option("256MiB").run().exit(134).stderr_has("ran out of memory");
}

#[test]
fn keys_and_values_count_towards_memory() {
    for what in ["hoard", "hoard buckets"] {
        let app = App::new("wasi_keyvalue").option("--memory").option("64MiB").option("-S");
        let app = app.option(format!("keyvalue-in-memory-data=a={}", "x".repeat(100_000))).arg(what);
        app.run().exit(134).stderr_has("ran out of memory").stderr_has("(--memory)");
    }
    let job = App::new("wasi_keyvalue_jobs").option("--memory").option("64MiB").arg("hoard").run();
    job.exit(0).stdout("true\n");
}

/// `HOST_ARGS` overrides the runner of cargo.
#[test]
fn options_of_the_environment() {
    let mut host = host();
    host.args(["run", "--cores", "1", "--", guest("par_cores").to_str().unwrap()]);
    host.env("HOST_ARGS", "--cores 2").env("HOST_LOG", "off");
    let output = Running::start(host).end();
    output.stdout("2 2\n").exit(0);
}

#[test]
fn help_and_version() {
    let output = typed("run --help");
    output.exit(0).stderr("");
    for flag in ["--cores", "--dir", "--env", "--argv0", "-S", "--no-cache", "--cache-dir", "APP.wasm", "134"]
    {
        output.stdout_has(flag);
    }
    typed("--version").stdout(&format!("host {}\n", env!("CARGO_PKG_VERSION"))).exit(0);
    typed("--help").stdout_has("run").exit(0);
}

#[test]
fn the_cache() {
    let dir = tempdir().unwrap();
    let cache = dir.path().join("cache");
    let run = || {
        let app = App::new("par_cores").cores(1).option("--cache-dir").option(&cache);
        app.run().stdout("1 1\n").stderr("").exit(0);
        fs::read_dir(&cache).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>()
    };
    let entries = run();
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((entries.len(), mode(&cache)), (1, 0o700));
    // A hit: the entry is used, and not written again.
    let identity =
        |path| (std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap()), fs::read(path).unwrap());
    let first = identity(&entries[0]);
    assert_eq!(run(), entries);
    assert_eq!(identity(&entries[0]), first);
    // A corrupt entry is compiled again without a message.
    let mut corrupt = first.1.clone();
    let middle = corrupt.len() / 2;
    corrupt[middle] ^= 1;
    for content in [&corrupt[..], &corrupt[..middle], b""] {
        fs::write(&entries[0], content).unwrap();
        assert_eq!(run(), entries);
        assert_eq!(fs::read(&entries[0]).unwrap(), first.1);
    }
    let none = dir.path().join("none");
    App::new("par_cores")
        .cores(1)
        .option("--no-cache")
        .option("--cache-dir")
        .option(&none)
        .run()
        .stdout("1 1\n");
    assert!(!none.exists());
}

#[test]
fn stdin_passes() {
    let text: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
    App::new("cli_cat").stdin(&*text).run().stdout(&text).exit(0);
    App::new("cli_cat").stdin("").run().stdout("").exit(0);
    let bytes: Vec<u8> = (0..=255).cycle().take(70_000).collect();
    let output = App::new("cli_cat").stdin(&*bytes).run();
    assert_eq!(output.exit(0).stdout, bytes);
}

/// Output is available while the app is still running.
#[test]
fn a_conversation() {
    let mut running = App::new("cli_cat").start();
    let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
    for n in 0..10 {
        writeln!(stdin, "question {n}").unwrap();
        let mut answer = String::new();
        stdout.read_line(&mut answer).unwrap();
        assert_eq!(answer, format!("question {n}\n"));
    }
    drop(stdin);
    running.end().exit(0);
}

/// The host's own message to a closed stderr used to panic, with exit code 101.
#[test]
fn a_closed_stderr() {
    for (option, file, code) in [("--stats", guest("cli_cat"), 0), ("--fresh", "no/such/app.wasm".into(), 66)]
    {
        let mut command = host();
        command.args(["run", option]).arg(file);
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(writer).status().unwrap();
        assert_eq!(status.code(), Some(code), "{option}");
    }
}

/// A program without jobs would leave all other cores idle, each with a thread and a runtime.
#[test]
fn an_app_without_jobs_gets_one_core() {
    for (app, cores) in [("cli_cat", 1), ("io_cat", 3)] {
        let mut running = App::new(app).cores(3).start();
        let (mut stdin, mut stdout) = (running.stdin(), BufReader::new(running.stdout()));
        writeln!(stdin, "here").unwrap();
        stdout.read_line(&mut String::new()).unwrap();
        let threads = fs::read_dir(format!("/proc/{}/task", running.id())).unwrap();
        let names = threads.map(|thread| fs::read_to_string(thread.unwrap().path().join("comm")).unwrap());
        // An unnamed thread inherits the name of the thread that started it.
        let names = names.filter(|name| name.starts_with("core-")).collect::<BTreeSet<_>>();
        assert_eq!(names.len(), cores, "{app}: {names:?}");
        drop(stdin);
        running.end().exit(0);
    }
}

#[test]
fn a_slow_reader_loses_nothing() {
    for cores in [1, 2] {
        let mut running = App::new("cli_flood").cores(cores).start();
        let mut lines = BufReader::with_capacity(512, running.stdout()).lines();
        for n in 0..1_000_000 {
            assert_eq!(lines.next().unwrap().unwrap(), format!("line {n}"));
        }
        assert!(lines.next().is_none());
        running.end().exit(0);
    }
}

#[test]
fn a_reader_that_goes_away() {
    for cores in [1, 2] {
        let mut running = App::new("cli_flood").cores(cores).start();
        let mut line = [0; 7];
        running.stdout().read_exact(&mut line).unwrap();
        assert_eq!(&line, b"line 0\n");
        running.end().exit(141).stderr("");
    }
}

#[test]
fn a_full_disk() {
    let mut command = Command::new("sh");
    command.envs(host().get_envs().filter_map(|(name, value)| Some((name, value?))));
    command
        .args(["-c", "exec \"$0\" run \"$1\" > /dev/full"])
        .arg(host().get_program())
        .arg(guest("cli_flood"));
    let output = Running::start(command).end();
    output.exit(74).stderr_has("error: cannot write what the app printed: No space left");
}
