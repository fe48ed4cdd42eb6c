//! Commands and what answers them: one arm each.

use std::io::Read;
use std::sync::atomic::{AtomicU64, Ordering};

use tierhook_engine::OverrideWord;
use tierhook_loader::NewGrant;
use tierhook_model::{BookClock, ClockMode, Day, MoveCause, OutcomeKind};

use super::Host;
use super::erase::Wanted;
use super::export::Export;
use super::failure::api;
use super::intake::Intake;
use super::note::{FIRST_DAY, LAST_DAY};
use super::plugin::Install;
use super::text::Texts;
use crate::api::{Answer, ApiError, BookStamp, Command, Event, Reply, Request, Service, Upload};

impl Service for Host {
    fn run(
        &self,
        request: Request,
        mut upload: Option<Upload>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Reply, ApiError> {
        let _running = Running::begin(&self.running);
        // What people see has to be what holds today, by the rules that the disk shows. A host that serves keeps it so
        // by itself, and nobody has to wait for it.
        if !self.is_serving() && needs_standing(&request.command) {
            self.bring_up_to_date(None, &self.texts(request.language), events)?;
        }
        let upload = upload.as_mut().map(|upload| upload as &mut dyn Read);
        let answer = self.answer(&request, upload, events)?;
        let snapshot = self.engine.snapshot();
        let book = BookStamp {
            day: snapshot.clock.day,
            clock: snapshot.clock.mode,
            awaits_first_fact: snapshot.clock.mode == ClockMode::LastFact && snapshot.last_fact.is_none(),
            generation: snapshot.generation.id,
            currency: self.engine.conventions().currency,
        };
        Ok(Reply { book, answer })
    }
}

/// A command that is being carried out, also if it breaks down.
struct Running<'a>(&'a AtomicU64);

