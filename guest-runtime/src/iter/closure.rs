//! The closures of parallel iterators, and what the compiler says about one that captures.

/// A closure that captures nothing, so that every instance has it.
///
/// A closure that borrows a variable is an error of the compiler about lifetimes, which quotes the line below.
#[expect(unnameable_types, reason = "all closures without captures have it")]
#[diagnostic::on_unimplemented(
    message = "this closure owns a variable of the function around it",
    label = "runs in other instances, where the variable is not",
    note = "`.lending((&a, n))` before this method lends variables to the closures, whose argument is then the pair of \
            `(a, n)` and the item"
)]
pub trait Captureless: Copy + 'static
/* variables are lent: items.lending((&a, n)).map(|((a, n), item)| ..) */
{
}

#[diagnostic::do_not_recommend]
impl<F: Copy + 'static> Captureless for F {}

/// Fails to compile a closure that captures something.
#[track_caller]
pub(super) const fn captures_nothing<F>() {
    assert!(
        size_of::<F>() == 0,
        "this closure uses a variable of the function around it, which exists in one instance only: lend it before \
         this method, `.lending((&a, n))`, and take `|((a, n), item)|`"
    );
}
