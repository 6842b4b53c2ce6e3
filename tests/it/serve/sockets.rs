//! Unix sockets, and sockets that a service manager has opened.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::tempdir;
use tests::{Running, guest, host};

/// Sends a request to a Unix socket by curl. Returns the status and the body.
#[track_caller]
fn get(socket: &Path, path: &str, options: &[&str]) -> String {
    let mut curl = Command::new("curl");
    curl.args(["-s", "-w", "%{http_code}", "--unix-socket"]).arg(socket).args(options);
    let output = curl.arg(format!("http://here{path}")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn serve(options: &[&str]) -> Command {
    let mut command = host();
    command.arg("serve").args(options).arg(guest("serves_wstd"));
    command
}

fn terminate(running: &Running) {
    let sent = Command::new("kill").args(["-TERM", &running.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_unix_socket_is_there_as_long_as_its_server() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let address = format!("unix:{}", path.display());
    let mut server = Running::start(serve(&["--addr", &address, "--addr", "127.0.0.1:0"]));
    server.complains(&format!("serving http on {address}"));
    assert_eq!(get(&path, "/", &[]), "hello\n200");
    assert_eq!(get(&path, "/", &["--http2-prior-knowledge"]), "hello\n200");
    // The client is a proxy, which says for whom it asks.
    let proxied = get(&path, "/head", &["-H", "x-forwarded-for: 192.0.2.7"]);
    assert_eq!(proxied, "GET http://here/head 192.0.2.7\n200");
    let second = Running::start(serve(&["--addr", &address])).end();
    second.exit(71).stderr_is_one_line().stderr_has(&format!("cannot listen at {address}: "));
    terminate(&server);
    server.end().exit(0);
    assert!(!path.exists());
}

#[test]
fn the_socket_of_a_server_that_was_killed_is_replaced() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let address = format!("unix:{}", path.display());
    let mut first = Running::start(serve(&["--addr", &address]));
    first.complains("serving http on ");
    // Dropping it kills it.
    drop(first);
    assert!(path.exists());
    let mut second = Running::start(serve(&["--addr", &address]));
    second.complains("serving http on ");
    assert_eq!(get(&path, "/", &[]), "hello\n200");
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    let third = Running::start(serve(&["--addr", &format!("unix:{}", file.display())])).end();
    third.exit(71).stderr_has("cannot listen at unix:");
    assert_eq!(fs::read(&file).unwrap(), b"text");
}

/// Passes a TCP socket and a Unix socket as systemd does, beginning with descriptor 3.
const MANAGER: &str = "
import os, socket, sys
tcp = socket.create_server(('127.0.0.1', 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(sys.argv[1])
unix.listen()
# Above those that they are copied to.
held = [os.dup2(listener.fileno(), 100 + index) for index, listener in enumerate([tcp, unix])]
for index, listener in enumerate(held):
    os.dup2(listener, 3 + index)
    os.set_inheritable(3 + index, True)
os.environ.update(LISTEN_FDS='2', LISTEN_PID=str(os.getpid()))
os.execvp(sys.argv[2], sys.argv[2:])
";

#[test]
fn sockets_of_a_service_manager_are_used() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("app.sock");
    let inner = serve(&[]);
    let mut command = Command::new("python3");
    command.args(["-c", MANAGER]).arg(&path).arg(inner.get_program()).args(inner.get_args());
    let variables = inner.get_envs().filter_map(|(name, value)| Some((name, value?)));
    command.envs(variables);
    let mut server = Running::start(command);
    let line = server.complains("serving on http");
    server.complains(&format!("serving http on unix:{}", path.display()));
    assert!(!line.ends_with(":8080"), "{line}");
    assert_eq!(get(&path, "/", &[]), "hello\n200");
    let output = Command::new("curl").args(["-s", line.rsplit(' ').next().unwrap()]).output().unwrap();
    assert_eq!(output.stdout, b"hello\n");
    terminate(&server);
    server.end().exit(0);
    assert!(path.exists(), "the manager removes it");
}
