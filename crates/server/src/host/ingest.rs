//! Facts that are sent as they happen: decided at once, and answered line by line.

use std::collections::{HashSet, VecDeque};
use std::io::{BufRead, BufReader, Read};
use std::sync::PoisonError;

use tierhook_engine::{Appended, Ingested, Ingesting, Recording};
use tierhook_import::{FactLine, ImportContext, Said};
use tierhook_model::{
    Change, Connected, Day, ExternalRef, FactBody, FactKind, Language, Moment, NewFact, RecordKind, UNRATED,
};

use super::Host;
use super::fact_text;
use super::failure::api;
use super::note::declared_measure;
use super::text::Texts;
use crate::api::{Answer, ApiError, ErrorCode, Event, FactAnswer, FactOutcome, IngestReport};

/// How many lines are answered together at most. Fewer are as soon as no further one has arrived.
const MOST_TOGETHER: usize = 256;
/// How many of them are decided together.
const TURN: usize = 64;
/// How many turns are on their way to the disk while the next one is decided: one that is being written, and one that the
/// writer finds when it is done with that.
const AHEAD: usize = 2;
/// What is read at a time.
const BUFFER_BYTES: usize = 1 << 16;
/// The bytes of a line at most.
const LINE_BYTES: usize = 1 << 20;

/// A line that was read.
struct Line {
    number: u64,
    text: Result<String, ApiError>,
}

/// A line that is a fact.
struct Taken {
    number: u64,
    fact: NewFact,
    /// What it is, as it was sent.
    kind: String,
    /// Whether it was sent with an id.
    is_named: bool,
}

/// Lines that are decided and written together.
#[derive(Default)]
struct Turn {
    taken: Vec<Taken>,
    /// The ids of the facts.
    keys: HashSet<(FactKind, ExternalRef)>,
    /// Whom they are about.
    records: HashSet<ExternalRef>,
}

impl Host {
    /// Records facts as their lines arrive and decides at once. What is wrong with a line is its answer; the others go on.
    pub(super) fn ingest(
        &self,
        amend: bool,
        upload: Option<&mut dyn Read>,
        language: Language,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let upload = upload.ok_or_else(|| ApiError::invalid("there are no facts: nothing was sent"))?;
        let mut reader = BufReader::with_capacity(BUFFER_BYTES, upload);
        let (mut report, mut number, mut waiting) = (IngestReport::default(), 0, Vec::new());
        let known = self.engine.snapshot().connected;
        loop {
            let line = next_line(&mut reader, &mut number)?;
            let is_end = line.is_none();
            waiting.extend(line);
            // Whoever sends one line and waits for its answer gets it; what has arrived together is decided together.
            if is_end || waiting.len() >= MOST_TOGETHER || !reader.buffer().contains(&b'\n') {
                // Without a host nobody else sees to it that it is today, however long the lines keep coming.
                if !self.is_serving() {
                    self.bring_up_to_date(None, &self.texts(language), events)?;
                }
                for answer in self.decide_lines(std::mem::take(&mut waiting), amend, &self.texts(language))? {
                    report.count(answer.outcome);
                    let line = serde_json::to_string(&answer);
                    let line =
                        line.map_err(|error| ApiError::failed(format!("an answer cannot be written: {error}")))?;
                    events(Event::Chunk(line + "\n"));
                }
            }
            if is_end {
                report.is_first = known != Connected::default() && self.engine.snapshot().connected != known;
                return Ok(Answer::Ingested(report));
            }
        }
    }

