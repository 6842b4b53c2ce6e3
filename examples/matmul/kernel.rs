//! The kernel: some rows of a matrix, times another matrix.

/// The number of rows of `b` that are used for all rows of `a` before the next ones, because they stay
/// in a cache of the processor: 256 KiB of 1024 numbers each.
const BLOCK: usize = 64;

/// The number of rows of `b` that are added to a row of the product at a time, to save loads and stores.
const AT_A_TIME: usize = 4;

/// The number of items in one iteration of the innermost loop, because preemption checks each iteration.
const WIDTH: usize = 16;

/// Computes `rows * b`; `b` has `n` rows of `n` numbers each.
///
/// The order of additions does not depend on the other rows.
// One instruction processes four numbers, as on every x86-64. Components may use these instructions, but
// the compiler has to be told to.
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
pub(crate) fn multiply(rows: &mut [f32], b: &[f32], n: usize) {
    let a = rows.to_vec();
    rows.fill(0.0);
    for (index, block) in b.chunks(BLOCK * n).enumerate() {
        let start = index * BLOCK;
        for (sums, a) in rows.chunks_exact_mut(n).zip(a.chunks_exact(n)) {
            add_products(sums, &a[start..], block);
        }
    }
}

/// Adds the product of a row and the column below to each sum.
#[inline]
#[cfg_attr(target_family = "wasm", target_feature(enable = "simd128"))]
fn add_products(sums: &mut [f32], a: &[f32], block: &[f32]) {
    let n = sums.len();
    let groups = block.chunks_exact(AT_A_TIME * n);
    let last = groups.remainder();
    let first_of_last = groups.len() * AT_A_TIME;
    for (a, group) in a.chunks_exact(AT_A_TIME).zip(groups) {
        let (b0, rest) = group.split_at(n);
        let (b1, rest) = rest.split_at(n);
        let (b2, b3) = rest.split_at(n);
        let (wide, narrow) = sums.as_chunks_mut::<WIDTH>();
        let ([b0, b1, b2, b3], rests) = wide_and_narrow([b0, b1, b2, b3]);
        for ((((sums, b0), b1), b2), b3) in wide.iter_mut().zip(b0).zip(b1).zip(b2).zip(b3) {
            for index in 0..WIDTH {
                sums[index] += (a[0] * b0[index] + a[1] * b1[index]) + (a[2] * b2[index] + a[3] * b3[index]);
            }
        }
        for (index, sum) in narrow.iter_mut().enumerate() {
            let [b0, b1, b2, b3] = rests.map(|rest| rest[index]);
            *sum += (a[0] * b0 + a[1] * b1) + (a[2] * b2 + a[3] * b3);
        }
    }
    for (a, b) in a[first_of_last..].iter().zip(last.chunks_exact(n)) {
        sums.iter_mut().zip(b).for_each(|(sum, b)| *sum += a * b);
    }
}

/// Rows in wide pieces, and the remainder of each.
fn wide_and_narrow(rows: [&[f32]; AT_A_TIME]) -> ([&[[f32; WIDTH]]; AT_A_TIME], [&[f32]; AT_A_TIME]) {
    (rows.map(|row| row.as_chunks().0), rows.map(|row| row.as_chunks::<WIDTH>().1))
}
