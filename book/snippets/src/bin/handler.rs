//! Answers with the number of primes below the number in the path.
use std::ops::Range;

use guest_runtime::http::{Body, Error, Request, Response, StatusCode};
use guest_runtime::prelude::*;

#[guest_runtime::serve]
async fn handle(request: Request<Body>) -> Result<Response<Body>, Error> {
    let Ok(end) = request.uri().path()[1..].parse::<u64>() else {
        return Ok(Response::builder()
            .status(StatusCode::BAD_REQUEST)
            .body("not a number\n".into())?);
    };
    let ranges =
        (0..end).step_by(10_000).map(|start| start..end.min(start + 10_000));
    let counts =
        ranges.map(|range| primes(range).par()).collect::<Vec<_>>().join().await;
    Ok(Response::new(format!("{}\n", counts.iter().sum::<usize>()).into()))
}

#[guest_runtime::parallel]
async fn primes(range: Range<u64>) -> usize {
    range
        .filter(|&n| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| n % d != 0))
        .count()
}
