//! Writing and reading a backup's bytes.

use std::io::{self, ErrorKind, Read, Write};

use tierhook_model::{Position, digest256_hex};

use super::BackupReport;
use crate::cut::Chunk;
use crate::{BackupError, RestoreError, disk};

/// What every backup begins with.
const MAGIC: &[u8; 16] = b"tierhook backup\n";
/// The format of the stream that this release writes, and the latest that it reads.
const STREAM_VERSION: u32 = 1;
/// The length of a digest in hexadecimal digits.
const DIGEST_BYTES: usize = 64;

/// Writes a backup.
pub(crate) struct Encoder<'a> {
    out: &'a mut dyn Write,
    digest: String,
    keys: u64,
    bytes: u64,
}

impl<'a> Encoder<'a> {
    /// Writes the head.
    ///
    /// # Errors
    /// [`BackupError::Output`].
    pub(crate) fn begin(out: &'a mut dyn Write, position: Position) -> Result<Self, BackupError> {
        let head = [&MAGIC[..], &STREAM_VERSION.to_be_bytes(), &position.0.to_be_bytes()].concat();
        let digest = digest256_hex(&[&head]);
        let mut encoder = Self { out, digest, keys: 0, bytes: 0 };
        encoder.write(&head)?;
        Ok(encoder)
    }

    /// How many keys were written.
    pub(crate) fn keys(&self) -> u64 {
        self.keys
    }

    /// Writes a block.
    ///
    /// # Errors
    /// [`BackupError::Output`].
    pub(crate) fn block(&mut self, chunk: &Chunk) -> Result<(), BackupError> {
        let mut content = Vec::with_capacity(chunk.iter().map(|(key, value)| 8 + key.len() + value.len()).sum());
        for (key, value) in chunk {
            content.extend((key.len() as u32).to_be_bytes());
            content.extend((value.len() as u32).to_be_bytes());
            content.extend_from_slice(key);
            content.extend_from_slice(value);
        }
        self.keys += chunk.len() as u64;
        self.write(&(content.len() as u32).to_be_bytes())?;
        self.part(&content)
    }

    /// Writes the end.
    ///
    /// # Errors
    /// [`BackupError::Output`].
    pub(crate) fn end(mut self, position: Position) -> Result<BackupReport, BackupError> {
        self.write(&0_u32.to_be_bytes())?;
        self.part(&self.keys.to_be_bytes())?;
        self.out.flush().map_err(output)?;
        Ok(BackupReport { position, keys: self.keys, bytes: self.bytes, digest: self.digest })
    }

    fn part(&mut self, content: &[u8]) -> Result<(), BackupError> {
        self.digest = digest256_hex(&[self.digest.as_bytes(), content]);
        self.write(content)?;
        let digest = self.digest.clone();
        self.write(digest.as_bytes())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.bytes += bytes.len() as u64;
        self.out.write_all(bytes).map_err(output)
    }
}

/// Reads a backup, proving each part before it gives it out.
pub(crate) struct Decoder<'a> {
    input: &'a mut dyn Read,
    digest: String,
    keys: u64,
    bytes: u64,
    /// The commit as of which the backup is.
    pub(crate) position: Position,
}

/// A block's content, proved.
pub(crate) struct Block(Vec<u8>);

impl<'a> Decoder<'a> {
    /// Reads the head.
    ///
    /// # Errors
    /// [`RestoreError`] if it is none, or of a later format.
    pub(crate) fn begin(input: &'a mut dyn Read) -> Result<Self, RestoreError> {
        let mut decoder = Self { input, digest: String::new(), keys: 0, bytes: 0, position: Position(0) };
        let magic: [u8; 16] = decoder.exactly().map_err(not_a_backup)?;
        if magic != *MAGIC {
            return Err(RestoreError::NotABackup);
        }
        let version: [u8; 4] = decoder.exactly()?;
        let found = u32::from_be_bytes(version);
        if found > STREAM_VERSION {
            return Err(RestoreError::NewerFormat { found, known: STREAM_VERSION });
        }
        let position: [u8; 8] = decoder.exactly()?;
        decoder.digest = digest256_hex(&[&[&magic[..], &version, &position].concat()]);
        decoder.position = Position(u64::from_be_bytes(position));
        Ok(decoder)
    }