    /// Decides what arrived together, and answers in the order of the lines.
    fn decide_lines(&self, lines: Vec<Line>, amend: bool, texts: &Texts) -> Result<Vec<FactAnswer>, ApiError> {
        let now = self.now();
        let context = self.import_context(now, texts);
        let (mut taken, mut answers) = (Vec::with_capacity(lines.len()), Vec::new());
        for Line { number, text } in lines {
            match text.and_then(|text| self.read_fact(&text, &context, texts)) {
                Ok((fact, kind, is_named)) => taken.push(Taken { number, fact, kind, is_named }),
                Err(error) => answers.push(rejected(number, error)),
            }
        }
        // A revert goes by what is there.
        let _importing = self.importing.read().unwrap_or_else(PoisonError::into_inner);
        let decided = self.decide_turns(taken, amend, now, texts, &mut answers);
        // Also where something went wrong: what was expected may never have come.
        let settled = self.engine.settle_day().map_err(api);
        decided.and(settled)?;
        answers.sort_by_key(|answer| answer.line);
        Ok(answers)
    }

    /// Decides one turn while those before are being written.
    fn decide_turns(
        &self,
        taken: Vec<Taken>,
        amend: bool,
        now: Moment,
        texts: &Texts,
        answers: &mut Vec<FactAnswer>,
    ) -> Result<(), ApiError> {
        let mut on_their_way = VecDeque::with_capacity(AHEAD + 1);
        let (mut done, mut newest) = (Ok(()), None);
        for turn in in_turns(taken) {
            // What became of an id, or of a customer, before is decided first.
            while on_their_way.len() > AHEAD || on_their_way.iter().any(|(before, _)| turn.touches(before)) {
                done = done.and(self.answer_first(&mut on_their_way, texts, answers));
            }
            if done.is_err() {
                break;
            }
            done = self.begin_turn(turn, amend, now, &mut newest).map(|begun| on_their_way.push_back(begun));
        }
        // Also where something went wrong: what is refused by then is tried again.
        while !on_their_way.is_empty() {
            done = done.and(self.answer_first(&mut on_their_way, texts, answers));
        }
        done
    }

    /// Decides a turn and brings it on its way. `newest` is the day of the newest fact of those before it.
    fn begin_turn(
        &self,
        turn: Turn,
        amend: bool,
        now: Moment,
        newest: &mut Option<Day>,
    ) -> Result<(Turn, Ingesting<Vec<NewFact>>), ApiError> {
        let facts: Vec<NewFact> = turn.taken.iter().map(|taken| taken.fact.clone()).collect();
        let recording = Recording { recorded: now, import: None, amend, kind: RecordKind::Customer };
        if let Some(day) = facts.iter().filter(|fact| fact.body.is_event()).map(|fact| fact.day).max() {
            // Of those before that are still on their way the book does not know yet.
            let day = newest.map_or(day, |before| day.max(before));
            *newest = Some(day);
            self.engine.expect_day(day).map_err(api)?;
        }
        let ingesting = self.engine.begin_ingest(facts, recording).map_err(api)?;
        Ok((turn, ingesting))
    }

    /// Waits until the first turn is in the book, and answers its lines.
    fn answer_first(
        &self,
        on_their_way: &mut VecDeque<(Turn, Ingesting<Vec<NewFact>>)>,
        texts: &Texts,
        answers: &mut Vec<FactAnswer>,
    ) -> Result<(), ApiError> {
        let Some((turn, ingesting)) = on_their_way.pop_front() else { return Ok(()) };
        let ingested = self.engine.finish_ingest(ingesting).map_err(api)?;
        let answer = |(taken, ingested): (&Taken, Ingested)| self.answer_fact(taken, &ingested, texts);
        let mut news: Vec<FactAnswer> = turn.taken.iter().zip(ingested).map(answer).collect::<Result<_, ApiError>>()?;
        // They share a decision, by whatever id of the customer they came.
        let mut told = HashSet::new();
        for answer in news.iter_mut().rev().filter(|answer| !answer.changes.is_empty()) {
            if !answer.customer.as_ref().is_some_and(|customer| told.insert(customer.record)) {
                answer.changes.clear();
            }
        }
        answers.append(&mut news);
        Ok(())
    }

