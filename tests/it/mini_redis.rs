//! examples/mini-redis as its clients see it: redis-cli and redis-benchmark (Debian's package redis-tools),
//! and some misbehaving ones.

use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{ChildStdout, Command};
use std::time::{Duration, Instant};

use tempfile::tempdir;
use tests::{App, Output, Portable, Running};

/// A reply that takes longer is missing.
const GUARD: Duration = Duration::from_secs(30);

/// Commands, and what redis-cli prints.
const CONVERSATION: &[(&str, &str)] = &[
    ("PING", "PONG"),
    ("ping hello", "hello"),
    ("ECHO 'a b'", "a b"),
    ("SELECT 0", "OK"),
    ("COMMAND COUNT", "48"),
    ("CONFIG GET save", "save\n"),
    ("CLIENT SETNAME me", "OK"),
    ("CLIENT SETINFO lib-name mine", "OK"),
    ("CLIENT GETNAME", "me"),
    ("HELLO 3", "NOPROTO unsupported protocol version\n"),
    ("SET a 1", "OK"),
    ("GET a", "1"),
    ("GET none", ""),
    ("SET a 2 NX", ""),
    ("SET a 3 XX EX 100", "OK"),
    ("TTL a", "100"),
    ("SET b 1 PX 100000", "OK"),
    ("TTL b", "100"),
    ("SET a 1 EX 0", "ERR invalid expire time in 'set' command\n"),
    ("SET a 1 NO", "ERR syntax error\n"),
    ("INCR a", "4"),
    ("INCRBY a 10", "14"),
    ("DECR a", "13"),
    ("DECRBY a 20", "-7"),
    ("ECHO 1 2", "ERR wrong number of arguments for 'echo' command\n"),
    ("MSET c 3 d 4", "OK"),
    ("MGET a c none", "-7\n3\n"),
    ("EXISTS a b c none", "3"),
    ("EXPIRE c 50", "1"),
    ("PEXPIRE none 50", "0"),
    ("PTTL none", "-2"),
    ("TYPE c", "string"),
    ("KEYS [cd]", "d\nc"),
    ("DEL a b c d none", "4"),
    ("DBSIZE", "0"),
    ("LPUSH list b a", "2"),
    ("RPUSH list c", "3"),
    ("LRANGE list 0 -1", "a\nb\nc"),
    ("LLEN list", "3"),
    ("INCR list", "WRONGTYPE Operation against a key holding the wrong kind of value\n"),
    ("LPOP list", "a"),
    ("RPOP list", "c"),
    ("SADD set x", "1"),
    ("SCARD set", "1"),
    ("SMEMBERS set", "x"),
    ("SPOP set", "x"),
    ("HSET hash field value", "1"),
    ("HGET hash field", "value"),
    ("HGETALL hash", "field\nvalue"),
    ("ZADD sorted 2 x 1.5 y", "2"),
    ("ZCARD sorted", "2"),
    ("ZPOPMIN sorted", "y\n1.5"),
    ("PUBLISH channel message", "0"),
    ("SET word hello", "OK"),
    ("DIGEST word 2", "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50"),
    ("DIGEST word x", "ERR value is not an integer or out of range\n"),
    ("DIGEST none 1", ""),
    ("NOPE a b", "ERR unknown command 'NOPE', with args beginning with: 'a' 'b' \n"),
    ("FLUSHALL", "OK"),
    ("DBSIZE", "0"),
];

/// Commands whose reply varies, or after which redis-cli does not return. Other tests cover them.
const COVERED_ELSEWHERE: [&str; 5] = ["info", "quit", "shutdown", "subscribe", "unsubscribe"];

struct Server {
    running: Running,
    address: SocketAddr,
    _printed: BufReader<ChildStdout>,
}

impl Server {
    fn start(cores: usize) -> Self {
        Self::of("mini-redis", cores)
    }

    /// Starts a server on a free port, which it prints first.
    fn of(program: &str, cores: usize) -> Self {
        let app = App::new(program).cores(cores).option("-S").option("inherit-network");
        Self::that_runs(app.arg("127.0.0.1:0").start())
    }

