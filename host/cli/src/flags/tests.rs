//! Tests of the command line.

use std::ffi::{OsStr, OsString};
use std::num::NonZeroUsize;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use clap::CommandFactory as _;

use host::{Cache, Config, DirGrant, Format, Grants, MAX_CORES};

use super::{Cli, Command, ComposeApp, RunApp, Shown, parse};

fn run(args: &[&str]) -> Result<RunApp, String> {
    let args = ["host", "run"].iter().chain(args).map(OsString::from);
    match parse(args, None) {
        Ok(Command::Run(app)) => Ok(*app),
        Ok(other) => unreachable!("{other:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{error}");
            Err(error.to_string())
        }
    }
}

fn compose(args: &[&str]) -> Result<ComposeApp, String> {
    let args = ["host", "compose"].iter().chain(args).map(OsString::from);
    match parse(args, None) {
        Ok(Command::Compose(app)) => Ok(app),
        Ok(other) => unreachable!("{other:?}"),
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{error}");
            Err(error.to_string())
        }
    }
}

#[track_caller]
fn fails(args: &[&str], says: &str) {
    let error = run(args).expect_err(says);
    assert!(error.contains(says), "{error}");
}

#[test]
fn verify_cli() {
    Cli::command().debug_assert();
}

/// The host's options end, and the app's arguments begin, where the documentation says.
#[test]
fn options_of_the_host_and_arguments_of_the_app() {
    const ALL: usize = 0;
    for (line, cores, app, args) in [
        ("app.wasm", ALL, "app.wasm", ""),
        ("app.wasm --cores 8", 8, "app.wasm", ""),
        ("--cores 8 app.wasm", 8, "app.wasm", ""),
        ("--cores=8 app.wasm arg", 8, "app.wasm", "arg"),
        ("app.wasm --cores 8 -- arg", 8, "app.wasm", "arg"),
        ("app.wasm --cores=8 arg --cores 3", 8, "app.wasm", "arg --cores 3"),
        ("--cores 2 pgzip.wasm -d file.gz", 2, "pgzip.wasm", "-d file.gz"),
        ("app.wasm -- --cores 3", ALL, "app.wasm", "--cores 3"),
        ("-- app.wasm --nocapture", ALL, "app.wasm", "--nocapture"),
        ("-- app.wasm --cores 3", ALL, "app.wasm", "--cores 3"),
        ("--cores 8 -- app.wasm --cores 3", 8, "app.wasm", "--cores 3"),
        ("-- app.wasm -- x", ALL, "app.wasm", "-- x"),
        ("app.wasm x -- y", ALL, "app.wasm", "x -- y"),
        ("app.wasm -- -- x", ALL, "app.wasm", "-- x"),
        ("app.wasm - x", ALL, "app.wasm", "- x"),
        ("- x", ALL, "-", "x"),
        ("app.wasm --nocapture --test-threads 1", ALL, "app.wasm", "--nocapture --test-threads 1"),
        ("app.wasm --help", ALL, "app.wasm", "--help"),
        ("app.wasm -h", ALL, "app.wasm", "-h"),
        ("app.wasm --version", ALL, "app.wasm", "--version"),
        ("app.wasm --color never", ALL, "app.wasm", "--color never"),
        ("app.wasm --end 5", ALL, "app.wasm", "--end 5"),
        ("app.wasm -V", ALL, "app.wasm", "-V"),
        ("--cores 1 app.wasm --cores 2", 2, "app.wasm", ""),
        ("-Stcp app.wasm -S udp -x", ALL, "app.wasm", "-x"),
        ("--dir . app.wasm --no-cache --env A=B --argv0 x run", ALL, "app.wasm", "run"),
    ] {
        let typed = run(&line.split(' ').collect::<Vec<_>>()).expect(line);
        let expected = NonZeroUsize::new(cores).unwrap_or(Config::default().cores);
        assert_eq!(typed.host.cores, expected, "{line}");
        assert_eq!(typed.app.to_str(), Some(app), "{line}");
        assert_eq!(typed.run.args.join(" "), args, "{line}");
    }
}

