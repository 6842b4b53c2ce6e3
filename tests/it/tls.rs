//! Clients of `wasi:tls`.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::spawn;

use tests::App;

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