    /// How many keys the blocks so far held.
    pub(crate) fn keys(&self) -> u64 {
        self.keys
    }

    /// Reads the next block, with its keys counted. `None` is the end, which is proved too.
    ///
    /// # Errors
    /// [`RestoreError`] if it is cut off, altered, or cannot be read.
    pub(crate) fn block(&mut self) -> Result<Option<Block>, RestoreError> {
        let length = u32::from_be_bytes(self.exactly()?);
        if length == 0 {
            let keys: [u8; 8] = self.exactly()?;
            self.prove(&keys)?;
            if u64::from_be_bytes(keys) != self.keys {
                return Err(self.altered("it does not hold as many keys as it says"));
            }
            let mut rest = [0];
            return match self.input.read(&mut rest) {
                Ok(0) => Ok(None),
                Ok(_) => Err(self.altered("something follows its end")),
                Err(source) => Err(RestoreError::Input { source }),
            };
        }
        // Memory is taken as bytes come in, whatever length is claimed.
        let mut content = Vec::new();
        let read = (&mut *self.input).take(length.into()).read_to_end(&mut content);
        read.map_err(|source| RestoreError::Input { source })?;
        if content.len() < length as usize {
            return Err(RestoreError::Truncated { keys: self.keys });
        }
        self.bytes += u64::from(length);
        self.prove(&content)?;
        let block = Block(content);
        let count = block.entries().try_fold(0, |count, entry| entry.map(|_| count + 1));
        self.keys += count.ok_or_else(|| self.altered("a block does not hold whole keys"))?;
        Ok(Some(block))
    }

    /// What was read, once the end was.
    pub(crate) fn report(self) -> BackupReport {
        BackupReport { position: self.position, keys: self.keys, bytes: self.bytes, digest: self.digest }
    }

    /// The error that says that the input is not what was written.
    pub(crate) fn altered(&self, reason: &str) -> RestoreError {
        RestoreError::Altered { keys: self.keys, reason: reason.to_owned() }
    }

    fn prove(&mut self, content: &[u8]) -> Result<(), RestoreError> {
        let said: [u8; DIGEST_BYTES] = self.exactly()?;
        let digest = digest256_hex(&[self.digest.as_bytes(), content]);
        if digest.as_bytes() != said {
            return Err(self.altered("a digest does not fit"));
        }
        self.digest = digest;
        Ok(())
    }

    fn exactly<const LENGTH: usize>(&mut self) -> Result<[u8; LENGTH], RestoreError> {
        let mut bytes = [0; LENGTH];
        self.input.read_exact(&mut bytes).map_err(|source| match source.kind() {
            ErrorKind::UnexpectedEof => RestoreError::Truncated { keys: self.keys },
            _ => RestoreError::Input { source },
        })?;
        self.bytes += LENGTH as u64;
        Ok(bytes)
    }
}

impl Block {
    /// The keys with their values; `None` where the content is no such thing.
    pub(crate) fn entries(&self) -> impl Iterator<Item = Option<(&[u8], &[u8])>> {
        let mut rest = Some(self.0.as_slice());
        std::iter::from_fn(move || {
            let bytes = rest.filter(|rest| !rest.is_empty())?;
            let entry = split(bytes);
            rest = entry.map(|(_, rest)| rest);
            Some(entry.map(|(entry, _)| entry))
        })
    }
}

type Entry<'a> = (&'a [u8], &'a [u8]);

fn split(bytes: &[u8]) -> Option<(Entry<'_>, &[u8])> {
    let (key, rest) = bytes.split_first_chunk::<4>()?;
    let (value, rest) = rest.split_first_chunk::<4>()?;
    let (key, rest) = rest.split_at_checked(u32::from_be_bytes(*key) as usize)?;
    let (value, rest) = rest.split_at_checked(u32::from_be_bytes(*value) as usize)?;
    Some(((key, value), rest))
}