#[test]
fn a_misspelt_option_after_the_file_is_an_error() {
    for (typed, meant) in [
        ("--core", "--cores"),
        ("--coers", "--cores"),
        ("--cores8", "--cores"),
        ("--core=8", "--cores"),
        ("--Cores", "--cores"),
        ("--dirs", "--dir"),
        ("--evn", "--env"),
        ("--nocache", "--no-cache"),
        ("--cachedir", "--cache-dir"),
        ("--cache_dir", "--cache-dir"),
    ] {
        let says = format!("did you mean {meant}? (to pass it to the app, put it after --)");
        fails(&["app.wasm", typed, "8"], &says);
        run(&["app.wasm", "--", typed]).unwrap();
        run(&["app.wasm", "x", typed]).unwrap();
        run(&["--", "app.wasm", typed]).unwrap();
    }
    fails(&["--coers", "8", "app.wasm"], "'--cores'");
}

#[test]
fn cores_have_a_range() {
    for cores in ["0", "-1", "abc", "1e9", "1025", "", "2.5", "99999999999999999999", "--"] {
        fails(&["--cores", cores, "app.wasm"], "a whole number from 1 to 1024");
        fails(&["app.wasm", "--cores", cores], "a whole number from 1 to 1024");
    }
    fails(&["app.wasm", "--cores="], "a whole number from 1 to 1024");
    fails(&["app.wasm", "--cores"], "a value is required");
    assert_eq!(run(&["--cores", "1024", "app.wasm"]).unwrap().host.cores, MAX_CORES);
}

#[test]
fn directories() {
    for (text, grant) in [
        (".", DirGrant::read_write(".", ".")),
        (".::/", DirGrant::read_write(".", "/")),
        ("a:b::c", DirGrant::read_write("a:b", "c")),
        ("data:ro", DirGrant::read_only("data", "data")),
        ("data:rw", DirGrant::read_write("data", "data")),
        ("/x::/y:ro", DirGrant::read_only("/x", "/y")),
        ("/x::/y:rw", DirGrant::read_write("/x", "/y")),
        ("/x::/y:rx:rw", DirGrant::read_write("/x", "/y:rx")),
        ("x:rx::y", DirGrant::read_write("x:rx", "y")),
        ("c:/x", DirGrant::read_write("c:/x", "c:/x")),
        ("/x::/y:rx", DirGrant::read_write("/x", "/y:rx")),
        ("x:rx", DirGrant::read_write("x:rx", "x:rx")),
        ("12:30:", DirGrant::read_write("12:30:", "12:30:")),
        ("x:ro:rw", DirGrant::read_write("x:ro", "x:ro")),
    ] {
        assert_eq!(run(&["--dir", text, "app.wasm"]).unwrap().run.grants.dirs, [grant], "{text}");
    }
    for text in ["", "::", "a::", "::b", ":ro", "a:::ro"] {
        fails(&["--dir", text, "app.wasm"], "--dir");
    }
    let two = run(&["--dir", "a", "app.wasm", "--dir", "b"]).unwrap();
    assert_eq!(two.run.grants.dirs.len(), 2);
}

