//! Numeric programs written for rayon: the `use` line, `.await`, and what closures borrow are all that differs.
//! Each gives what the loop gives.
use guest_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
struct Body {
    at: [f64; 2],
    speed: [f64; 2],
    mass: f64,
}

fn pull(body: &Body, bodies: &[Body]) -> [f64; 2] {
    bodies.iter().fold([0.0; 2], |[x, y], other| {
        let (dx, dy) = (other.at[0] - body.at[0], other.at[1] - body.at[1]);
        let near = dx * dx + dy * dy + 0.01;
        [x + other.mass * dx / near, y + other.mass * dy / near]
    })
}

fn moved(body: &mut Body, pull: &[f64; 2], dt: f64) {
    for (axis, pull) in pull.iter().enumerate() {
        body.speed[axis] += pull * dt;
        body.at[axis] += body.speed[axis] * dt;
    }
}

async fn n_bodies() {
    let start = |n: u32| Body { at: [f64::from(n).sin(), f64::from(n).cos()], speed: [0.0; 2], mass: 0.1 };
    let mut bodies: Vec<Body> = (0..200).map(start).collect();
    let (mut expected, dt) = (bodies.clone(), 0.01);
    for _ in 0..3 {
        let pulls: Vec<_> =
            bodies.par_iter().lending(&bodies).map(|(bodies, body)| pull(body, bodies)).collect().await;
        bodies
            .par_iter_mut()
            .zip(&pulls)
            .lending(dt)
            .for_each(|(dt, (body, pull))| moved(body, pull, dt))
            .await;

        let pulls: Vec<_> = expected.iter().map(|body| pull(body, &expected)).collect();
        expected.iter_mut().zip(&pulls).for_each(|(body, pull)| moved(body, pull, dt));
    }
    assert_eq!(bodies, expected);
}

fn nearest(centers: &[(i64, i64)], point: &(i64, i64)) -> usize {
    let distance = |at: &(i64, i64)| (at.0 - point.0).pow(2) + (at.1 - point.1).pow(2);
    (0..centers.len()).min_by_key(|&center| distance(&centers[center])).unwrap_or(0)
}

async fn k_means() {
    let k = 5;
    let points: Vec<(i64, i64)> = (0..10_000).map(|n| (n * 7919 % 1000, n * 104_729 % 997)).collect();
    let mut centers = points[..k].to_vec();
    for _ in 0..3 {
        let add = |mut sums: Vec<(i64, i64, i64)>, (centers, point): (&Vec<(i64, i64)>, &(i64, i64))| {
            let sum = &mut sums[nearest(centers, point)];
            *sum = (sum.0 + point.0, sum.1 + point.1, sum.2 + 1);
            sums
        };
        let merge = |a: Vec<(i64, i64, i64)>, b: Vec<(i64, i64, i64)>| {
            a.into_iter().zip(b).map(|(a, b)| (a.0 + b.0, a.1 + b.1, a.2 + b.2)).collect()
        };
        // rayon's `fold(|| vec![..; k], ..)` captures `k`.
        let sums = points.par_iter().lending(&centers).fold_with(vec![(0, 0, 0); k], add).reduce_with(merge);
        let sums = sums.await.unwrap();
        let expected = points.iter().fold(vec![(0, 0, 0); k], |sums, point| add(sums, (&centers, point)));
        assert_eq!(sums, expected);
        centers = sums.iter().map(|(x, y, n)| (x / n.max(&1), y / n.max(&1))).collect();
    }
}

struct Board {
    width: usize,
    height: usize,
    cells: Vec<bool>,
}

impl Board {
    fn lives(cells: &[bool], (width, height): (usize, usize), (x, y): (usize, usize)) -> bool {
        let at = |dx: usize, dy: usize| cells[(y + dy) % height * width + (x + dx) % width];
        let around = (0..9).filter(|n| *n != 4 && at(n % 3 + width - 1, n / 3 + height - 1)).count();
        around == 3 || around == 2 && at(0, 0)
    }

    async fn next(&self) -> Self {
        let Self { width, height, cells } = self;
        let mut next = vec![false; cells.len()];
        let rows = next.par_chunks_mut(*width).enumerate().lending((cells, *width, *height));
        let row = rows.for_each(|((cells, width, height), (y, row))| {
            row.iter_mut()
                .enumerate()
                .for_each(|(x, cell)| *cell = Self::lives(cells, (width, height), (x, y)));
        });
        row.await;
        Self { width: *width, height: *height, cells: next }
    }
}

async fn life() {
    let (width, height) = (60, 40);
    let mut board = Board { width, height, cells: (0..width * height).map(|n| n * 31 % 7 < 3).collect() };
    for _ in 0..5 {
        let all =
            (0..width * height).map(|n| Board::lives(&board.cells, (width, height), (n % width, n / width)));
        let expected: Vec<bool> = all.collect();
        board = board.next().await;
        assert_eq!(board.cells, expected);
    }
}

/// Literals get their types from what the closures do with them.
async fn integral() {
    let (from, steps) = (0.0, 100_000);
    let width = 1.0 / f64::from(steps);
    let heights = (0..steps).into_par_iter().lending((from, width)).map(|((from, width), n)| {
        let x = from + (f64::from(n) + 0.5) * width;
        4.0 / (1.0 + x * x)
    });
    let pi = heights.sum::<f64>().await * width;
    assert!((pi - std::f64::consts::PI).abs() < 1e-9, "{pi}");
}

async fn primes() {
    let (limit, segment) = (200_000, 1 << 12);
    let is_prime = |n: usize| n > 1 && (2..).take_while(|d| d * d <= n).all(|d| !n.is_multiple_of(d));
    let base: Vec<usize> = (2..450).filter(|n| is_prime(*n)).collect();
    let segments = (0..=limit / segment).into_par_iter().lending((&base, segment, limit));
    let count: usize = segments
        .map(|((base, segment, limit), n)| {
            let (from, to) = (n * segment, ((n + 1) * segment).min(limit + 1));
            let is_composite =
                |n: usize| base.iter().take_while(|p| *p * *p <= n).any(|p| n.is_multiple_of(*p));
            (from.max(2)..to).filter(|n| !is_composite(*n)).count()
        })
        .sum()
        .await;
    assert_eq!(count, (0..=limit).filter(|n| is_prime(*n)).count());
}

#[guest_runtime::main]
async fn main() {
    n_bodies().await;
    k_means().await;
    life().await;
    integral().await;
    primes().await;
    println!("all equal");
}
