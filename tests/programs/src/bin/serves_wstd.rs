//! Handles HTTP requests with wstd. The path says what to do.

use std::sync::atomic::{AtomicU32, Ordering};

use wstd::http::body::Body;
use wstd::http::{Error, Request, Response, StatusCode};
use wstd::task::sleep;
use wstd::time::Duration;

/// How many requests this instance has begun.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

#[wstd::http_server]
async fn main(request: Request<Body>) -> Result<Response<Body>, Error> {
    let number = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
    let header = |name: &str| {
        let value = request.headers().get(name).map(|value| value.to_str().unwrap_or("?").to_owned());
        value.unwrap_or_else(|| "none".to_owned())
    };
    let text = match request.uri().path() {
        "/" => "hello\n".to_owned(),
        "/number" => format!("{number}\n"),
        "/head" => {
            let (method, uri) = (request.method(), request.uri());
            // The standard hides the header `host`; the URI has it.
            format!("{method} {uri} {}\n", header("x-forwarded-for"))
        }
        "/echo" => return Ok(Response::new(request.into_body())),
        "/count" => {
            let mut body = request.into_body();
            format!("{}\n", body.contents().await?.len())
        }
        "/sleep" => {
            sleep(Duration::from_millis(200)).await;
            "slept\n".to_owned()
        }
        "/forever" => {
            eprintln!("waiting");
            sleep(Duration::from_secs(3600)).await;
            String::new()
        }
        "/spin" => loop {
            std::hint::spin_loop();
        },
        "/compute" => {
            let sum =
                (0..20_000_000_u64).fold(0, |sum: u64, n| std::hint::black_box(sum.wrapping_mul(31) + n));
            format!("{}\n", sum % 10)
        }
        "/panic" => panic!("as requested"),
        "/exit" => std::process::exit(1),
        "/memory" => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1_u8; 1 << 20]);
            }
        }
        _ => return Ok(Response::builder().status(StatusCode::NOT_FOUND).body("no such path\n".into())?),
    };
    Ok(Response::new(text.into()))
}