#[test]
fn environment() {
    let env = |args: &[&str]| run(args).unwrap().run.grants.env;
    assert_eq!(env(&["app.wasm"]), []);
    let given = env(&["--env", "A=1=2", "--env", "B=", "--env", "NO_SUCH_VARIABLE", "app.wasm"]);
    assert_eq!(given, [("A".into(), "1=2".into()), ("B".into(), String::new())]);
    let name = std::env::var("CARGO_PKG_NAME").unwrap();
    let pair = ("CARGO_PKG_NAME".into(), name);
    assert_eq!(env(&["--env", "CARGO_PKG_NAME", "app.wasm"]), std::slice::from_ref(&pair));
    let all = env(&["app.wasm", "-S", "inherit-env", "--env", "A=1"]);
    assert!(all.contains(&pair));
    assert_eq!(all.last(), Some(&("A".into(), "1".into())), "what is inherited comes first");
    let twice = env(&["--env", "A=1", "--env", "A=2", "--env", "=x", "--env", "", "app.wasm"]);
    assert_eq!(twice, [("A", "1"), ("A", "2"), ("", "x")].map(|(name, value)| (name.into(), value.into())));
}

#[test]
fn network() {
    // SSL_CERT_FILE may be set where the tests run.
    let granted = |args: &[&str]| {
        let mut grants = run(args).unwrap().run.grants;
        grants.ca = None;
        grants
    };
    let grants = |value| granted(&["-S", value, "app.wasm"]);
    let none = Grants::default();
    let with = |change: fn(&mut Grants)| {
        let mut grants = Grants::default();
        change(&mut grants);
        grants
    };
    let tcp = with(|grants| grants.tcp = true);
    let all = with(|grants| (grants.inherit_network, grants.tcp, grants.udp) = (true, true, true));
    let no_udp = with(|grants| (grants.inherit_network, grants.tcp) = (true, true));
    assert_eq!(grants("tcp"), tcp);
    assert_eq!(grants("inherit-network"), all, "as in wasmtime, without name lookup");
    assert_eq!(grants("udp=n,inherit-network=yes"), no_udp);
    assert!(grants("allow-ip-name-lookup").ip_name_lookup);
    assert_eq!(grants("http"), with(|grants| grants.http = true), "and nothing else of the network");
    assert_eq!(grants("http,http=n"), none);
    assert_eq!(grants("tcp,tcp=false"), none);
    assert_eq!(granted(&["-Sinherit-network", "--wasi=tcp=n", "-S", "tcp", "app.wasm"]), all);
    fails(&["-S", "htpp", "app.wasm"], "known are inherit-network, tcp, udp, allow-ip");
    fails(&["-S", "", "app.wasm"], "known are");
    fails(&["-S", "tcp=maybe", "app.wasm"], "is y or n, not maybe");
}

