//! From the file's bytes to lines of UTF-8: decompression, encodings, line ends.

use std::cell::Cell;
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::rc::Rc;

use encoding_rs::{Decoder, Encoding};
use flate2::read::MultiGzDecoder;

use crate::ImportError;
use crate::mapping::FileKind;

/// How many bytes of a file are looked at to tell what it is.
const START_BYTES: u64 = 512;

/// The bytes of one line, at most: a file without line ends must not be read into memory whole.
const MAX_LINE_BYTES: usize = 1 << 20;

/// A file without its compression, of which the first bytes are known.
pub(crate) struct Unpacked<'r> {
    start: Vec<u8>,
    reader: Box<dyn Read + 'r>,
    bytes: Rc<Cell<u64>>,
}

impl fmt::Debug for Unpacked<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unpacked").field("start", &self.start).finish_non_exhaustive()
    }
}

impl<'r> Unpacked<'r> {
    /// Begins to read. Compression is recognised by the first bytes, not by a name.
    pub(crate) fn open(input: impl Read + 'r) -> Result<Self, ImportError> {
        let bytes = Rc::new(Cell::new(0));
        let counted = Counted { inner: input, bytes: Rc::clone(&bytes) };
        let failed = |source| ImportError::Read { line: 0, source };
        let (start, plain) = peek(counted).map_err(failed)?;
        if !start.starts_with(&[0x1f, 0x8b]) {
            return Ok(Self { start, reader: Box::new(plain), bytes });
        }
        let (start, rest) = peek(MultiGzDecoder::new(BufReader::new(plain))).map_err(failed)?;
        Ok(Self { start, reader: Box::new(rest), bytes })
    }

    /// Returns what the file is by its first bytes; `encoding` is that of texts without a byte order mark.
    pub(crate) fn kind(&self, encoding: &'static Encoding) -> Result<FileKind, ImportError> {
        if self.start.starts_with(b"PK\x03\x04") {
            return Ok(FileKind::Workbook);
        }
        if self.start.starts_with(&[0xd0, 0xcf, 0x11, 0xe0]) {
            return Err(ImportError::NotText { what: "an old .xls workbook, or one with a password" });
        }
        if self.start.starts_with(b"%PDF") {
            return Err(ImportError::NotText { what: "a PDF document" });
        }
        if [b"\x89PNG".as_slice(), b"\xff\xd8\xff", b"GIF8"].iter().any(|mark| self.start.starts_with(mark)) {
            return Err(ImportError::NotText { what: "a picture" });
        }
        let (encoding, mark) = Encoding::for_bom(&self.start).unwrap_or((encoding, 0));
        let is_wide = encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE;
        if !is_wide && self.start.contains(&0) {
            return Err(ImportError::NotText { what: "no text" });
        }
        let (text, _) = encoding.decode_without_bom_handling(&self.start[mark..]);
        let text = text.trim_start();
        if text.strip_prefix('[').is_some_and(|rest| rest.trim_start().starts_with('{')) {
            return Err(ImportError::NotText { what: "one list in JSON, where one object a line is expected" });
        }
        Ok(if text.starts_with('{') { FileKind::JsonLines } else { FileKind::Text })
    }
}

impl Read for Unpacked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.reader.read(buffer)
    }
}

/// The lines of a file.
pub(crate) struct Lines<'r> {
    source: Box<dyn BufRead + 'r>,
    /// Lines that were read ahead and given back.
    ahead: VecDeque<(LineState, Vec<u8>)>,
    number: u64,
    bytes: Rc<Cell<u64>>,
    /// Whether the last line ended with a carriage return; a line feed right behind belongs to its end.
    returned: bool,
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
    /// Begins to read the lines of a text in an encoding; a byte order mark wins over it.
    pub(crate) fn open(file: Unpacked<'r>, encoding: &'static Encoding) -> Result<Self, ImportError> {
        let Unpacked { start, reader, bytes } = file;
        let failed = |source| ImportError::Read { line: 0, source };
        let marked = Encoding::for_bom(&start);
        if marked.is_none() && encoding != encoding_rs::UTF_8 && is_plainly_utf8(&start) {
            return Err(ImportError::OtherEncoding { stated: encoding.name() });
        }
        let (encoding, mark) = marked.unwrap_or((encoding, 0));
        let source: Box<dyn BufRead + 'r> = if encoding == encoding_rs::UTF_8 {
            let mut source = BufReader::with_capacity(1 << 16, reader);
            io::copy(&mut source.by_ref().take(mark as u64), &mut io::sink()).map_err(failed)?;
            Box::new(source)
        } else {
            Box::new(BufReader::with_capacity(1 << 16, Transcoded::new(reader, encoding)))
        };
        Ok(Self { source, ahead: VecDeque::new(), number: 0, bytes, returned: false })
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
        if let Some((state, mut earlier)) = self.ahead.pop_front() {
            self.number += 1;
            line.append(&mut earlier);
            return Ok(state);
        }
        if std::mem::take(&mut self.returned) && self.source.fill_buf()?.first() == Some(&b'\n') {
            self.source.consume(1);
        }
        if self.source.fill_buf()?.is_empty() {
            return Ok(LineState::End);
        }
        self.number += 1;
        let mut too_long = false;
        loop {
            let bytes = self.source.fill_buf()?;
            let end = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &bytes[..end.unwrap_or(bytes.len())];
            let room = MAX_LINE_BYTES - line.len();
            line.extend_from_slice(&part[..part.len().min(room)]);
            let is_last = end.is_some() || bytes.is_empty();
            self.returned = end.is_some_and(|at| bytes[at] == b'\r');
            let (is_cut, read) = (part.len() > room, part.len() + usize::from(end.is_some()));
            self.source.consume(read);
            too_long |= is_cut;
            if is_last {
                return Ok(if too_long { LineState::TooLong } else { LineState::Whole });
            }
        }
    }

    /// Gives back lines, the first one first, so that they are read again.
    pub(crate) fn give_back(&mut self, lines: Vec<(LineState, Vec<u8>)>) {
        self.number -= lines.len() as u64;
        for line in lines.into_iter().rev() {
            self.ahead.push_front(line);
        }
    }
}

