//! With 64 descriptors and 80 clients, a loop that accepts printed 750,000 errors, served nobody, and went on so
//! when the clients had left. Clients that never read had a descriptor each for ever.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use tests::{App, Running, guest};

/// Starts a server with so few descriptors; where it listens is the first line that it prints.
#[track_caller]
fn server(name: &str, args: &[&str]) -> (Running, SocketAddr) {
    let app = App::new(name).cores(2).network().under(["prlimit", "--nofile=40"]);
    let mut running = args.iter().fold(app, |app, arg| app.arg(*arg)).start();
    let mut line = String::new();
    BufReader::new(running.stdout()).read_line(&mut line).unwrap();
    let address = line.trim().parse().unwrap();
    (running, address)
}

/// What comes back.
fn echo(mut client: &TcpStream) -> [u8; 4] {
    let mut bytes = [0; 4];
    client.write_all(b"ping").unwrap();
    client.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn clients_wait_until_others_have_left() {
    // With this runtime, and with another that ends at the first error of a listener.
    for (name, args) in [("net_echo", &["127.0.0.1:0", "1000"][..]), ("wstd_echo", &[])] {
        let (running, address) = server(name, args);
        // More than there are descriptors for; the system has accepted all of them.
        let clients = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
        for client in clients {
            assert_eq!(&echo(&client), b"ping", "{name}");
        }
        // All have left, and there is room for many at a time again.
        let clients = (0..10).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
        for client in clients.iter().chain(&clients) {
            assert_eq!(&echo(client), b"ping", "{name}");
        }
        quietly(running);
    }
}

/// Ends it, and looks whether it has said anything.
#[track_caller]
fn quietly(running: Running) {
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().is_ok_and(|status| status.success()));
    let output = running.end();
    output.exit(143).stderr("");
}

#[test]
fn who_never_reads_does_not_keep_others_from_being_served() {
    let (running, address) = server("surroundings_impatient", &[]);
    let silent = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
    // They are there all the time. One that reads is served when the server has given up on those before it.
    let mut line = String::new();
    let mut reads = BufReader::new(TcpStream::connect(address).unwrap());
    reads.read_line(&mut line).unwrap();
    assert_eq!(line, "hello\n");
    drop(silent);
    quietly(running);
}

#[test]
fn a_run_may_hold_so_many_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    for (what, most) in [("file", 20), ("tcp", 20), ("udp", 20), ("file", 3), ("tcp", 200)] {
        let app = App::new("surroundings_hoard").network().dir(dir.path(), "/d").arg(what);
        let output = app.option("--max-files").option(most.to_string()).run();
        output.exit(0);
        let (held, again) =
            output.text().trim().split_once('\n').map(|(a, b)| (a.to_owned(), b.to_owned())).unwrap();
        let held: u32 = held.parse().unwrap();
        // A few that the host has set aside and does not need are the app's.
        assert!((most..=most + 4).contains(&held), "{what}: {held} of {most}");
        assert_eq!(again, "true", "{what}");
    }
}

#[test]
fn the_soft_limit_is_no_limit() {
    let app = App::new("surroundings_hoard").network().arg("tcp").under(["prlimit", "--nofile=64:256"]);
    let output = app.run();
    output.exit(0);
    let held: u32 = output.text().lines().next().unwrap().parse().unwrap();
    assert!((200..256).contains(&held), "{held}");
}

#[test]
fn cores_without_descriptors_are_refused() {
    let app = App::file(guest("par_fib")).cores(64).under(["prlimit", "--nofile=64"]);
    let output = app.run();
    output.exit(71).stdout("").stderr_has("error: cannot start core").stderr_has("-n");
}