#[test]
fn other_options_of_wasi() {
    let run = |options: &[&str]| {
        let options = options.iter().flat_map(|option| ["-S", option]);
        run(&options.chain(["app.wasm"]).collect::<Vec<_>>())
    };
    let given = run(&["cwd=/a,inherit-stdin=n", "max-resources=7,hostcall-fuel=1MiB"]).unwrap().run;
    assert_eq!((given.cwd.as_deref(), given.stdin), (Some("/a"), false));
    assert_eq!((given.limits.resources, given.limits.hostcall), (Some(7), Some(1 << 20)));
    let given = run(&["config,config-var=a=b=c", "config-var=d="]).unwrap().run;
    assert_eq!(given.grants.config, [("a".into(), "b=c".into()), ("d".into(), String::new())]);
    let given = run(&["keyvalue,keyvalue-in-memory-data=a=b=c", "tls"]).unwrap().run;
    assert_eq!(given.grants.keyvalue, [("a".into(), "b=c".into())]);
    let given = run(&["max-random-size=5,max-http-fields-size=6", "max-random-size=8"]).unwrap().run;
    assert_eq!((given.limits.random, given.limits.http_fields), (8, 6));
    let given = run(&["inherit-stdout=n,inherit-stderr=n,inherit-stderr"]).unwrap().run;
    assert_eq!(format!("{:?} {:?}", given.stdout, given.stderr), "null inherit");
    assert!(run(&["cli,common,preview2=y,p3,network-error-code,cli-exit-with-code,nn=n,threads=n"]).is_ok());
    for (option, says) in [
        ("cli=n", "this host always has cli"),
        ("nn", "this host does not have nn"),
        ("cwd", "cwd needs a value"),
        ("config-var=a", "config-var needs a name and a value"),
        ("keyvalue=n", "this host always has keyvalue"),
        ("max-resources=many", "max-resources needs a whole number"),
        ("hostcall-fuel=many", "hostcall-fuel: write a size"),
    ] {
        let error = run(&[option]).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn reports() {
    let shown = |args: &[&str]| run(args).unwrap().shown;
    assert_eq!(shown(&["app.wasm"]), Shown::default());
    let all = shown(&["--stats", "app.wasm", "--trace=out.json", "--timeline", "out.html", "x"]);
    assert!(all.stats && !all.progress && all.trace.is_some_and(|path| path == Path::new("out.json")));
    assert!(all.timeline.is_some_and(|path| path == Path::new("out.html")));
    assert!(shown(&["app.wasm", "--progress", "x"]).progress);
    fails(&["app.wasm", "--trace", "-"], "stdout belongs to the app");
    fails(&["app.wasm", "--timeline"], "a value is required");
}

#[test]
fn plugs() {
    let plugs = |line: &str| {
        let run = run(&line.split(' ').collect::<Vec<_>>()).unwrap();
        let plugs = run.plugs.iter().map(|plug| plug.display().to_string()).collect::<Vec<_>>().join(" ");
        (plugs, run.run.args.join(" "))
    };
    assert_eq!(plugs("--plug a.wasm app.wasm --plug=b.wasm x"), ("a.wasm b.wasm".into(), "x".into()));
    assert_eq!(plugs("app.wasm --plug a.wasm --cores 2 --plug b.wasm"), ("a.wasm b.wasm".into(), "".into()));
    assert_eq!(plugs("app.wasm -- --plug a.wasm"), ("".into(), "--plug a.wasm".into()));
    fails(&["app.wasm", "--plugs", "a.wasm"], "did you mean --plug?");
    fails(&["app.wasm", "--plug"], "a value is required");
}

#[test]
fn compositions() {
    let line = ["app.wasm", "--plug", "a.wasm", "-o", "out.wasm", "--plug", "b.wasm", "--portable"];
    assert_eq!(compose(&line).unwrap().output.to_str(), Some("out.wasm"));
    assert!(compose(&["-oout.wasm", "--portable", "app.wasm"]).is_ok());
    for (line, says) in [
        (&["app.wasm", "--portable"][..], "--output <OUT.wasm>"),
        (&["--portable", "-o", "out.wasm"], "<APP.wasm>"),
        (&["app.wasm", "-o", "out.wasm"], "add --plug FILE.wasm or --portable"),
        (&["app.wasm", "x.wasm", "--portable", "-o", "out.wasm"], "unexpected argument"),
    ] {
        let error = compose(line).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn cache() {
    let cache = |args: &[&str]| run(args).unwrap().host.cache;
    assert_eq!(cache(&["--cache-dir", "/c", "app.wasm"]), Cache::Dir("/c".into()));
    assert_eq!(cache(&["--no-cache", "app.wasm"]), Cache::Off);
    assert_eq!(cache(&["--cache-dir", "/c", "app.wasm", "--no-cache"]), Cache::Off);
}

#[test]
fn a_missing_argument_is_named() {
    fails(&[], "APP.wasm");
    fails(&["--cores", "2"], "APP.wasm");
    fails(&["--no-such-option", "app.wasm"], "--no-such-option");
    let args = ["host", "run", "app.wasm"].map(OsString::from).into_iter();
    let error = parse(args.chain([OsStr::from_bytes(b"\xff").into()]), None).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

#[test]
fn help_and_version_are_no_errors() {
    for line in [
        "host --help",
        "host help",
        "host help run",
        "host run --help",
        "host --version",
        "host run -h",
        "host compose -h",
        "host compose --help",
        "host run --cores 2 --help",
    ] {
        let error = parse(line.split(' ').map(OsString::from), None).unwrap_err();
        assert_eq!(error.exit_code(), 0, "{line}: {error}");
    }
    let error = parse(["host".into()], None).unwrap_err();
    assert_eq!(error.exit_code(), 2);
}

/// The runner of cargo has its options before the file, and the arguments after the file are the most specific.
#[test]
fn options_of_the_environment_are_between_the_others() {
    let cores = |line: &str, host_args: &str| {
        let args = ["host", "run"].into_iter().chain(line.split(' ')).map(OsString::from);
        match parse(args, Some(OsStr::new(host_args))) {
            Ok(Command::Run(app)) => Ok((app.host.cores.get(), app.run.grants.dirs.len())),
            other => Err(other.unwrap_err().to_string()),
        }
    };
    assert_eq!(cores("--cores 8 -- app.wasm", "--cores 2"), Ok((2, 0)));
    assert_eq!(cores("--cores 8 app.wasm --cores 3", "--cores=2 --dir '/tmp/a b::/in'"), Ok((3, 1)));
    assert_eq!(cores("app.wasm --cores 3", "  "), Ok((3, 0)));
    for (host_args, says) in [
        ("--cores 2 input.txt", "HOST_ARGS: input.txt is not an option of host run"),
        ("--cores '2", "HOST_ARGS has a quote that is not closed: --cores '2"),
        ("--cores many", "invalid value 'many' for '--cores"),
    ] {
        let error = cores("-- app.wasm", host_args).unwrap_err();
        assert!(error.contains(says), "{error}");
    }
}

#[test]
fn a_forgotten_run_is_suggested() {
    let error = parse(["host", "dir/app.wasm", "--cores", "2"].map(OsString::from), None).unwrap_err();
    assert_eq!(error.exit_code(), 2);
    let text = error.to_string();
    assert!(text.contains("no command before dir/app.wasm: did you mean host run dir/app.wasm?"), "{text}");
}

/// Options may follow the function, which has none of its own.
#[test]
fn a_function_is_called_with_its_arguments() {
    let parsed =
        |line: &[&str]| parse(line.iter().map(OsString::from), None).map_err(|error| error.to_string());
    for line in [
        &["host", "call", "app.wasm", "a:b/c.f(1, (2))", "--output", "json", "--cores", "2"][..],
        &["host", "call", "--cores", "2", "--output=json", "app.wasm", "a:b/c.f (1, (2)) "],
    ] {
        let Ok(Command::Call(call)) = parsed(line) else { panic!("{line:?}") };
        assert_eq!((call.function.as_str(), call.arguments.as_str()), ("a:b/c.f", "1, (2)"));
        assert_eq!((call.output, call.app.host.cores.get()), (Format::Json, 2));
    }
    let Ok(Command::Map(map)) = parsed(&["host", "map", "app.wasm", "f", "--unordered", "--input", "text"])
    else {
        panic!()
    };
    assert_eq!((map.function.as_str(), map.lines.input, map.lines.output), ("f", Format::Text, Format::Text));
    assert!(!map.lines.is_ordered && !map.lines.keeps_going && map.lines.window >= 64);
    assert!(!map.app.run.stdout.is_inherited() && !map.app.run.stdin, "lines are the command's own");
    for (line, says) in [
        (&["host", "call", "app.wasm"][..], "required arguments"),
        (&["host", "call", "app.wasm", "f(1", "2)"], "quote its arguments"),
        (&["host", "call", "app.wasm", "f(1"], "no closing parenthesis"),
        (&["host", "map", "app.wasm", "f", "--input", "xml"], "[possible values: json, wave, text]"),
        (&["host", "map", "app.wasm", "f", "--window", "0"], "--window"),
        (&["host", "map", "-", "f"], "has to be a file"),
    ] {
        let error = parsed(line).expect_err(says);
        assert!(error.contains(says), "{error}");
    }
}
