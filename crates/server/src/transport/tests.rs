//! Conversations between the two ends of a socket.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use tierhook_model::{ClockMode, Currency, Day, GenerationId, Language};

use super::{Client, Hello, PROTOCOL, Server, SocketPlace};
use crate::StopSignal;
use crate::api::{
    Answer, ApiError, BookStamp, Command, ErrorCode, Event, ExportFormat, ExportKind, ExportReport, FieldList,
    IngestReport, Progress, ProgressUnit, Reply, Request, SampleReport, Service, Upload,
};

/// Answers each kind of command in a way that shows one thing.
struct Fake;

impl Service for Fake {
    fn run(&self, request: Request, upload: Option<Upload>, events: &mut dyn FnMut(Event)) -> Result<Reply, ApiError> {
        match request.command {
            // Counts the bytes, and tells about every piece.
            Command::Import { dry_run: false, .. } => {
                let mut upload = upload.expect("an import has a file");
                let (mut total, mut buffer) = (0, [0; 4096]);
                loop {
                    let length = upload
                        .read(&mut buffer)
                        .map_err(|error| ApiError::new(ErrorCode::Io, format!("half a file: {error}")))?;
                    if length == 0 {
                        break;
                    }
                    total += length as u64;
                    events(progress(total));
                }
                Ok(reply(Answer::Sample(SampleReport { filled: true, customers: 0, facts: total, regrade: None })))
            }
            // Gives up without reading the file.
            Command::Import { .. } => {
                Err(ApiError::invalid("the mapping has no `kind`").with_hint("add kind = \"orders\""))
            }
            // Answers each line as it comes.
            Command::Ingest { .. } => {
                let lines = BufReader::new(upload.expect("there are facts")).lines();
                let mut report = IngestReport::default();
                for line in lines {
                    events(Event::Chunk(line.unwrap() + "\n"));
                    report.recorded += 1;
                }
                Ok(reply(Answer::Ingested(report)))
            }
            Command::Export { what, fields, as_of, .. } => {
                for row in 0..2_000 {
                    events(Event::Chunk(format!("{row},王芳\n")));
                }
                Ok(reply(Answer::Export(ExportReport { what, columns: fields, rows: 2_000, as_of })))
            }
            Command::Evaluate { .. } => panic!("the fake was asked to"),
            _ => Ok(reply(Answer::Fields(FieldList { rows: Vec::new() }))),
        }
    }
}

fn progress(done: u64) -> Event {
    Event::Progress(Progress { step: "reading".into(), done, total: None, unit: ProgressUnit::Bytes })
}

fn reply(answer: Answer) -> Reply {
    let book = BookStamp {
        day: Day(20_000),
        clock: ClockMode::Fixed,
        awaits_first_fact: false,
        generation: GenerationId(3),
        currency: Currency::CNY,
    };
    Reply { book, answer }
}

fn request(command: Command) -> Request {
    Request { language: Language::Zh, who: "li".into(), command }
}

fn import(dry_run: bool) -> Request {
    let file = "orders.csv".into();
    request(Command::Import { file, bytes: None, kind: None, mapping: None, dry_run, amend: false, rejects: None })
}

struct Running {
    _data: tempfile::TempDir,
    place: SocketPlace,
    stop: StopSignal,
    server: JoinHandle<()>,
}

fn start() -> Running {
    let data = tempfile::tempdir().unwrap();
    let place = SocketPlace::new(data.path(), Path::new("/nowhere"));
    let (server, stop) = (Server::bind(&place).unwrap(), StopSignal::new());
    let server = std::thread::spawn({
        let stop = stop.clone();
        move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
            runtime.block_on(server.run(Arc::new(Fake), stop)).unwrap();
        }
    });
    Running { _data: data, place, stop, server }
}

impl Running {
    fn client(&self) -> Client {
        Client::connect(&self.place).unwrap().expect("the host runs")
    }

    fn run(&self, request: Request, upload: Option<Upload>) -> (Result<Reply, ApiError>, Vec<Event>) {
        let mut events = Vec::new();
        let result = self.client().run(request, upload, &mut |event| events.push(event));
        (result, events)
    }
}

