//! Sockets, tested from outside with std, nc, socat and curl.

use std::io::{BufRead, BufReader, Read as _, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{ChildStdout, Command};
use std::sync::mpsc::channel;
use std::thread;

use tests::{App, Running};

/// A running app that prints its address first.
struct Server {
    running: Running,
    address: SocketAddr,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    #[track_caller]
    fn start(app: App) -> Self {
        let mut running = app.network().start();
        let (mut line, mut stdout) = (String::new(), BufReader::new(running.stdout()));
        stdout.read_line(&mut line).unwrap();
        Self { running, address: line.trim().parse().unwrap(), stdout }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Checks what it prints on stdout and stderr until its end.
    #[track_caller]
    fn ends_with(mut self, text: &str, stderr: &str) {
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, text);
        self.running.end().exit(0).stderr(stderr);
    }
}

/// Starts another program from a command line.
#[track_caller]
fn other(line: &str) -> Running {
    let mut words = line.split(' ');
    let mut command = Command::new(words.next().unwrap());
    command.args(words);
    Running::start(command)
}

/// Starts a server that reports its port on stderr. Returns the port.
#[track_caller]
fn other_server(line: &str) -> (Running, String) {
    let mut running = other(line);
    let said = running.complains("istening on");
    let port = said.rsplit([':', ' ']).next().unwrap().to_owned();
    (running, port)
}

/// Sends a text, shuts down the sending side, and returns the reply.
#[track_caller]
fn exchange(mut stream: TcpStream, text: &str) -> String {
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut back = String::new();
    stream.read_to_string(&mut back).unwrap();
    back
}

/// Sends a line and expects it back.
#[track_caller]
fn converse(stdin: &mut impl Write, stdout: &mut impl BufRead, line: &str) {
    // In one write, which nc and socat turn into one datagram.
    stdin.write_all(format!("{line}\n").as_bytes()).unwrap();
    let mut back = String::new();
    stdout.read_line(&mut back).unwrap();
    assert_eq!(back.trim_end(), line);
}

fn text(size: usize) -> String {
    (0..size).map(|n| char::from(b'a' + (n * n % 26) as u8)).collect()
}

/// Starts a server that does this with one connection after the other.
fn std_server(does: impl Fn(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // The thread ends with the test process.
    thread::spawn(move || listener.incoming().for_each(|stream| does(stream.unwrap())));
    address
}

#[test]
fn others_talk_to_an_echo() {
    for (address, family) in [("127.0.0.1:0", ""), ("[::1]:0", "6")] {
        let server = Server::start(App::new("net_echo").arg(address));
        let (ip, port) = (server.address.ip(), server.address.port());
        let mut clients: Vec<_> = (0..4)
            .flat_map(|_| {
                let socat_ip = if family.is_empty() { ip.to_string() } else { format!("[{ip}]") };
                [
                    other(&format!("nc -N {ip} {port}")),
                    other(&format!("socat -t 50 - TCP{family}:{socat_ip}:{port}")),
                ]
            })
            .collect();
        // All at once: each sends something before any has ended.
        let stdins: Vec<_> = clients.iter_mut().map(Running::stdin).collect();
        for (n, mut stdin) in stdins.iter().enumerate() {
            write!(stdin, "I am {n}").unwrap();
        }
        drop(stdins);
        for (n, client) in clients.into_iter().enumerate() {
            client.end().stdout(&format!("I am {n}")).exit(0);
        }
        let large = text(5_000_000);
        let mut client = other(&format!("nc -N {ip} {port}"));
        let mut stdin = client.stdin();
        let sent = large.clone();
        let writer = thread::spawn(move || stdin.write_all(sent.as_bytes()).unwrap());
        client.end().stdout(&large).exit(0);
        writer.join().unwrap();
    }
}

#[test]
fn more_connections_than_are_served_at_a_time_wait_for_their_turn() {
    let server = Server::start(App::new("net_echo").arg("127.0.0.1:0").arg("10"));
    let streams: Vec<_> = (0..100).map(|_| server.connect()).collect();
    for (n, stream) in streams.into_iter().enumerate() {
        assert_eq!(exchange(stream, &format!("{n}")), format!("{n}"));
    }
}

#[test]
fn silent_and_disconnected_clients_do_not_affect_others() {
    let server = Server::start(App::new("net_stops"));
    let silent: Vec<_> = (0..10).map(|_| server.connect()).collect();
    assert_eq!(exchange(server.connect(), "hello\n"), "hello\n");
    // Clients that disconnect without sending, and in the middle of a line.
    drop(server.connect());
    server.connect().write_all(b"half a li").unwrap();
    // Closing a socket with unread data resets the connection.
    for n in 0..3 {
        let mut stream = server.connect();
        stream.write_all(b"who reads this?\n").unwrap();
        assert!(stream.peek(&mut [0]).unwrap() > 0);
        drop(stream);
        assert_eq!(exchange(server.connect(), &format!("{n}\n")), format!("{n}\n"));
    }
    drop(silent);
    assert_eq!(exchange(server.connect(), "stop\n"), "stop\n");
    server.ends_with("all are served\n", "ConnectionReset\n".repeat(3).as_str());
}

/// Dropping a stream with unsent data waits for its reader, and the host would block the whole instance for
/// that.
#[test]
fn a_client_that_does_not_read_does_not_affect_others() {
    let mut server = Server::start(App::new("net_slow_reader"));
    let mut other = server.connect();
    let mut others = BufReader::new(other.try_clone().unwrap());
    converse(&mut other, &mut others, "before");
    let mut slow: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for (n, stream) in slow.iter_mut().enumerate() {
        writeln!(stream, "flood {n}").unwrap();
        converse(&mut other, &mut others, "meanwhile");
    }
    for n in 0..slow.len() {
        server.running.complains(&format!("gave up on {n} "));
        converse(&mut other, &mut others, "dropped");
    }
    // Data sent before still arrives, and then the end.
    for (n, mut stream) in slow.into_iter().enumerate() {
        let mut all = Vec::new();
        stream.read_to_end(&mut all).unwrap();
        assert!(all.iter().all(|&byte| byte == b'x'));
        server.running.complains(&format!("gave up on {n} after {} bytes", all.len()));
        converse(&mut other, &mut others, "the end has arrived");
    }
}

#[test]
fn a_program_talks_to_others() {
    let talk = |address: String| App::new("net_client").network().arg(address);
    let large = text(20_000_000);
    for (listen, host) in
        [("TCP-LISTEN:0,bind=127.0.0.1", "127.0.0.1"), ("TCP6-LISTEN:0,bind=[::1]", "[::1]")]
    {
        let (_socat, port) = other_server(&format!("socat -d -d -t 50 {listen},fork EXEC:cat"));
        let address = format!("{host}:{port}");
        talk(address.clone()).stdin("hello").run().stdout("hello").stderr("").exit(0);
        talk(address.clone()).stdin("").run().stdout("").stderr("").exit(0);
        // More than all buffers hold, so it reads and writes at the same time.
        talk(address).stdin(&*large).run().stdout(&large).stderr("").exit(0);
    }
    let (mut nc, port) = other_server("nc -v -N -l 127.0.0.1 0");
    nc.stdin().write_all(b"from nc").unwrap();
    // By name, which needs a grant.
    let talk = talk(format!("localhost:{port}")).option("-S").option("allow-ip-name-lookup").stdin("to nc");
    talk.run().stdout("from nc").exit(0);
    nc.end().stdout("to nc").exit(0);
}

#[test]
fn kinds_of_errors() {
    // It reads nothing, so that closing resets the connection.
    let resets = std_server(|stream| _ = stream.peek(&mut [0]));
    let app = || App::new("net_errors").arg(resets.to_string()).arg("127.0.0.1:1");
    let names = "look up: PermissionDenied\nlook up nonsense: InvalidInput\n";
    app()
        .run()
        .stdout(&format!(
            "connect: PermissionDenied\nconnect to one of two: PermissionDenied\n\
             connect to none: InvalidInput\n{names}udp: PermissionDenied\n\
             listen elsewhere: PermissionDenied\nlisten: PermissionDenied\n"
        ))
        .exit(0);
    app()
        .network()
        .run()
        .stdout(&format!(
            "connect: ConnectionRefused\nconnect to one of two: fine\nconnect to none: InvalidInput\n{names}\
             udp: fine\nlisten elsewhere: AddrNotAvailable\nlisten: fine\nlisten again: AddrInUse\n\
             read: ConnectionReset\nread again: fine\nwrite: BrokenPipe\n"
        ))
        .exit(0);
}

#[test]
fn a_read_that_loses_races_loses_no_byte_and_does_not_spin() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let app = App::new("net_raced").network().arg(listener.local_addr().unwrap().to_string()).start();
    let (mut stream, _) = listener.accept().unwrap();
    let mut sent = String::new();
    for n in 0..250 {
        // The timer has won four times.
        assert_eq!(stream.read(&mut [0]).unwrap(), 1);
        let piece = format!("piece {n};");
        stream.write_all(piece.as_bytes()).unwrap();
        sent += &piece;
    }
    stream.shutdown(Shutdown::Write).unwrap();
    let output = app.end();
    output.exit(0);
    let text = output.text();
    let (counts, all) = text.split_once('\n').unwrap();
    assert_eq!(all, sent);
    let counts: Vec<u32> = counts.split(' ').map(|count| count.parse().unwrap()).collect();
    let [polls, reads, losses] = counts[..] else { panic!("{counts:?}") };
    assert!(losses >= 1000, "{counts:?}");
    // Each poll is caused by a timer, by data, or by a leftover wait of a lost race.
    assert!(polls <= losses + 2 * reads + 10, "{counts:?}");
}

#[test]
fn options_and_each_direction_by_itself() {
    let (sender, received) = channel();
    let echo = std_server(move |mut stream| {
        let (peer, mut text) = (stream.peer_addr().unwrap(), String::new());
        stream.read_to_string(&mut text).unwrap();
        // A client that reads nothing may have been disconnected.
        let _ = stream.write_all(text.as_bytes());
        sender.send((peer, text)).unwrap();
    });
    let output = App::new("net_options").network().arg(echo.to_string()).run();
    let (peer, text) = received.recv().unwrap();
    assert_eq!(text, "all of it");
    output
        .stdout(&format!("{peer}\nNone\nSome(77s)\nNone\nInvalidInput\nBrokenPipe\nall of it\n0\n"))
        .exit(0);
    assert_eq!(received.recv().unwrap().1, "and this");
}

#[test]
fn datagrams_for_two_receivers() {
    let mut server = Server::start(App::new("net_udp_echo"));
    let mut told = String::new();
    let (ip, port) = (server.address.ip(), server.address.port());
    let mut clients = [other(&format!("nc -u {ip} {port}")), other(&format!("socat - UDP:{ip}:{port}"))];
    let mut pipes: Vec<_> =
        clients.iter_mut().map(|client| (client.stdin(), BufReader::new(client.stdout()))).collect();
    for n in 0..5 {
        for (stdin, stdout) in &mut pipes {
            converse(stdin, stdout, &format!("datagram {n}"));
        }
        // Each of the two receivers has got one.
        told.clear();
        server.stdout.read_line(&mut told).unwrap();
        assert_eq!(told, "(11, 11)\n");
    }
    // An empty datagram counts, and a burst is queued.
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let sizes = [0, 1400, 1, 2, 3, 4, 5, 6, 7, 8];
    sizes.iter().for_each(|&size| _ = socket.send_to(&vec![1; size], server.address).unwrap());
    let mut buffer = [0; 2000];
    let mut got: Vec<_> = sizes.iter().map(|_| socket.recv(&mut buffer).unwrap()).collect();
    got.sort_unstable();
    assert_eq!(got, [0, 1, 2, 3, 4, 5, 6, 7, 8, 1400]);
    let server = Server::start(App::new("net_udp_echo").arg("[::1]:0"));
    let socket = UdpSocket::bind("[::1]:0").unwrap();
    socket.send_to(b"six", server.address).unwrap();
    assert_eq!(socket.recv_from(&mut buffer).unwrap(), (3, server.address));
}

#[test]
fn a_connected_socket_receives_only_from_its_peer() {
    let (peer, stranger) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let mut running =
        App::new("net_udp_connected").network().arg(peer.local_addr().unwrap().to_string()).start();
    let mut stdout = BufReader::new(running.stdout()).lines();
    let mut line = || stdout.next().unwrap().unwrap();
    assert_eq!(line(), "InvalidInput");
    let address: SocketAddr = line().parse().unwrap();
    let mut stdin = running.stdin();
    for answer in ["short", "longer than its buffer"] {
        writeln!(stdin, "question").unwrap();
        let mut buffer = [0; 100];
        assert_eq!(peer.recv_from(&mut buffer).unwrap(), (8, address));
        stranger.send_to(b"not heard", address).unwrap();
        peer.send_to(answer.as_bytes(), address).unwrap();
        assert_eq!(line(), answer[..answer.len().min(8)]);
    }
    drop(stdin);
    assert_eq!(line(), "InvalidInput");
    running.end().exit(0).stderr("");
}

/// The core checked its sockets only at the ticks of a guest that always found something ready, and without ticks
/// never.
#[test]
fn connections_of_an_instance_that_never_waits() {
    for cores in [1, 2] {
        let app = || App::new("net_never_waits").network().cores(cores);
        app().run().stdout("Ok([104, 105])\n").exit(0);
        app().option("--no-preemption").run().stdout("Ok([104, 105])\n").exit(0);
    }
}

#[test]
fn names() {
    let app = || App::new("net_lookup").arg("localhost:80").arg("127.0.0.1:81").arg("nobody.invalid:82");
    let output = app().option("-S").option("allow-ip-name-lookup").run();
    let text = output.exit(0).text();
    let lines: Vec<_> = text.lines().collect();
    assert!(lines[0].contains("127.0.0.1:80") || lines[0].contains("[::1]:80"), "{text}");
    assert_eq!(lines[1], "[127.0.0.1:81]");
    assert!(lines[2] == "NotFound", "{text}");
}

#[test]
fn curl_gets_pages() {
    let server = Server::start(App::new("net_http"));
    let address = server.address;
    let curl = other(&format!("curl -sS --http1.0 --no-keepalive http://{address}/page"));
    curl.end().stdout("GET /page HTTP/1.0").stderr("").exit(0);
    let curl = other(&format!("curl -sS -Z --parallel-max 50 http://{address}/[1-50]"));
    // Its progress output is not compared.
    let text = curl.end().exit(0).text();
    let mut pages: Vec<_> = text.split_inclusive("HTTP/1.1").collect();
    pages.sort_unstable_by_key(|page| (page.len(), *page));
    let expected: Vec<_> = (1..=50).map(|n| format!("GET /{n} HTTP/1.1")).collect();
    assert_eq!(pages, expected);
}

#[test]
fn a_stopping_server_serves_its_accepted_clients() {
    let server = Server::start(App::new("net_stops"));
    let talkers: Vec<_> = (0..3)
        .map(|n| {
            let stream = server.connect();
            let mut talker = (BufReader::new(stream.try_clone().unwrap()), stream);
            converse(&mut talker.1, &mut talker.0, &format!("first {n}"));
            talker
        })
        .collect();
    assert_eq!(exchange(server.connect(), "stop\nand a line\n"), "stop\nand a line\n");
    for (mut reader, mut stream) in talkers {
        converse(&mut stream, &mut reader, "still here");
        assert_eq!(exchange(stream, ""), "");
    }
    server.ends_with("all are served\n", "");
}

/// The listener of the book's server stayed open until the last client had left, and new clients waited in vain.
#[test]
fn a_stopping_server_refuses_new_clients() {
    let mut server = Server::start(App::new("server"));
    let mut stream = server.connect();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    stream.write_all(b"first\n").unwrap();
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    // The end of stdin stops the server. It does not say when it has noticed.
    drop(server.running.stdin());
    while TcpStream::connect(server.address).is_ok() {}
    stream.write_all(b"second\n").unwrap();
    reader.read_line(&mut line).unwrap();
    assert_eq!(line, "FIRST\nSECOND\n");
    drop((stream, reader));
    server.ends_with("all are served\n", "");
}

/// The datagrams were all taken from the host at once, and kept for later receives. A receive that was
/// already waiting was never woken.
#[test]
fn datagrams_reach_waiting_receivers() {
    App::new("net_udp_shared").network().run().stdout("[\"one\", \"two\"]\n").exit(0);
}
