//! The host: commands over one API, reached in process or through a Unix socket.

pub mod api;
mod host;
pub mod plugin;
mod settings;
mod stop;
pub mod transport;

pub use host::{Host, HostOptions, LiveSample, Now, Serving, Trial, accept_loss, restore, trial};
pub use settings::{PluginSettings, Settings};
pub use stop::StopSignal;
