//! What a function may return.

use crate::{Class, Classes, Fault, Plan, Score, Warning};

/// What a function may return for a hook that wants `W`: one or several of them, an `Option`, nothing `()`, or a `Result` of any of
/// these with a [`Fault`].
pub trait Wanted<W> {
    /// Adds what is wanted.
    ///
    /// # Errors
    /// The fault of the record.
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault>;
}

macro_rules! wanted {
    ($($one:ty => $wish:ty;)*) => {$(
        impl Wanted<$wish> for $one {
            fn want(self, wishes: &mut Vec<$wish>) -> Result<(), Fault> {
                wishes.push(self.into());
                Ok(())
            }
        }
    )*};
}

wanted! {
    Class => Classes;
    Score => Classes;
    Classes => Classes;
    Plan => Plan;
    Warning => Warning;
}

impl<W> Wanted<W> for () {
    fn want(self, _: &mut Vec<W>) -> Result<(), Fault> {
        Ok(())
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Option<T> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.map_or(Ok(()), |some| some.want(wishes))
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Result<T, Fault> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self?.want(wishes)
    }
}

impl<W, T: Wanted<W>> Wanted<W> for Vec<T> {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.into_iter().try_for_each(|one| one.want(wishes))
    }
}

impl<W, T: Wanted<W>, const N: usize> Wanted<W> for [T; N] {
    fn want(self, wishes: &mut Vec<W>) -> Result<(), Fault> {
        self.into_iter().try_for_each(|one| one.want(wishes))
    }
}
