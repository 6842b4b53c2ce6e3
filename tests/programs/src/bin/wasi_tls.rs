//! A client of `wasi:tls`: connects to a port of this machine as if it were the server that its arguments name,
//! sends a line, and prints what it gets.

use wasi::sockets::instance_network::instance_network;
use wasi::sockets::network::{IpAddressFamily, IpSocketAddress, Ipv4SocketAddress};
use wasi::sockets::tcp_create_socket::create_tcp_socket;

use bindings::wasi::tls::types::ClientHandshake;

mod bindings {
    wit_bindgen::generate!({
        path: "../../wit",
        inline: "
            package wasi:tls@0.2.0-draft;

            interface types {
                use wasi:io/streams@0.2.12.{input-stream, output-stream};
                use wasi:io/poll@0.2.12.{pollable};
                use wasi:io/error@0.2.12.{error as io-error};

                resource client-handshake {
                    constructor(server-name: string, input: input-stream, output: output-stream);
                    finish: static func(this: client-handshake) -> future-client-streams;
                }
                resource client-connection {
                    close-output: func();
                }
                resource future-client-streams {
                    subscribe: func() -> pollable;
                    get: func() -> option<result<result<
                        tuple<client-connection, input-stream, output-stream>, io-error>>>;
                }
            }

            world imports {
                import types;
            }
        ",
        world: "wasi:tls/imports@0.2.0-draft",
        with: {
            "wasi:io/error@0.2.12": ::wasi::io::error,
            "wasi:io/poll@0.2.12": ::wasi::io::poll,
            "wasi:io/streams@0.2.12": ::wasi::io::streams,
        },
    });
}

fn main() {
    let args = std::env::args().collect::<Vec<_>>();
    let (port, name) = (args[1].parse().unwrap(), &args[2]);
    let socket = create_tcp_socket(IpAddressFamily::Ipv4).unwrap();
    let address = IpSocketAddress::Ipv4(Ipv4SocketAddress { port, address: (127, 0, 0, 1) });
    socket.start_connect(&instance_network(), address).unwrap();
    socket.subscribe().block();
    let (input, output) = socket.finish_connect().unwrap();

    let streams = ClientHandshake::finish(ClientHandshake::new(name, input, output));
    streams.subscribe().block();
    match streams.get().unwrap().unwrap() {
        Ok((connection, input, output)) => {
            output.blocking_write_and_flush(b"hello\n").unwrap();
            connection.close_output();
            while let Ok(bytes) = input.blocking_read(1_000) {
                print!("{}", String::from_utf8_lossy(&bytes));
            }
        }
        Err(error) => println!("failed: {}", error.to_debug_string()),
    }
}