impl<'a> Running<'a> {
    fn begin(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Host {
    fn answer(
        &self,
        request: &Request,
        upload: Option<&mut dyn Read>,
        events: &mut dyn FnMut(Event),
    ) -> Result<Answer, ApiError> {
        let texts = self.texts(request.language);
        let who = request.who.as_str();
        match &request.command {
            Command::Import { file, bytes, kind, mapping, dry_run, amend, rejects } => {
                let (mapping, rejects) = (mapping.as_ref(), rejects.as_deref());
                let (bytes, kind, dry_run, amend) = (*bytes, *kind, *dry_run, *amend);
                let intake = Intake { file, bytes, kind, mapping, dry_run, amend, rejects, is_graded: true };
                self.import(&intake, upload, &texts, events)
            }
            Command::Ingest { amend } => self.ingest(*amend, upload, request.language, events),
            Command::Guess { file, kind } => self.guess(file, *kind, upload, &texts),
            Command::ImportList => self.imports(),
            Command::ImportRevert { import, dry_run } => self.revert(*import, *dry_run, who, &texts, events),
            Command::Evaluate { customer: Some(customer) } => {
                let record = self.find(customer)?;
                Ok(Answer::Regrade(self.grade_one(record.id, &texts, events)?))
            }
            Command::Evaluate { customer: None } => {
                let report = self.bring_up_to_date(Some(MoveCause::Asked), &texts, events)?;
                report.map(Answer::Regrade).ok_or_else(|| ApiError::failed("nothing was evaluated"))
            }
            Command::ClockShow => Ok(Answer::Clock(self.clock_report(None))),
            Command::ClockSet { day } => self.set_clock(*day, &texts, events),
            Command::ClockAdvance { days } => {
                let day = texts.day().plus(i32::try_from(*days).unwrap_or(i32::MAX));
                self.set_clock(day, &texts, events)
            }
            Command::ClockFollow { mode } => {
                let clock = self.engine.follow(*mode, self.now()).map_err(api)?;
                self.move_clock(clock, &texts, events)
            }
            Command::CustomersList(filter) => self.customers(filter, &texts),
            Command::CustomersShow { customer, as_of } => self.customer(customer, *as_of, &texts),
            Command::CustomersSearch { text, limit } => self.search(text, *limit, &texts),
            Command::CustomersAdd { id, set, tags, owner } => {
                self.add_customer(id, set, tags, owner.as_deref(), &texts)
            }
            Command::CustomersEdit { customer, set, clear } => self.edit_customer(customer, set, clear, &texts),
            Command::CustomersTag { customer, add, remove } => self.tag_customer(customer, add, remove, &texts),
            Command::CustomersAssign { customers, owner } => self.assign_customers(customers, owner.as_deref(), &texts),
            Command::CustomersContact { customer, contact, remove } => {
                self.edit_contact(customer, contact, *remove, &texts)
            }
            Command::CustomersMerge { keep, duplicate, why } => self.merge(keep, duplicate, who, why, &texts),
            Command::CustomersUnmerge { duplicate, why } => self.unmerge(duplicate, who, why, &texts),
            Command::CustomersErase { customer, why, names, dry_run } => {
                let wanted = Wanted { customer, why, names: *names, dry_run: *dry_run, who };
                self.erase(wanted, &texts, events)
            }
            Command::CustomersErased => self.erasures(&texts),
            Command::CustomersCopy { customer, file } => self.copy(customer, file.as_deref(), &texts),
            Command::Log { customer, entry } => self.log_entry(customer, entry, who, &texts),
            Command::CustomersSetClass { customer, dimension, class, why, until, review } => {
                let (dimension, class) = (dimension.clone(), Some(class.clone()));
                let (who, why) = (who.to_owned(), why.clone());
                let [until, review] = [until, review].map(|until| until.map(|until| until.day(texts.day())));
                let word = OverrideWord { dimension, class, who, why, until, review };
                self.set_class(customer, word, &texts)
            }
            Command::CustomersReleaseClass { customer, dimension, why } => {
                let dimension = dimension.clone();
                let (who, why) = (who.to_owned(), why.clone());
                let word = OverrideWord { dimension, class: None, who, why, until: None, review: None };
                self.set_class(customer, word, &texts)
            }
            Command::FollowUpsList(filter) => self.follow_ups(filter, &texts),
            Command::FollowUpsAdd { customer, reminder } => self.remind(customer, reminder, who, &texts),
            Command::Today { owner, limit } => self.today(owner.as_deref(), *limit, &texts),
            Command::FollowUpsDone { id, contact, cause, note } => {
                let done = OutcomeKind::Done { contact: *contact, cause: cause.clone() };
                self.follow_up_outcome(*id, &done, who, note.as_deref(), &texts)
            }
            Command::FollowUpsSnooze { id, until, note } => {
                self.follow_up_snooze(*id, *until, who, note.as_deref(), &texts)
            }
            Command::WarningsList(filter) => self.warnings(filter, &texts),
            Command::WarningsAck { id, note } => self.warning_ack(*id, who, note.as_deref(), &texts),
            Command::WarningsResolve { id, outcome, note } => {
                self.warning_resolve(*id, outcome, who, note.as_deref(), &texts)
            }
            Command::Explain { customer, dimension, as_of } => {
                self.explain(customer, dimension.as_deref(), *as_of, &texts)
            }
            Command::RulesList => Ok(self.rules(&texts)),
            Command::RulesCheck => self.check(),
            Command::RulesTest { rule } => self.test(rule.as_deref()),
            Command::RulesSuggest { by, write } => self.suggest(by.as_deref(), *write, &texts),
            Command::Fields { group } => Ok(self.fields(*group, &texts)),
            Command::DimensionsList => self.dimensions(&texts),
            Command::DimensionsEdit(edit) => self.edit_dimensions(edit, &texts, events),
            Command::PluginsInstall { from, grant, downgrade } => {
                let install = Install { from, grant: *grant, downgrade: *downgrade };
                self.install_plugin(&install, upload, &texts, events)
            }
            Command::PluginsUninstall { plugin } => self.uninstall_plugin(plugin, &texts, events),
            Command::PluginsList => self.plugins(),
            Command::KeysTrust { name, key } => self.trust_key(name, key, &texts, events),
            Command::KeysRevoke { key } => self.revoke_key(key, &texts, events),
            Command::KeysList => self.keys(),
            Command::GrantsAdd { plugin, fields, clear, history } => {
                let wanted = NewGrant {
                    plugin: plugin.clone(),
                    key: None,
                    fields: fields.clone(),
                    clear: clear.clone(),
                    history: history.clone(),
                };
                self.add_grants(wanted, &texts, events)
            }
            Command::GrantsRevoke { plugin, fields } => self.revoke_grants(plugin, fields, &texts, events),
            Command::GrantsList => self.grants(),
            Command::Quality => self.quality(&texts, events),
            Command::Status => self.status(&texts),
            Command::Export { what, fields, as_of, format, file } => {
                let (what, as_of, format, file) = (*what, *as_of, *format, file.as_deref());
                let export = Export { what, fields, as_of, format, file };
                self.export(&export, &texts, events)
            }
            Command::Backup { file } => self.backup(file, &texts, events),
            Command::Doctor { repair } => self.doctor(*repair, &texts, events),
            Command::Sample { customers, seed } => self.sample(*customers, *seed, &texts, events),
        }
    }

    fn move_clock(&self, clock: BookClock, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        self.engine.set_clock(clock).map_err(api)?;
        let regrade = self.bring_up_to_date(Some(MoveCause::Clock), texts, events)?;
        Ok(Answer::Clock(self.clock_report(regrade)))
    }

    fn set_clock(&self, day: Day, texts: &Texts, events: &mut dyn FnMut(Event)) -> Result<Answer, ApiError> {
        if !(FIRST_DAY..=LAST_DAY).contains(&day) {
            return Err(ApiError::invalid(format!("the clock cannot be set to {day}"))
                .with_hint("set it to a day in the years 1900 to 2199: what happens is taken from those"));
        }
        self.move_clock(BookClock { mode: ClockMode::Fixed, day }, texts, events)
    }
}

/// Tells whether a command shows or changes what was decided, so that it has to be brought up to date first. What
/// grades the book by itself at its end does not.
fn needs_standing(command: &Command) -> bool {
    !matches!(
        command,
        Command::Import { .. }
            | Command::Guess { .. }
            | Command::ImportList
            | Command::ImportRevert { .. }
            | Command::Evaluate { customer: None }
            | Command::ClockShow
            | Command::ClockSet { .. }
            | Command::ClockAdvance { .. }
            | Command::ClockFollow { .. }
            | Command::CustomersErased
            | Command::RulesList
            | Command::RulesCheck
            | Command::RulesTest { .. }
            | Command::Fields { .. }
            | Command::PluginsList
            | Command::KeysList
            | Command::GrantsList
            | Command::Quality
            | Command::Backup { .. }
            | Command::Doctor { .. }
            | Command::Sample { .. }
    )
}
