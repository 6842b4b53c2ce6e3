//! `Result` and `Option`, as the `try_` methods see them.

/// A `Result` or an `Option`.
///
/// This trait is sealed: only this crate implements it.
///
/// # Examples
///
/// ```
/// use guest_runtime::prelude::*;
///
/// guest_runtime::block_on(async {
///     let check = |n: u32| if n < 7 { Some(()) } else { None };
///     assert_eq!((0..7_u32).into_par_iter().try_for_each(check).await, Some(()));
/// });
/// ```
pub trait Attempt: Sized {
    /// The value of a success.
    type Output;

    #[doc(hidden)]
    fn of(output: Self::Output) -> Self;

    /// Returns the value, or the error or `None` in its place.
    #[doc(hidden)]
    fn branch(self) -> Result<Self::Output, Self>;

    #[doc(hidden)]
    fn is_end(&self) -> bool;
}

impl<T> Attempt for Option<T> {
    type Output = T;

    fn of(output: T) -> Self {
        Some(output)
    }

    fn branch(self) -> Result<T, Self> {
        self.ok_or(None)
    }

    fn is_end(&self) -> bool {
        self.is_none()
    }
}

impl<T, E> Attempt for Result<T, E> {
    type Output = T;

    fn of(output: T) -> Self {
        Ok(output)
    }

    fn branch(self) -> Result<T, Self> {
        self.map_err(Err)
    }

    fn is_end(&self) -> bool {
        self.is_err()
    }
}