    fn read_fact(
        &self,
        line: &str,
        context: &ImportContext,
        texts: &Texts,
    ) -> Result<(NewFact, String, bool), ApiError> {
        let read = FactLine::read(line, self.phone_region, context);
        let line = read.map_err(|error| ApiError::invalid(error.to_string()))?;
        let (key, contact, body) = match &line.said {
            Said::Event(body) => {
                if let FactBody::Measure(measure) = body {
                    declared_measure(&measure.name, texts)?;
                }
                (None, line.contact.clone(), body.clone())
            }
            Said::Profile(fields) => {
                let is_set = |(name, value): (&String, &Option<String>)| Some((name.clone(), value.clone()?));
                let set: Vec<(String, String)> = fields.iter().filter_map(is_set).collect();
                let cleared = fields.iter().filter(|(_, value)| value.is_none()).map(|(name, _)| name.clone());
                let change = self.profile_change(&set, &cleared.collect::<Vec<_>>(), texts)?;
                (Some(line.statement_key(&change)), line.contact.clone(), FactBody::Profile(change))
            }
            Said::Person(change) => {
                (Some(line.person_key(change)), Some(change.contact.id.clone()), FactBody::Contact(change.clone()))
            }
        };
        let is_named = line.id.is_some();
        let id = line.id.or(key).ok_or_else(|| ApiError::invalid("`id` is missing"))?;
        let (occurred, day) = line.at;
        if !body.is_event() && day > texts.day() {
            let message = format!("`at` is {day}, which is still to come: the book's day is {}", texts.day());
            return Err(ApiError::invalid(message).with_hint("send what people are or want when it is so"));
        }
        let key = ExternalRef::new(line.source, id);
        Ok((NewFact { record: line.customer, key, occurred, day, contact, body }, line.kind, is_named))
    }

    fn answer_fact(
        &self,
        Taken { number, fact, kind, is_named }: &Taken,
        ingested: &Ingested,
        texts: &Texts,
    ) -> Result<FactAnswer, ApiError> {
        let mut answer = FactAnswer {
            fact: is_named.then(|| fact.key.to_string()),
            kind: Some(kind.clone()),
            what: Some(fact_text::kind(&fact.body, texts).to_owned()),
            ..FactAnswer::new(*number, FactOutcome::Recorded)
        };
        let of = match ingested.appended {
            Appended::Erased { on } => {
                answer.outcome = FactOutcome::Erased;
                let day = self.engine.conventions().zone.day_of(on);
                let message = format!("the customer was erased on {day}, and stays so; nothing was stored");
                answer.error = Some(ApiError::conflict(message));
                return Ok(answer);
            }
            Appended::Recorded(of) => of,
            Appended::Amended(of) => {
                answer.outcome = FactOutcome::Amended;
                of
            }
            Appended::Duplicate(of) => {
                answer.outcome = FactOutcome::Known;
                of
            }
            Appended::Conflict(of) => {
                answer.outcome = FactOutcome::Conflict;
                of
            }
        };
        // Whoever it is about may be gone by now; what became of the fact is true all the same.
        let record = match self.engine.leader(of).map_err(api) {
            Ok(record) => Some(record),
            Err(error) if error.code == ErrorCode::NotFound => None,
            Err(error) => return Err(error),
        };
        if answer.outcome == FactOutcome::Conflict {
            let of = record.as_ref().map_or_else(String::new, |record| format!(" of {}", record.external));
            let message = format!("the book has {}{of} with other content", fact.key);
            let hint = "send it with --amend if this one is right; a fact of its own needs an id of its own";
            answer.error = Some(ApiError::conflict(message).with_hint(hint));
        }
        let Some(record) = record else { return Ok(answer) };
        let is_told = |change: &&Change| !matches!(change, Change::Class(it) if it.from.is_none() && it.to == UNRATED);
        answer.changes = ingested.changes.iter().filter(is_told).map(|change| texts.change(&record, change)).collect();
        answer.customer = Some(Texts::head(&record));
        answer.faulted = record.standing.faulted;
        answer.classes = record.standing.classes.into_iter().map(|it| (it.dimension, it.class)).collect();
        Ok(answer)
    }
}

