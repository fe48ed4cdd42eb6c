//! The customer book on disk: one tree, one writer, atomic batches.