    fn that_runs(mut running: Running) -> Self {
        let (mut line, mut printed) = (String::new(), BufReader::new(running.stdout()));
        printed.read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on ").and_then(|address| address.parse().ok());
        let address = address.unwrap_or_else(|| panic!("it printed {line:?}"));
        Self { running, address, _printed: printed }
    }

    fn client(&self) -> Client {
        Client::new(TcpStream::connect(self.address).unwrap())
    }

    fn tool(&self, name: &str, arguments: &[&str]) -> Running {
        let mut command = Command::new(name);
        Running::start({
            command.args(["-p", &self.address.port().to_string()]).args(arguments);
            command
        })
    }

    #[track_caller]
    fn shut_down(self) -> Output {
        self.client().say("SHUTDOWN\r\n").is_over();
        let output = self.running.end();
        output.exit(0);
        output
    }
}

/// A raw connection.
struct Client(BufReader<TcpStream>);

impl Client {
    fn new(stream: TcpStream) -> Self {
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(GUARD)).unwrap();
        stream.set_write_timeout(Some(GUARD)).unwrap();
        Self(BufReader::new(stream))
    }

    fn say(&mut self, text: impl AsRef<[u8]>) -> &mut Self {
        self.0.get_mut().write_all(text.as_ref()).unwrap();
        self
    }

    /// Expects this as the next reply.
    #[track_caller]
    fn hears(&mut self, expected: &str) -> &mut Self {
        let mut heard = vec![0; expected.len()];
        self.0.read_exact(&mut heard).unwrap();
        assert_eq!(String::from_utf8_lossy(&heard), expected);
        self
    }

    /// Reads a reply that is a number.
    fn number(&mut self) -> u64 {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line.trim()
            .strip_prefix(':')
            .and_then(|number| number.parse().ok())
            .unwrap_or_else(|| panic!("{line}"))
    }

    /// Expects that nothing has arrived.
    #[track_caller]
    fn hears_nothing(&mut self) {
        self.0.get_ref().set_nonblocking(true).unwrap();
        assert_eq!(self.0.fill_buf().unwrap_err().kind(), ErrorKind::WouldBlock);
        self.0.get_ref().set_nonblocking(false).unwrap();
    }

    /// Expects that the server has closed the connection.
    #[track_caller]
    fn is_over(&mut self) {
        match self.0.fill_buf() {
            Ok(rest) => assert_eq!(String::from_utf8_lossy(rest), ""),
            // The server did not read all that had been sent.
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
}

#[track_caller]
fn converses(server: Server) {
    let mut cli = server.tool("redis-cli", &[]);
    let lines: String = CONVERSATION.iter().map(|(line, _)| format!("{line}\n")).collect();
    cli.stdin().write_all(lines.as_bytes()).unwrap();
    let expected: String = CONVERSATION.iter().map(|(_, reply)| format!("{reply}\n")).collect();
    // The order of keys is unspecified.
    let output = cli.end();
    assert_eq!(output.text().replace("\nc\nd\n", "\nd\nc\n"), expected);
    server.shut_down().stderr("");
}

#[test]
fn redis_cli_knows_every_command() {
    converses(Server::start(2));
    let server = Server::start(1);
    let commands = server.tool("redis-cli", &["--json", "COMMAND"]).end();
    let text = commands.text();
    let names: Vec<_> = text.split("[\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let names = names.into_iter().filter(|name| *name != "denyoom");
    let known = |name: &str| {
        let mut lines = CONVERSATION.iter().map(|(line, _)| line.split(' ').next().unwrap());
        COVERED_ELSEWHERE.contains(&name) || lines.any(|word| word.eq_ignore_ascii_case(name))
    };
    let (known, unknown): (Vec<_>, Vec<_>) = names.partition(|name| known(name));
    assert!(known.len() > 40 && unknown.is_empty(), "nobody has tried {unknown:?}: {text}");
    server.shut_down();
}

/// The benchmarks compare with it.
#[test]
fn on_wstd_it_is_the_same() {
    converses(Server::of("wstd_redis", 2));
}

#[test]
fn on_any_runtime_it_is_the_same() {
    let to = tempdir().unwrap();
    let server = Portable::new("mini-redis", to.path()).args(&["127.0.0.1:0"]);
    let running = [Some(server.start_plain()), server.start_jco()];
    running.into_iter().flatten().map(Server::that_runs).for_each(converses);
}

#[test]
fn commands_come_in_pieces_and_in_crowds() {
    let server = Server::start(1);
    let mut client = server.client();
    let commands = "*3\r\n$3\r\nSET\r\n$4\r\nkey1\r\n$6\r\n\r\nabcd\r\nGET key1\n\r\n*1\r\n$4\r\nPING\r\n";
    let replies = "+OK\r\n$6\r\n\r\nabcd\r\n+PONG\r\n";
    for byte in commands.bytes() {
        client.say([byte]);
    }
    client.hears(replies);
    for size in [2, 3, 7, 31] {
        commands.as_bytes().chunks(size).for_each(|piece| _ = client.say(piece));
        client.hears(replies);
    }
    client.say(commands.repeat(3_000)).hears(&replies.repeat(3_000));
    server.shut_down().stderr("");
}

#[test]
fn a_hundred_thousand_commands_through_a_pipe() {
    let server = Server::start(2);
    let mut pipe = server.tool("redis-cli", &["--pipe"]);
    let set = |n: u32| format!("*3\r\n$3\r\nSET\r\n$6\r\n{n:06}\r\n$5\r\nvalue\r\n");
    pipe.stdin().write_all((0..100_000).map(set).collect::<String>().as_bytes()).unwrap();
    pipe.end().stdout_has("errors: 0, replies: 100000").exit(0);
    server.client().say("DBSIZE\r\n").hears(":100000\r\n");
    server.shut_down();
}

/// Replies are not buffered without limit: one client requests 200 MB of them at once and does not read.
#[test]
fn replies_wait_for_their_reader() {
    let server = Server::start(1);
    let (mut client, mut other) = (server.client(), server.client());
    let value = "x".repeat(100_000);
    client.say(format!("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$100000\r\n{value}\r\n")).hears("+OK\r\n");
    client.say("GET a\r\n".repeat(2_000));
    for _ in 0..100 {
        other.say("PING\r\n").hears("+PONG\r\n");
    }
    let reply = format!("$100000\r\n{value}\r\n");
    for _ in 0..2_000 {
        client.hears(&reply);
    }
    let many = format!("MGET{}\r\n", " a".repeat(50));
    client.say(many).hears("-ERR the reply would be larger than 4194304 bytes\r\n");
    server.shut_down().stderr("");
}

#[test]
fn expired_keys_are_removed() {
    let server = Server::start(1);
    let mut client = server.client();
    client.say("SET a 1 PX 1\r\nSET b 1\r\n").hears("+OK\r\n+OK\r\n");
    let deadline = Instant::now() + GUARD;
    // The key itself is not accessed.
    while client.say("DBSIZE\r\n").number() > 1 {
        assert!(Instant::now() < deadline, "it is still there");
    }
    client.say("KEYS *\r\n").hears("*1\r\n$1\r\nb\r\n");
    server.shut_down();
}

#[test]
fn published_messages_arrive() {
    let server = Server::start(2);
    let mut cli = server.tool("redis-cli", &["SUBSCRIBE", "news"]);
    let mut lines = BufReader::new(cli.stdout()).lines().map(Result::unwrap);
    assert_eq!(lines.by_ref().take(3).collect::<Vec<_>>(), ["subscribe", "news", "1"]);
    let (mut client, mut other) = (server.client(), server.client());
    client.say("SUBSCRIBE news more\r\n");
    client
        .hears("*3\r\n$9\r\nsubscribe\r\n$4\r\nnews\r\n:1\r\n*3\r\n$9\r\nsubscribe\r\n$4\r\nmore\r\n:2\r\n");
    other.say("PUBLISH news hello\r\n").hears(":2\r\n");
    assert_eq!(lines.by_ref().take(3).collect::<Vec<_>>(), ["message", "news", "hello"]);
    client.hears("*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n");
    client.say("GET a\r\nPING\r\n");
    client.hears(
        "-ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed",
    );
    client.hears(" in this context\r\n*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    client.say("UNSUBSCRIBE news\r\n").hears("*3\r\n$11\r\nunsubscribe\r\n$4\r\nnews\r\n:1\r\n");
    other.say("PUBLISH news again\r\nPUBLISH more x\r\n").hears(":1\r\n:1\r\n");
    client.hears("*3\r\n$7\r\nmessage\r\n$4\r\nmore\r\n$1\r\nx\r\n");
    client.say("UNSUBSCRIBE\r\nPING\r\n");
    client.hears("*3\r\n$11\r\nunsubscribe\r\n$4\r\nmore\r\n:0\r\n+PONG\r\n");
    client.say("UNSUBSCRIBE\r\nQUIT\r\n").hears("*3\r\n$11\r\nunsubscribe\r\n$-1\r\n:0\r\n+OK\r\n").is_over();
    server.shut_down().stderr("");
}

#[test]
fn a_subscriber_that_does_not_read_is_left_behind() {
    let server = Server::start(1);
    let (mut slow, mut quick, mut other) = (server.client(), server.client(), server.client());
    for client in [&mut slow, &mut quick] {
        client.say("SUBSCRIBE x\r\n").hears("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
    }
    let publish = format!("*3\r\n$7\r\nPUBLISH\r\n$1\r\nx\r\n$50000\r\n{}\r\n", "m".repeat(50_000));
    let message = format!("*3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$50000\r\n{}\r\n", "m".repeat(50_000));
    // The kernel's buffer for the slow client is limited too.
    let messages = (0..10_000).take_while(|_| {
        let subscribers = other.say(&publish).number();
        quick.hears(&message);
        subscribers == 2
    });
    let count = messages.count();
    assert!((20..10_000).contains(&count), "{count} messages");
    quick.say("PING\r\n").hears("*2\r\n$4\r\npong\r\n$0\r\n\r\n");
    server.shut_down().stderr("mini-redis: a subscriber does not keep up\n");
}

#[test]
fn a_long_digest_blocks_no_other_client() {
    for cores in [1, 2] {
        let server = Server::start(cores);
        let (mut patient, mut other) = (server.client(), server.client());
        patient.say("SET a hello\r\nDIGEST a 1000000000000\r\n").hears("+OK\r\n");
        for _ in 0..1_000 {
            other.say("PING\r\n").hears("+PONG\r\n");
        }
        let digest = "$64\r\n9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50\r\n";
        other.say("DIGEST a 2\r\n").hears(digest);
        patient.hears_nothing();
        // Its job ends with it: no other client has a time limit here.
        drop(patient);
        server.shut_down().stderr("");
    }
}

#[test]
fn a_shutdown_waits_for_the_commands_under_way() {
    let server = Server::start(2);
    let (mut patient, mut idle, mut other) = (server.client(), server.client(), server.client());
    idle.say("PING\r\n").hears("+PONG\r\n");
    // When the first reply has arrived, the digest has started.
    patient.say("SET a hello\r\nDIGEST a 200000\r\n").hears("+OK\r\n");
    other.say("SHUTDOWN NOSAVE\r\n").is_over();
    idle.is_over();
    let mut digest = [0; 71];
    patient.0.read_exact(&mut digest).unwrap();
    assert!(digest.starts_with(b"$64\r\n"), "{digest:?}");
    patient.is_over();
    let Server { running, address, .. } = server;
    running.end().exit(0).stderr("");
    assert_eq!(TcpStream::connect(address).unwrap_err().kind(), ErrorKind::ConnectionRefused);
}

/// Each of these clients ends badly, and no other client is affected.
#[test]
fn clients_without_manners() {
    let server = Server::start(1);
    let mut good = server.client();
    for (garbage, error) in [
        ("*x\r\n", "invalid multibulk length"),
        ("*1\r\n+PING\r\n", "expected '$', got '+'"),
        ("*1\r\n$1048577\r\n", "invalid bulk length"),
        ("*1\r\n$3\r\nPING\r\n", "expected CRLF behind a bulk string"),
        ("GET \"a\r\n", "unbalanced quotes in request"),
    ] {
        let mut bad = server.client();
        bad.say("PING\r\n").say(garbage).hears(&format!("+PONG\r\n-ERR Protocol error: {error}\r\n"));
        bad.is_over();
        good.say("PING\r\n").hears("+PONG\r\n");
    }
    // One disconnects in the middle of a command, one in the middle of a reply.
    server.client().say("*2\r\n$4\r\nECHO\r\n$100\r\nabc");
    good.say(format!("*3\r\n$3\r\nSET\r\n$1\r\na\r\n$1000000\r\n{}\r\n", "x".repeat(1_000_000)))
        .hears("+OK\r\n");
    server.client().say("GET a\r\n".repeat(50)).hears("$1000000\r\nxxx");
    // One sends an endless line; the server gives up on it.
    let mut endless = server.client();
    let line = vec![b'a'; 65_536];
    while endless.0.get_mut().write_all(&line).is_ok() {}
    good.say("PING\r\n").hears("+PONG\r\n");
    // All of them have been disconnected.
    let clients = |good: &mut Client| {
        good.say("INFO\r\n");
        let mut lines =
            good.0.by_ref().lines().map(Result::unwrap).take_while(|line| !line.starts_with("db0"));
        let count =
            lines.find_map(|line| line.strip_prefix("connected_clients:").map(str::to_owned)).unwrap();
        lines.for_each(drop);
        let mut end = String::new();
        good.0.read_line(&mut end).unwrap();
        count
    };
    let deadline = Instant::now() + GUARD;
    while clients(&mut good) != "1" {
        assert!(Instant::now() < deadline, "some are still there");
    }
    server.shut_down();
}

#[test]
fn only_so_many_are_served_at_a_time() {
    const CLIENTS: usize = 200;
    let server = Server::start(1);
    let mut clients: Vec<_> = (0..CLIENTS).map(|_| server.client()).collect();
    for client in &mut clients {
        client.say("PING\r\n").hears("+PONG\r\n");
    }
    let mut next = server.client();
    next.say("SET came yes\r\n");
    for _ in 0..100 {
        clients[0].say("GET came\r\n").hears("$-1\r\n");
    }
    next.hears_nothing();
    clients.pop();
    next.hears("+OK\r\n");
    server_with_room(server, clients);
}

/// Shuts down a server once it accepts one more client.
fn server_with_room(server: Server, mut clients: Vec<Client>) {
    clients[0].say("SHUTDOWN\r\n").is_over();
    clients[1].is_over();
    server.running.end().exit(0).stderr("");
}

#[test]
fn redis_benchmark_is_content() {
    let server = Server::start(2);
    for pipeline in ["1", "16"] {
        let load = server.tool("redis-benchmark", &["-q", "-n", "2000", "-c", "20", "-P", pipeline]);
        let output = load.end();
        output.exit(0).stdout_has("ZPOPMIN").stdout_has("MSET (10 keys)");
        let said = output.text() + &output.stderr;
        assert!(!said.to_lowercase().contains("error") && !said.contains("WARNING"), "{said}");
    }
    server.shut_down();
}

#[test]
fn invalid_arguments_are_reported() {
    App::new("mini-redis").run().stderr_has("usage: mini-redis ADDRESS:PORT").exit(2);
    App::new("mini-redis").arg("127.0.0.1:0").run().stderr_has("mini-redis: ").exit(1);
    let server = Server::start(1);
    let app = App::new("mini-redis").option("-S").option("inherit-network");
    app.arg(server.address.to_string()).run().stderr_has(&server.address.to_string()).exit(1);
    server.shut_down();
}