impl Turn {
    fn add(&mut self, key: (FactKind, ExternalRef), taken: Taken) {
        self.keys.insert(key);
        self.records.insert(taken.fact.record.clone());
        self.taken.push(taken);
    }

    /// Whether what becomes of one depends on what became of the other.
    fn touches(&self, other: &Self) -> bool {
        !self.records.is_disjoint(&other.records) || !self.keys.is_disjoint(&other.keys)
    }
}

/// Parts lines after so many, and where an id comes again: what came of the one before decides what becomes of the next.
fn in_turns(taken: Vec<Taken>) -> Vec<Turn> {
    let mut turns: Vec<Turn> = Vec::new();
    for taken in taken {
        let key = (taken.fact.body.kind(), taken.fact.key.clone());
        match turns.last_mut() {
            Some(turn) if turn.taken.len() < TURN && !turn.keys.contains(&key) => turn.add(key, taken),
            _ => {
                let mut turn = Turn::default();
                turn.add(key, taken);
                turns.push(turn);
            }
        }
    }
    turns
}

fn rejected(line: u64, error: ApiError) -> FactAnswer {
    FactAnswer { error: Some(error), ..FactAnswer::new(line, FactOutcome::Rejected) }
}

/// Reads the next line that is not empty; `None` at the end. A line that is too long is read to its end and not kept.
fn next_line(reader: &mut impl BufRead, number: &mut u64) -> Result<Option<Line>, ApiError> {
    let unreadable = |error: std::io::Error| ApiError::new(ErrorCode::Io, format!("the facts cannot be read: {error}"));
    loop {
        let mut bytes = Vec::new();
        let mut length = 0;
        loop {
            let piece = reader.fill_buf().map_err(unreadable)?;
            let end = piece.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(piece.len(), |end| end + 1);
            bytes.extend(&piece[..taken.min((LINE_BYTES + 1).saturating_sub(bytes.len()))]);
            length += taken;
            reader.consume(taken);
            if end.is_some() || taken == 0 {
                break;
            }
        }
        if length == 0 {
            return Ok(None);
        }
        *number += 1;
        let text = if length > LINE_BYTES {
            Err(ApiError::invalid(format!("the line has {length} bytes; {LINE_BYTES} are allowed")))
        } else {
            let text = String::from_utf8(bytes).map_err(|error| {
                let at = error.utf8_error().valid_up_to() + 1;
                ApiError::invalid(format!("column {at}: the line is no UTF-8")).with_hint("JSON is written in UTF-8")
            });
            text.map(|text| text.trim_start_matches('\u{feff}').trim().to_owned())
        };
        if !matches!(&text, Ok(text) if text.is_empty()) {
            return Ok(Some(Line { number: *number, text }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<(u64, Result<String, String>)> {
        // As little at a time as a slow sender sends.
        let mut reader = BufReader::with_capacity(3, bytes);
        let mut number = 0;
        let mut found = Vec::new();
        while let Some(line) = next_line(&mut reader, &mut number).unwrap() {
            found.push((line.number, line.text.map_err(|error| error.message)));
        }
        found
    }

    #[test]
    fn lines_are_numbered_as_they_were_sent() {
        let found = lines("\u{feff}{\"a\":1}\r\n\n  \n{\"王\":2}".as_bytes());
        assert_eq!(found, [(1, Ok("{\"a\":1}".to_owned())), (4, Ok("{\"王\":2}".to_owned()))]);
    }

    #[test]
    fn a_line_that_is_too_long_or_no_text_does_not_take_the_next_one_with_it() {
        let mut bytes = vec![b'x'; LINE_BYTES + 5];
        bytes.extend(b"\nab\xff\nok\n");
        let found = lines(&bytes);
        assert!(found[0].1.as_ref().unwrap_err().contains("1048582 bytes; 1048576 are allowed"), "{found:?}");
        assert!(found[1].1.as_ref().unwrap_err().contains("column 3"), "{found:?}");
        assert_eq!(found[2], (3, Ok("ok".to_owned())));
    }
}
