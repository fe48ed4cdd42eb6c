//! Folders to candidates to generations: watching, settling, compiling, proving, last good.
