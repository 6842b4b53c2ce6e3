//! Few descriptors: with 64 descriptors and 80 clients, an accept loop used to print 750,000 errors and serve
//! no client, even after the clients had left. Clients that never read kept a descriptor forever.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};

use tests::{App, Running, guest};

/// Starts a server with this many descriptors, and reads its address from its first line.
#[track_caller]
fn server(name: &str, args: &[&str]) -> (Running, SocketAddr) {
    let app = App::new(name).cores(2).network().under(["prlimit", "--nofile=40"]);
    let mut running = args.iter().fold(app, |app, arg| app.arg(*arg)).start();
    let mut line = String::new();
    BufReader::new(running.stdout()).read_line(&mut line).unwrap();
    let address = line.trim().parse().unwrap();
    (running, address)
}

/// Returns the echoed bytes.
fn echo(mut client: &TcpStream) -> [u8; 4] {
    let mut bytes = [0; 4];
    client.write_all(b"ping").unwrap();
    client.read_exact(&mut bytes).unwrap();
    bytes
}

#[test]
fn clients_wait_until_others_have_left() {
    // With this runtime, and with one that stops at the first error of a listener.
    for (name, args) in [("net_echo", &["127.0.0.1:0", "1000"][..]), ("wstd_echo", &[])] {
        let (running, address) = server(name, args);
        // More clients than descriptors; the system has accepted all of them.
        let clients = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
        for client in clients {
            assert_eq!(&echo(&client), b"ping", "{name}");
        }
        // All have left, and many clients can connect again.
        let clients = (0..10).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
        for client in clients.iter().chain(&clients) {
            assert_eq!(&echo(client), b"ping", "{name}");
        }
        quietly(running);
    }
}

/// Stops the app, and checks that it has printed nothing on stderr.
#[track_caller]
fn quietly(running: Running) {
    let id = running.id().to_string();
    assert!(std::process::Command::new("kill").arg(&id).status().is_ok_and(|status| status.success()));
    let output = running.end();
    output.exit(143).stderr("");
}

#[test]
fn clients_that_never_read_do_not_block_others() {
    let (running, address) = server("surroundings_impatient", &[]);
    let silent = (0..60).map(|_| TcpStream::connect(address).unwrap()).collect::<Vec<_>>();
    // They stay connected. A client that reads is served when the server has given up on those before it.
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
        // The app can use a few descriptors that the host has reserved and does not need.
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
