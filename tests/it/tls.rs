//! Clients of TLS: `wasi:tls`, and HTTPS.

pub(crate) mod certificates;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::thread::spawn;

use tests::{App, Running};

use crate::serve::Server;
use certificates::Certificates;

/// As in wasmtime, the handshake fails with the text of the TLS library.
#[test]
fn a_client_of_tls() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    let listener = server.try_clone().unwrap();
    let answers = spawn(move || {
        for answer in ["HTTP/1.1 400 Bad Request\r\n\r\n", ""] {
            let mut stream = listener.accept().unwrap().0;
            // The first message of TLS.
            let mut first = [0; 5];
            stream.read_exact(&mut first).unwrap();
            assert_eq!(first[..2], [0x16, 3]);
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    let app = |name: &str| {
        App::new("wasi_tls").option("-S").option("tls,inherit-network").arg(&port).arg(name).run()
    };
    app("example.com").exit(0).stdout("failed: received corrupt message of type InvalidContentType\n");
    app("example.com").exit(0).stdout_has("failed: ");
    app("no name").exit(0).stdout("failed: invalid server name\n");
    answers.join().unwrap();
    drop(server);
    // The socket has to be granted.
    App::new("wasi_tls").arg("1").arg("example.com").run().exit(134).stderr_has("access-denied");
}

/// A server that sends each line back in reverse. Returns its port.
fn reversing(certificates: &Certificates) -> (Running, String) {
    let mut openssl = Command::new("openssl");
    openssl.args(["s_server", "-rev", "-accept", "127.0.0.1:0"]);
    openssl.args(["-cert", &certificates.certificate(), "-key", &certificates.key()]);
    let mut running = Running::start(openssl);
    let mut lines = BufReader::new(running.stdout()).lines().map(Result::unwrap);
    let line = lines.find(|line| line.starts_with("ACCEPT ")).unwrap();
    // It writes more than a pipe holds.
    spawn(move || lines.for_each(drop));
    (running, line.rsplit(':').next().unwrap().to_owned())
}

#[test]
fn a_handshake_succeeds_with_an_authority_that_is_trusted() {
    let certificates = Certificates::make();
    let (_server, port) = reversing(&certificates);
    let app =
        |name: &str| App::new("wasi_tls").option("-S").option("tls,inherit-network").arg(&port).arg(name);
    let trusting = |name: &str| app(name).option("--ca").option(certificates.ca());
    trusting("localhost").run().exit(0).stdout("olleh\n");
    let variable = format!("SSL_CERT_FILE={}", certificates.ca());
    app("localhost").under(["env", &variable]).run().exit(0).stdout("olleh\n");
    // Neither another name nor another authority.
    trusting("example.com")
        .run()
        .exit(0)
        .stdout_has("failed: invalid peer certificate: certificate not valid");
    app("localhost").run().exit(0).stdout("failed: invalid peer certificate: UnknownIssuer\n");
}

#[test]
fn https_of_a_server_whose_authority_is_trusted() {
    let certificates = Certificates::make();
    let server =
        Server::start(&["--tls-cert", &certificates.certificate(), "--tls-key", &certificates.key()]);
    for cores in [1, 2, 8] {
        let url = format!("https://localhost:{}/", server.address().port());
        let app = App::new("http_get").cores(cores).option("-S").option("http").arg(url);
        let trusting = app.clone().option("--ca").option(certificates.ca()).run();
        trusting.exit(0).stdout_has("200 ").stdout_has("hello");
        app.run().exit(0).stdout_has("Tls: ");
    }
}

#[test]
fn a_file_without_an_authority_is_refused() {
    let certificates = Certificates::make();
    for (file, says) in [
        (certificates.key(), "key.pem: it has no certificate in PEM"),
        (certificates.path("none.pem"), "none.pem: "),
    ] {
        let app = App::new("wasi_tls").option("--ca").option(&file).arg("1").arg("localhost").run();
        app.exit(66).stderr_is_one_line().stderr_has("cannot use the certificate: ").stderr_has(says);
        // What needs no authority does not read the file.
        let variable = format!("SSL_CERT_FILE={file}");
        App::new("io_cat").under(["env", &variable]).run().exit(0);
    }
}