#[test]
fn a_file_goes_in_while_progress_comes_back() {
    let host = start();
    // Far more of both than what sockets and queues hold, so that each end has to listen while it speaks.
    let size = 8 * 1024 * 1024;
    let (result, events) = host.run(import(false), Some(Box::new(io::repeat(b'x').take(size))));
    let Answer::Sample(report) = result.unwrap().answer else { panic!("another answer") };
    assert_eq!(report.facts, size);
    assert_eq!(events.last(), Some(&progress(size)));
    assert!(events.len() >= 2_048);
}

#[test]
fn whoever_sends_a_line_gets_its_answer_before_the_next_one_is_there() {
    /// Hands out the next line once the one before is answered.
    struct Patient {
        sent: usize,
        answered: std::sync::mpsc::Receiver<()>,
    }
    impl Read for Patient {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.sent > 0 {
                self.answered.recv_timeout(Duration::from_secs(60)).map_err(io::Error::other)?;
            }
            if self.sent == 3 {
                return Ok(0);
            }
            self.sent += 1;
            let line = format!("line {}\n", self.sent);
            buffer[..line.len()].copy_from_slice(line.as_bytes());
            Ok(line.len())
        }
    }
    let host = start();
    let (answer, answered) = std::sync::mpsc::channel();
    let mut heard = String::new();
    let facts = Box::new(Patient { sent: 0, answered });
    let result = host.client().run(request(Command::Ingest { amend: false }), Some(facts), &mut |event| {
        if let Event::Chunk(text) = event {
            heard.push_str(&text);
            answer.send(()).unwrap();
        }
    });
    let Answer::Ingested(report) = result.unwrap().answer else { panic!("another answer") };
    assert_eq!((report.recorded, heard.as_str()), (3, "line 1\nline 2\nline 3\n"));
}

#[test]
fn rows_come_out_in_order_ahead_of_the_reply() {
    let host = start();
    let command = Command::Export {
        what: ExportKind::Customers,
        fields: vec!["id".into(), "name".into()],
        as_of: Some(Day(19_000)),
        format: ExportFormat::Csv,
        file: None,
    };
    let (result, events) = host.run(request(command), None);
    let rows: String = events.iter().map(|event| if let Event::Chunk(text) = event { text } else { "" }).collect();
    assert_eq!(rows, (0..2_000).map(|row| format!("{row},王芳\n")).collect::<String>());
    let reply = result.unwrap();
    assert_eq!(reply.book.generation, GenerationId(3));
    let Answer::Export(report) = reply.answer else { panic!("another answer") };
    assert_eq!((report.rows, report.as_of), (2_000, Some(Day(19_000))));
}

#[test]
fn an_error_comes_back_with_its_hint_though_the_file_was_not_read() {
    let host = start();
    let (result, _) = host.run(import(true), Some(Box::new(io::repeat(b'x').take(64 * 1024 * 1024))));
    let error = result.unwrap_err();
    assert_eq!(error, ApiError::invalid("the mapping has no `kind`").with_hint("add kind = \"orders\""));
}

#[test]
fn a_file_that_breaks_off_is_not_taken_for_a_whole_one() {
    struct Broken(u32);
    impl Read for Broken {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 += 1;
            if self.0 > 3 { Err(io::Error::other("the disk is gone")) } else { Ok(buffer.len()) }
        }
    }
    let host = start();
    let (result, _) = host.run(import(false), Some(Box::new(Broken(0))));
    let error = result.unwrap_err();
    assert_eq!(error.code, ErrorCode::Io);
    assert!(error.message.contains("the disk is gone"), "{error}");
}

#[test]
fn a_command_that_breaks_down_takes_nothing_else_down() {
    let host = start();
    let (result, _) = host.run(request(Command::Evaluate { customer: None }), None);
    assert_eq!(result.unwrap_err().code, ErrorCode::Failed);
    let (result, _) = host.run(request(Command::Fields { group: None }), None);
    assert_eq!(result.unwrap().answer, Answer::Fields(FieldList { rows: Vec::new() }));
}

