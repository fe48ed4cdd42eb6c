//! The host: commands over one API, reached in process or through a Unix socket.

pub mod api;
mod host;
mod settings;
mod stop;
pub mod transport;

pub use host::{Host, HostOptions, LiveSample, Now, Serving, Trial, accept_loss, restore, trial};
pub use settings::Settings;
pub use stop::StopSignal;
