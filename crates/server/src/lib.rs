//! The host: commands over one API, reached in process or through a Unix socket.