#[test]
fn a_stopped_host_leaves_no_socket() {
    let host = start();
    assert_eq!(host.client().hello().process, std::process::id());
    let client = host.client();
    host.stop.stop();
    host.server.join().unwrap();
    assert!(!host.place.path().exists());
    assert!(Client::connect(&host.place).unwrap().is_none());
    let result = client.run(request(Command::Status), None, &mut |_| {});
    assert_eq!(result.unwrap_err().code, ErrorCode::Unavailable);
}

/// Answers at a socket, one connection after the other, with the same bytes.
fn canned(answers: Vec<String>) -> (tempfile::TempDir, SocketPlace) {
    let data = tempfile::tempdir().unwrap();
    let place = SocketPlace::new(data.path(), Path::new("/nowhere"));
    let listener = UnixListener::bind(place.path()).unwrap();
    std::thread::spawn(move || {
        for answer in answers {
            let (stream, _) = listener.accept().unwrap();
            let mut lines = BufReader::new(stream);
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                lines.read_line(&mut line).unwrap();
            }
            lines.get_mut().write_all(answer.as_bytes()).unwrap();
        }
    });
    (data, place)
}

fn http(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn hello(protocol: u32) -> String {
    let hello = Hello { service: "tierhook".into(), version: "9.9.9".into(), protocol, process: 1 };
    http(&serde_json::to_string(&hello).unwrap())
}

#[test]
fn a_host_of_another_version_is_told_apart() {
    let (_data, place) = canned(vec![hello(PROTOCOL + 1)]);
    let error = Client::connect(&place).unwrap_err();
    assert_eq!(error.code, ErrorCode::Version);
    assert!(error.message.contains("9.9.9"), "{error}");
    assert!(error.hint.unwrap().contains("start it again"));
}

#[test]
fn a_caller_of_another_version_is_refused() {
    let host = start();
    for (header, says) in
        [("tierhook-protocol: 0\r\n", "protocol 0"), ("", "the header `tierhook-protocol` is missing")]
    {
        let mut stream = std::os::unix::net::UnixStream::connect(host.place.path()).unwrap();
        let head = format!("POST /v1/run HTTP/1.1\r\nhost: x\r\n{header}content-length: 0\r\n");
        stream.write_all(format!("{head}connection: close\r\n\r\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 409"), "{answer}");
        assert!(answer.contains("\"code\":\"version\"") && answer.contains(says), "{answer}");
    }
}

#[test]
fn a_host_that_goes_away_in_the_middle_is_noticed() {
    let (_data, place) = canned(vec![hello(PROTOCOL), http("")]);
    let client = Client::connect(&place).unwrap().unwrap();
    let error = client.run(request(Command::Status), None, &mut |_| {}).unwrap_err();
    assert_eq!(error.code, ErrorCode::Unavailable);
    assert!(error.message.contains("not known"), "{error}");
}

#[test]
fn a_host_that_goes_away_before_hello_counts_as_none() {
    // A killed host can leave a connection behind that it never took; whoever asked just then heard of a broken
    // connection instead of opening the book itself.
    let (_data, place) = canned(vec![String::new()]);
    assert!(Client::connect(&place).unwrap().is_none());
}

#[test]
fn requests_and_replies_are_plain_in_json() {
    let command =
        Command::FollowUpsSnooze { id: "F12-3".parse().unwrap(), until: crate::api::Until::Days(7), note: None };
    let request = request(command);
    let text = serde_json::to_string(&request).unwrap();
    assert_eq!(
        text,
        r#"{"language":"zh","who":"li","command":"follow-ups-snooze","id":"F12-3","until":{"days":7},"note":null}"#
    );
    assert_eq!(serde_json::from_str::<Request>(&text).unwrap(), request);
    let reply = reply(Answer::Fields(FieldList { rows: Vec::new() }));
    let text = serde_json::to_string(&reply).unwrap();
    assert_eq!(
        text,
        r#"{"book":{"day":"2024-10-04","clock":"fixed","awaits_first_fact":false,"generation":3,"currency":"CNY"},"kind":"fields","rows":[]}"#
    );
    assert_eq!(serde_json::from_str::<Reply>(&text).unwrap(), reply);
}