fn output(source: io::Error) -> BackupError {
    BackupError::Output { reason: disk::io_reason(&source) }
}

/// What ends before it says that it is a backup is none.
fn not_a_backup(error: RestoreError) -> RestoreError {
    match error {
        RestoreError::Truncated { .. } => RestoreError::NotABackup,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(keys: &[&str]) -> Chunk {
        keys.iter().map(|key| ((*key).into(), key.to_uppercase().as_str().into())).collect()
    }

    fn written() -> (Vec<u8>, BackupReport) {
        let mut out = Vec::new();
        let mut encoder = Encoder::begin(&mut out, Position(7)).unwrap();
        encoder.block(&chunk(&["m1", "m2"])).unwrap();
        encoder.block(&chunk(&["x"])).unwrap();
        let report = encoder.end(Position(7)).unwrap();
        (out, report)
    }

    fn read(mut bytes: &[u8]) -> Result<(Vec<String>, BackupReport), RestoreError> {
        let mut decoder = Decoder::begin(&mut bytes)?;
        let mut keys = Vec::new();
        while let Some(block) = decoder.block()? {
            for (key, value) in block.entries().flatten() {
                assert_eq!(key.to_ascii_uppercase(), value);
                keys.push(String::from_utf8(key.to_vec()).unwrap());
            }
        }
        Ok((keys, decoder.report()))
    }

    #[test]
    fn what_was_written_is_read() {
        let (bytes, report) = written();
        assert_eq!((report.keys, report.bytes), (3, bytes.len() as u64));
        assert_eq!(read(&bytes).unwrap(), (vec!["m1".into(), "m2".into(), "x".into()], report));
    }

    #[test]
    fn a_backup_that_is_cut_off_anywhere_is_refused() {
        let (bytes, _) = written();
        for length in 0..bytes.len() {
            let error = read(&bytes[..length]).unwrap_err();
            let is_named = match error {
                RestoreError::NotABackup => length < MAGIC.len(),
                RestoreError::Truncated { .. } => length >= MAGIC.len(),
                _ => false,
            };
            assert!(is_named, "{length}: {error}");
        }
    }

    #[test]
    fn a_backup_that_was_altered_anywhere_is_refused() {
        let (bytes, _) = written();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert!(read(&altered).is_err(), "byte {at}");
        }
        let longer = [&bytes[..], b"x"].concat();
        assert!(matches!(read(&longer), Err(RestoreError::Altered { .. })));
        assert!(matches!(read(b"PK\x03\x04 and then some more bytes"), Err(RestoreError::NotABackup)));
    }

    #[test]
    fn blocks_cannot_change_places() {
        let (bytes, _) = written();
        let (head, blocks) = bytes.split_at(28);
        let first = 4 + 2 * (8 + 4) + DIGEST_BYTES;
        let second = 4 + (8 + 2) + DIGEST_BYTES;
        let swapped = [head, &blocks[first..first + second], &blocks[..first], &blocks[first + second..]].concat();
        assert!(matches!(read(&swapped), Err(RestoreError::Altered { .. })));
        let without = [head, &blocks[first..]].concat();
        assert!(matches!(read(&without), Err(RestoreError::Altered { .. })));
    }

    #[test]
    fn a_later_format_is_named() {
        let (mut bytes, _) = written();
        bytes[19] = 9;
        assert!(matches!(read(&bytes), Err(RestoreError::NewerFormat { found: 9, known: 1 })));
    }

    #[test]
    fn a_full_output_says_what_to_do() {
        struct Full;
        impl Write for Full {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(ErrorKind::StorageFull.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let Err(error) = Encoder::begin(&mut Full, Position(1)) else { panic!("it was full") };
        assert!(error.to_string().contains("free some space"), "{error}");
    }
}
