//! Replies as people read them.

mod book;
mod care;
mod customer;
mod dimension;
mod edit;
mod explanation;
mod guess;
mod import;
mod ingest;
mod merge;
mod page;
mod person;
mod plugin;
mod quality;
mod regrade;
mod revert;
mod rule;
mod search;
mod suggest;
#[cfg(test)]
mod tests;
mod today;
mod trial;
mod work;
mod workshop;

use std::path::Path;

use tierhook_model::{ClockMode, Language};
use tierhook_server::api::{
    Answer, ApiError, BuildReport, FactAnswer, GuessReport, KeyMade, LossReport, PackReport, PersonCopy,
    PluginDescription, PluginInspection, PluginMade, PluginTestReport, Reply, RestoreReport, SignReport, TrialReport,
};

use crate::reject::Rejects;
use crate::screen::{Screen, Style, tame};
use crate::word::{Words, fill};
use page::Page;

/// Renders a reply for a screen.
pub(crate) fn render(reply: &Reply, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    // On any other day than the computer's, every number below means something else than a reader would think.
    if reply.book.clock != ClockMode::System && !matches!(reply.answer, Answer::Clock(_) | Answer::Status(_)) {
        let words = page.words;
        page.line(
            Style::Warn,
            &fill(
                words.book_day_note,
                &[&reply.book.day, &words.clock(reply.book.clock, reply.book.awaits_first_fact)],
            ),
        );
    }
    match &reply.answer {
        Answer::Import(report) => import::import(&mut page, report),
        Answer::Ingested(report) => ingest::report(&mut page, report),
        // Shown by the command that asked, which knows where the mapping was written.
        Answer::Guess(report) => guess::columns(&mut page, report),
        Answer::Revert(report) => revert::revert(&mut page, report),
        Answer::Imports(list) => import::imports(&mut page, list),
        Answer::Export(report) => import::export(&mut page, report),
        Answer::Backup(report) => care::backup(&mut page, report),
        Answer::Doctor(report) => care::doctor(&mut page, report),
        Answer::Sample(report) => import::sample(&mut page, report),
        Answer::Regrade(report) => regrade::regrade(&mut page, report),
        Answer::Clock(clock) => book::clock(&mut page, clock),
        Answer::Fields(list) => book::fields(&mut page, list),
        Answer::Dimensions(list) => dimension::dimensions(&mut page, list),
        Answer::DimensionsEdited(report) => dimension::edited(&mut page, report),
        Answer::Plugins(list) => plugin::list(&mut page, list),
        Answer::PluginInstalled(report) => plugin::installed(&mut page, report),
        Answer::PluginUninstalled(report) => plugin::uninstalled(&mut page, report),
        Answer::Keys(list) => plugin::keys(&mut page, list),
        Answer::Grants(list) => plugin::grants(&mut page, list),
        Answer::Quality(report) => quality::quality(&mut page, report),
        Answer::Status(status) => book::status(&mut page, &reply.book, status),
        Answer::Customers(list) => customer::list(&mut page, list),
        Answer::Search(report) => search::search(&mut page, report),
        Answer::Customer(detail) => customer::detail(&mut page, detail),
        Answer::Edit(report) => edit::edit(&mut page, report),
        Answer::Erasure(report) => person::erasure(&mut page, report),
        Answer::Erasures(list) => person::erasures(&mut page, list),
        Answer::Copy(copy) => person::copied(&mut page, copy, None),
        Answer::Logged(report) => edit::logged(&mut page, report),
        Answer::Merge(report) => merge::merge(&mut page, report),
        Answer::Override(report) => customer::overridden(&mut page, report),
        Answer::FollowUps(list) => work::follow_ups(&mut page, list),
        Answer::FollowUp(changed) => work::follow_up(&mut page, changed),
        Answer::Today(report) => today::today(&mut page, report),
        Answer::Warnings(list) => work::warnings(&mut page, list),
        Answer::Warning(changed) => work::warning(&mut page, changed),
        Answer::Explanation(explanation) => explanation::explanation(&mut page, explanation),
        Answer::Rules(list) => rule::list(&mut page, list),
        Answer::Check(report) => rule::check(&mut page, report),
        Answer::Suggest(report) => suggest::suggest(&mut page, report),
        Answer::Test(report) => rule::test(&mut page, report),
    }
    page.finish()
}

