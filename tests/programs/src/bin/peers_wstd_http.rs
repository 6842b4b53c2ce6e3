//! HTTP requests on wstd: two at a time that are answered, a redirect, and one that is refused.
use std::net::SocketAddr;

use wstd::http::error::ErrorCode;
use wstd::http::{Body, Client, Request};

async fn send(request: Request<Body>) -> String {
    match Client::new().send(request).await {
        Ok(mut response) => {
            let body = response.body_mut().contents().await.unwrap().to_vec();
            format!("{} {}", response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        Err(error) => format!("{:?}", error.downcast_ref::<ErrorCode>().unwrap()),
    }
}

fn get(url: String) -> Request<Body> {
    Request::get(url).body(Body::empty()).unwrap()
}

#[wstd::main]
async fn main() {
    let address: SocketAddr = std::env::args().nth(1).unwrap().parse().unwrap();
    let text = "some text\n".repeat(200_000);
    let post = Request::post(format!("http://{address}/echo")).header("content-length", text.len());
    let post = post.body(text.clone().into()).unwrap();
    // The server answers the first when it has the second.
    let (got, echoed) =
        guest_runtime::futures_lite::future::zip(send(get(format!("http://{address}/late"))), send(post))
            .await;
    println!("{got}");
    println!("{}", if echoed == format!("200 {text}") { "echoed" } else { &echoed });
    println!("{}", send(get(format!("http://{address}/moved"))).await);
    println!("{}", send(get("http://127.0.0.1:1/".into())).await);
    println!("{}", send(get(format!("https://{address}/"))).await);
}
