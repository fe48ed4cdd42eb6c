//! Facts to features: pure functions of a customer's facts as of a day.
