//! Values about the book as a whole.

/// The key of a value about the book. The numbers are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum MetaKey {
    /// The book's clock.
    Clock = 1,
    /// What was computed over all customers.
    Population = 2,
    /// The active generation. Its value is a [`tierhook_model::GenerationId`], and a smaller one is refused.
    Generation = 3,
    /// How far the book was swept for the passing of time.
    Swept = 4,
    /// The book's settings.
    Settings = 5,
    /// What the last calibration came to.
    Calibrated = 6,
    /// Who was erased when and why, without saying who it was.
    Erasures = 7,
    /// Files about people that were written beside the book.
    Files = 8,
}