/// Renders where the rejected rows of an import are, and why most of them were rejected.
pub(crate) fn render_rejects(rejects: &Rejects, path: &Path, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    import::rejects(&mut page, rejects, path);
    page.finish()
}

/// Renders what became of one fact that was sent.
pub(crate) fn render_fact(answer: &FactAnswer, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    ingest::answer(&mut page, answer);
    page.finish()
}

/// Renders what the columns of a file were taken for; the mapping was written to `place`, and `command` goes by it.
pub(crate) fn render_guess(
    report: &GuessReport,
    place: &Path,
    command: &str,
    language: Language,
    screen: Screen,
) -> String {
    let mut page = Page::new(Words::of(language), screen);
    guess::guess(&mut page, report, place, command);
    page.finish()
}

/// Renders where a person's copy of their data is.
pub(crate) fn render_copied(copy: &PersonCopy, path: &Path, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    person::copied(&mut page, copy, Some(path));
    page.finish()
}

/// Renders what a list of orders tells.
pub(crate) fn render_trial(
    report: &TrialReport,
    file: &Path,
    map: Option<&Path>,
    language: Language,
    screen: Screen,
) -> String {
    let mut page = Page::new(Words::of(language), screen);
    trial::trial(&mut page, report, file, map);
    page.finish()
}

/// Renders what came of restoring a backup.
pub(crate) fn render_restored(report: &RestoreReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    care::restore(&mut page, report);
    page.finish()
}

/// Renders what a book goes on without.
pub(crate) fn render_loss(report: &LossReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    care::loss(&mut page, report);
    page.finish()
}

/// Renders a plugin that was verified.
pub(crate) fn render_verified(plugin: &PluginDescription, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    plugin::verified(&mut page, plugin);
    page.finish()
}

/// Renders a new plugin's folder.
pub(crate) fn render_plugin_made(made: &PluginMade, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    workshop::made(&mut page, made);
    page.finish()
}

/// Renders that a plugin is being built.
pub(crate) fn render_building(folder: &Path, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    workshop::building(&mut page, folder);
    page.finish()
}

/// Renders what came of building a plugin.
pub(crate) fn render_built(report: &BuildReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    workshop::built(&mut page, report);
    page.finish()
}

/// Renders what came of a plugin's golden cases.
pub(crate) fn render_plugin_test(report: &PluginTestReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    workshop::tested(&mut page, report);
    page.finish()
}

/// Renders what can be seen of a plugin.
pub(crate) fn render_inspection(report: &PluginInspection, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    workshop::inspection(&mut page, report);
    page.finish()
}

/// Renders that a plugin was signed.
pub(crate) fn render_signed(report: &SignReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    plugin::signed(&mut page, report);
    page.finish()
}

/// Renders that a plugin was packed.
pub(crate) fn render_packed(report: &PackReport, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    plugin::packed(&mut page, report);
    page.finish()
}

/// Renders a key that was made.
pub(crate) fn render_key(made: &KeyMade, language: Language, screen: Screen) -> String {
    let mut page = Page::new(Words::of(language), screen);
    plugin::key(&mut page, made);
    page.finish()
}

/// Renders an error for a screen. Some tell what a compiler said, in lines of its own.
pub(crate) fn render_error(error: &ApiError, language: Language, screen: Screen) -> String {
    let words = Words::of(language);
    let message = words.said(&error.message);
    let message: Vec<String> = message.lines().map(tame).collect();
    let mut text = format!("{} {}\n", screen.paint(Style::Bad, words.error_mark), message.join("\n  "));
    if let Some(hint) = &error.hint {
        text.push_str(&format!("  {} {}\n", screen.paint(Style::Faint, words.hint_mark), tame(&words.said(hint))));
    }
    text
}
