//! From the file's bytes to lines of UTF-8: decompression, encodings, line ends.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use encoding_rs::{Decoder, Encoding};
use flate2::read::MultiGzDecoder;

use crate::ImportError;

/// The bytes of one line, at most: a file without line ends must not be read into memory whole.
const MAX_LINE_BYTES: u64 = 1 << 20;

/// The lines of a file.
pub(crate) struct Lines<'r> {
    source: Box<dyn BufRead + 'r>,
    /// Lines that were read ahead and given back.
    ahead: VecDeque<Vec<u8>>,
    number: u64,
    bytes: Rc<Cell<u64>>,
}

/// What came of asking for a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LineState {
    /// There it is, without its end.
    Whole,
    /// It is too long; its beginning is there.
    TooLong,
    /// There is none.
    End,
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lines").field("number", &self.number).finish_non_exhaustive()
    }
}

impl<'r> Lines<'r> {
    /// Begins to read. Compression and byte order marks are recognised by the first bytes, not by a name.
    pub(crate) fn open(input: impl Read + 'r, encoding: &'static Encoding) -> Result<Self, ImportError> {
        let bytes = Rc::new(Cell::new(0));
        let counted = Counted { inner: input, bytes: Rc::clone(&bytes) };
        let failed = |source| ImportError::Read { line: 0, source };
        let (start, plain) = peek(counted).map_err(failed)?;
        let (start, plain): (_, Box<dyn Read + 'r>) = if start.starts_with(&[0x1f, 0x8b]) {
            let (start, rest) = peek(MultiGzDecoder::new(BufReader::new(plain))).map_err(failed)?;
            (start, Box::new(rest))
        } else {
            (start, Box::new(plain))
        };
        if start.starts_with(b"PK\x03\x04") {
            return Err(ImportError::NotText { what: "a workbook or another zip archive" });
        }
        let (encoding, mark) = Encoding::for_bom(&start).unwrap_or((encoding, 0));
        let source: Box<dyn BufRead + 'r> = if encoding == encoding_rs::UTF_8 {
            let mut source = BufReader::with_capacity(1 << 16, plain);
            io::copy(&mut source.by_ref().take(mark as u64), &mut io::sink()).map_err(failed)?;
            Box::new(source)
        } else {
            Box::new(BufReader::with_capacity(1 << 16, Transcoded::new(plain, encoding)))
        };
        Ok(Self { source, ahead: VecDeque::new(), number: 0, bytes })
    }

    /// The number of the last line, from 1.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }

    /// Bytes of the file that were read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    /// Reads the next line into `line`, replacing what is there.
    pub(crate) fn next(&mut self, line: &mut Vec<u8>) -> io::Result<LineState> {
        line.clear();
        if let Some(mut earlier) = self.ahead.pop_front() {
            self.number += 1;
            line.append(&mut earlier);
            return Ok(LineState::Whole);
        }
        if self.source.by_ref().take(MAX_LINE_BYTES).read_until(b'\n', line)? == 0 {
            return Ok(LineState::End);
        }
        self.number += 1;
        if line.pop_if(|last| *last == b'\n').is_some() {
            line.pop_if(|last| *last == b'\r');
        } else if line.len() as u64 == MAX_LINE_BYTES {
            self.source.skip_until(b'\n')?;
            return Ok(LineState::TooLong);
        } else {
            line.pop_if(|last| *last == b'\r');
        }
        Ok(LineState::Whole)
    }

    /// Gives back lines, the first one first, so that they are read again.
    pub(crate) fn give_back(&mut self, lines: Vec<Vec<u8>>) {
        self.number -= lines.len() as u64;
        for line in lines.into_iter().rev() {
            self.ahead.push_front(line);
        }
    }
}

/// Reads the first bytes and returns them with a reader that begins with them again.
fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut start)?;
    Ok((start.clone(), Cursor::new(start).chain(reader)))
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    bytes: Rc<Cell<u64>>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.bytes.set(self.bytes.get() + read as u64);
        Ok(read)
    }
}

/// Turns text of another encoding into UTF-8. What cannot be turned becomes U+FFFD.
struct Transcoded<R> {
    inner: BufReader<R>,
    decoder: Decoder,
    text: Vec<u8>,
    given: usize,
    done: bool,
}

impl<R: Read> Transcoded<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Self {
        let inner = BufReader::with_capacity(1 << 16, inner);
        Self { inner, decoder: encoding.new_decoder(), text: Vec::new(), given: 0, done: false }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.text.len() && !self.done {
            let bytes = self.inner.fill_buf()?;
            self.done = bytes.is_empty();
            let room = self.decoder.max_utf8_buffer_length(bytes.len()).unwrap_or(1 << 20);
            self.text.resize(room, 0);
            let (_, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut self.text, self.done);
            self.inner.consume(read);
            self.text.truncate(written);
            self.given = 0;
        }
        let rest = &self.text[self.given..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.given += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn lines(bytes: &[u8], label: &str) -> Vec<String> {
        let encoding = Encoding::for_label(label.as_bytes()).unwrap();
        let mut lines = Lines::open(bytes, encoding).unwrap();
        let (mut all, mut line) = (Vec::new(), Vec::new());
        while lines.next(&mut line).unwrap() == LineState::Whole {
            all.push(String::from_utf8(line.clone()).unwrap());
        }
        assert_eq!(lines.number(), all.len() as u64);
        assert_eq!(lines.bytes(), bytes.len() as u64);
        all
    }

    #[test]
    fn encodings_marks_and_line_ends_do_not_show() {
        assert_eq!(lines("\u{feff}a,b\r\n\r\n王芳,1".as_bytes(), "utf-8"), ["a,b", "", "王芳,1"]);
        assert_eq!(lines(b"a\n\xcd\xf5\xb7\xbc\n", "gbk"), ["a", "王芳"]);
        assert_eq!(lines(b"\xff\xfea\0\n\0b\0", "utf-8"), ["a", "b"]);
        assert_eq!(lines(b"", "utf-8"), Vec::<String>::new());
    }

    #[test]
    fn a_compressed_file_is_known_by_its_bytes_even_if_it_has_several_parts() {
        let mut packed = Vec::new();
        for part in ["a\nb", "c\n"] {
            let mut encoder = flate2::write::GzEncoder::new(&mut packed, flate2::Compression::fast());
            encoder.write_all(part.as_bytes()).unwrap();
            encoder.finish().unwrap();
        }
        assert_eq!(lines(&packed, "utf-8"), ["a", "bc"]);
        assert!(matches!(Lines::open(&b"PK\x03\x04rest"[..], encoding_rs::UTF_8), Err(ImportError::NotText { .. })));
    }

    #[test]
    fn a_line_that_never_ends_is_not_kept_whole() {
        let mut bytes = vec![b'x'; (MAX_LINE_BYTES + 10) as usize];
        bytes.extend(b"\nnext");
        let (mut lines, mut line) = (Lines::open(&bytes[..], encoding_rs::UTF_8).unwrap(), Vec::new());
        assert_eq!(lines.next(&mut line).unwrap(), LineState::TooLong);
        assert_eq!(line.len() as u64, MAX_LINE_BYTES);
        assert_eq!(lines.next(&mut line).unwrap(), LineState::Whole);
        assert_eq!((line.as_slice(), lines.number()), (&b"next"[..], 2));
    }
}