/// Tells whether bytes have several characters that only UTF-8 would write so. Most of them are text in other encodings
/// as well, but other text.
fn is_plainly_utf8(bytes: &[u8]) -> bool {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        // The bytes may break off within a character.
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let mut foreign = text.chars().filter(|c| !c.is_ascii()).peekable();
    foreign.peek().is_some() && foreign.clone().count() >= 3 && foreign.all(|c| c >= '\u{800}')
}

/// Reads the first bytes and returns them with a reader that begins with them again. A file that breaks off within
/// them breaks off at the same place again.
fn peek<R: Read>(mut reader: R) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::with_capacity(START_BYTES as usize);
    let broken = reader.by_ref().take(START_BYTES).read_to_end(&mut start).err();
    if start.is_empty()
        && let Some(error) = broken
    {
        return Err(error);
    }
    Ok((start.clone(), Cursor::new(start).chain(Broken(broken)).chain(reader)))
}

/// Fails once, if there is something to fail with.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
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
        let mut lines = Lines::open(Unpacked::open(bytes).unwrap(), encoding).unwrap();
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
        // A carriage return alone is what old programs end lines with, and some only here and there.
        assert_eq!(lines(b"a\rb\r\rc\r\nd\n\re", "utf-8"), ["a", "b", "", "c", "d", "", "e"]);
        assert_eq!(lines(b"a\r", "utf-8"), ["a"]);
    }

    #[test]
    fn a_file_that_is_plainly_in_another_encoding_is_not_read_as_something_else() {
        let open =
            |bytes: &[u8]| Lines::open(Unpacked::open(bytes).unwrap(), encoding_rs::GBK).err().map(|e| e.to_string());
        let text = "客户编号,姓名\n1,王芳\n";
        assert!(open(text.as_bytes()).unwrap().contains("states GBK, but the file is UTF-8"));
        assert_eq!(open(&encoding_rs::GBK.encode(text).0), None);
        assert_eq!(open(b"id,name\n"), None);
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
    }

    #[test]
    fn a_file_is_what_its_first_bytes_say() {
        let kind = |bytes: &[u8]| Unpacked::open(bytes).unwrap().kind(encoding_rs::UTF_8);
        assert_eq!(kind(b"PK\x03\x04rest").unwrap(), FileKind::Workbook);
        assert_eq!(kind("\u{feff} {\"a\": 1}".as_bytes()).unwrap(), FileKind::JsonLines);
        assert_eq!(kind(b"\xff\xfe{\0}\0").unwrap(), FileKind::JsonLines);
        assert_eq!(kind(b"a,b\n{,}").unwrap(), FileKind::Text);
        assert_eq!(kind(b"").unwrap(), FileKind::Text);
        let refused = |bytes: &[u8]| kind(bytes).unwrap_err().to_string();
        assert!(refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1").contains("old .xls workbook"));
        assert!(refused(b"[\n {\"a\": 1}]").contains("one object a line"));
    }

    #[test]
    fn a_line_that_never_ends_is_not_kept_whole() {
        let mut bytes = vec![b'x'; MAX_LINE_BYTES + 10];
        bytes.extend(b"\nnext");
        let (mut lines, mut line) =
            (Lines::open(Unpacked::open(&bytes[..]).unwrap(), encoding_rs::UTF_8).unwrap(), Vec::new());
        assert_eq!(lines.next(&mut line).unwrap(), LineState::TooLong);
        assert_eq!(line.len(), MAX_LINE_BYTES);
        assert_eq!(lines.next(&mut line).unwrap(), LineState::Whole);
        assert_eq!((line.as_slice(), lines.number()), (&b"next"[..], 2));
    }
}
