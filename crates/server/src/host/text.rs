//! Rows of answers from records, with texts in the language asked for.

use std::sync::Arc;

use tierhook_engine::{REMINDER, Snapshot};
use tierhook_hooks::Manifest;
use tierhook_model::{
    CAUSES, Change, ClassMove, Day, Dimension, FollowUp, HistoryEntry, Language, MoveCause, Override, ProfileKey,
    Reason, Record, UNRATED, Value, Warning,
};

use crate::api::{
    ApiError, ChangeRow, ClassCell, ClassHead, CustomerHead, DimensionHead, FollowUpId, FollowUpRow, HistoryRow,
    OfferRow, ReasonRow, StateRow, WarningId, WarningRow,
};

/// Writes texts for people: knows the language, the day, and the rules whose templates are used.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    pub(crate) snapshot: Arc<Snapshot>,
    pub(crate) language: Language,
}

impl Texts {
    /// The book's day.
    pub(crate) fn day(&self) -> Day {
        self.snapshot.clock.day
    }

    /// Picks the text of the language asked for.
    pub(crate) fn pick<'a>(&self, en: &'a str, zh: &'a str) -> &'a str {
        match self.language {
            Language::En => en,
            Language::Zh => zh,
        }
    }

    fn manifest(&self, rule: &str) -> Option<&Manifest> {
        Some(&self.snapshot.generation.ruleset.hooks.rule(rule)?.meta().manifest)
    }

    /// A reason in words.
    pub(crate) fn reason(&self, rule: &str, reason: &Reason) -> ReasonRow {
        let text = match self.manifest(rule) {
            // A person's own words need no template.
            None if reason.code == REMINDER => argument(reason, "text").to_owned(),
            Some(manifest) => manifest.render(reason, self.language),
            None => Manifest::default().render(reason, self.language),
        };
        ReasonRow { code: reason.code.clone(), text, points: reason.points }
    }

    /// A reason of a dimension that several rules may have decided: the first that has a template for it.
    pub(crate) fn reason_of(&self, rules: &[String], reason: &Reason) -> ReasonRow {
        let knows = |rule: &&String| self.manifest(rule).is_some_and(|it| it.texts.contains_key(&reason.code));
        let rule = rules.iter().find(knows).or(rules.first()).map_or("", String::as_str);
        self.reason(rule, reason)
    }

    /// Who a customer is, in one line.
    pub(crate) fn head(record: &Record) -> CustomerHead {
        let text = |key| record.profile.text(key).map(str::to_owned);
        CustomerHead {
            record: record.id,
            source: record.external.source.clone(),
            id: record.external.id.clone(),
            name: text(ProfileKey::Name).or_else(|| text(ProfileKey::Company)),
            owner: text(ProfileKey::Owner),
            also: record.merged.iter().map(|merged| merged.external.to_string()).collect(),
        }
    }

    /// A dimension's id and name.
    pub(crate) fn dimension(&self, dimension: &Dimension) -> DimensionHead {
        let name = dimension.name.get(self.language);
        let name = if name.is_empty() { &dimension.id } else { name };
        DimensionHead { id: dimension.id.clone(), name: name.to_owned() }
    }

    /// A dimension's id and name, also for one that is no more.
    pub(crate) fn dimension_named(&self, id: &str) -> DimensionHead {
        match self.snapshot.generation.ruleset.dimensions.get(id) {
            Some(dimension) => self.dimension(dimension),
            None => DimensionHead { id: id.to_owned(), name: id.to_owned() },
        }
    }

    /// A class's name.
    pub(crate) fn class_name(&self, dimension: &str, class: &str) -> String {
        if class == UNRATED {
            return self.pick("unrated", "未评级").to_owned();
        }
        let found = self.snapshot.generation.ruleset.dimensions.get(dimension).and_then(|it| it.class(class));
        let name = found.map(|class| class.name.get(self.language)).unwrap_or_default();
        if name.is_empty() { class.to_owned() } else { name.to_owned() }
    }

    /// The classes of a dimension in order, `unrated` last.
    pub(crate) fn classes(&self, dimension: &Dimension) -> Vec<ClassHead> {
        let ids = dimension.classes.iter().map(|class| class.id.as_str()).chain([UNRATED]);
        ids.map(|id| ClassHead { id: id.to_owned(), name: self.class_name(&dimension.id, id) }).collect()
    }

    /// The class on a dimension, for a list.
    pub(crate) fn class_cell(&self, record: &Record, dimension: &str) -> Option<ClassCell> {
        let standing = record.standing.class(dimension)?;
        Some(ClassCell {
            class: standing.class.clone(),
            name: self.class_name(dimension, &standing.class),
            overridden: standing.overridden,
        })
    }

    /// What customers of a class are entitled to.
    pub(crate) fn entitlements(&self, dimension: &str, class: &str) -> Vec<String> {
        let found = self.snapshot.generation.ruleset.dimensions.get(dimension).and_then(|it| it.class(class));
        let texts = found.into_iter().flat_map(|class| &class.entitlements);
        texts.map(|text| text.get(self.language).to_owned()).filter(|text| !text.is_empty()).collect()
    }

    /// Checks that a cause is one that can be noted with a kind of follow-up, or with a warning of a cause.
    pub(crate) fn check_cause(&self, rule: &str, kind: &str, cause: &str) -> Result<(), ApiError> {
        let own = self.manifest(rule).and_then(|manifest| manifest.outcomes.get(kind));
        let known: Vec<&str> = match own {
            Some(own) => own.keys().map(String::as_str).collect(),
            None => CAUSES.to_vec(),
        };
        if known.contains(&cause) {
            return Ok(());
        }
        Err(ApiError::invalid(format!("`{cause}` is no cause that can be noted with {kind}"))
            .with_hint(format!("there are {}", known.join(", "))))
    }

    /// What came of a follow-up or warning as a row, with the rule's own words for the cause where it has any.
    fn state(&self, rule: &str, kind: &str, state: StateRow) -> StateRow {
        let own = self.manifest(rule).and_then(|manifest| manifest.outcomes.get(kind)).zip(state.detail.as_ref());
        let text = own.and_then(|(own, cause)| own.get(cause)).map(|text| text.get(self.language).to_owned());
        StateRow { text: text.filter(|text| !text.is_empty()), ..state }
    }

    /// The words on classes that somebody has to look at again. One on a dimension or class that is no more decides
    /// nothing, and nobody could release it.
    pub(crate) fn to_review<'r>(&self, record: &'r Record) -> impl Iterator<Item = (&'r String, &'r Override)> {
        let (day, dimensions) = (self.day(), &self.snapshot.generation.ruleset.dimensions);
        let is_there = |dimension: &str, class: &str| {
            dimensions.get(dimension).is_some_and(|dimension| dimension.class(class).is_some())
        };
        let due = record
            .aggregates
            .overrides
            .iter()
            .filter(move |(dimension, word)| word.is_to_review(day) && is_there(dimension, &word.class));
        due.map(|(dimension, word)| (dimension, word))
    }

    /// A follow-up as a row.
    pub(crate) fn follow_up(&self, record: &Record, follow_up: &FollowUp) -> FollowUpRow {
        let name = self.manifest(&follow_up.rule).and_then(|it| it.follow_ups.get(&follow_up.kind));
        let name = name.map(|name| name.get(self.language)).filter(|name| !name.is_empty());
        let reminder = follow_up.action.as_ref().filter(|action| follow_up.rule.is_empty() && action.code == REMINDER);
        let name = reminder.map(|_| self.pick("Reminder", "提醒")).or(name);
        let wanted_by = reminder.map(|action| self.wanted_by(action));
        FollowUpRow {
            id: FollowUpId { record: record.id, number: follow_up.number },
            customer: Self::head(record),
            kind: follow_up.kind.clone(),
            name: name.unwrap_or(&follow_up.kind).to_owned(),
            state: self.state(&follow_up.rule, &follow_up.kind, StateRow::from(&follow_up.state)),
            due: follow_up.due_on(),
            days_late: if follow_up.state.is_open() {
                self.day().since(follow_up.due_on()).max(0).unsigned_abs()
            } else {
                0
            },
            opened: follow_up.opened,
            channel: follow_up.channel.clone(),
            priority: follow_up.priority,
            rule: follow_up.rule.clone(),
            reasons: follow_up
                .reasons
                .iter()
                .map(|reason| self.reason(&follow_up.rule, reason))
                .chain(wanted_by)
                .collect(),
            action: follow_up.action.as_ref().map(|action| self.reason(&follow_up.rule, action).text),
            offer: follow_up
                .offer
                .as_ref()
                .map(|offer| OfferRow { text: self.reason(&follow_up.rule, &offer.terms).text, ends: offer.ends }),
        }
    }

    /// Who wants to be reminded, as a reason.
    fn wanted_by(&self, action: &Reason) -> ReasonRow {
        let text = format!("{}{}", self.pick("noted by ", "记录人："), argument(action, "who"));
        ReasonRow { code: action.code.clone(), text, points: None }
    }

    /// A warning as a row.
    pub(crate) fn warning(&self, record: &Record, warning: &Warning) -> WarningRow {
        let name = self.manifest(&warning.rule).and_then(|it| it.causes.get(&warning.cause));
        let name = name.map(|name| name.get(self.language)).filter(|name| !name.is_empty());
        WarningRow {
            id: WarningId { record: record.id, number: warning.number },
            customer: Self::head(record),
            cause: warning.cause.clone(),
            name: name.unwrap_or(&warning.cause).to_owned(),
            severity: warning.severity,
            state: self.state(&warning.rule, &warning.cause, StateRow::from(&warning.state)),
            opened: warning.opened,
            rule: warning.rule.clone(),
            reasons: warning.reasons.iter().map(|reason| self.reason(&warning.rule, reason)).collect(),
            suggestion: warning.suggestion.as_ref().map(|suggestion| self.reason(&warning.rule, suggestion).text),
        }
    }

    /// A change in words. `record` is the record after it.
    pub(crate) fn change(&self, record: &Record, change: &Change) -> ChangeRow {
        let (code, text) = match change {
            Change::Class(class_move) => ("class", self.class_move(class_move)),
            Change::FollowUpOpened(number) => ("follow-up-opened", self.follow_up_named(record, *number)),
            Change::FollowUpChanged(number) => ("follow-up-changed", self.follow_up_named(record, *number)),
            Change::FollowUpClosed { number, why } => {
                ("follow-up-closed", format!("{} ({})", self.follow_up_named(record, *number), self.why(why)))
            }
            Change::WarningOpened(number) => ("warning-opened", self.warning_named(record, *number)),
            Change::WarningClosed { number, why } => {
                ("warning-closed", format!("{} ({})", self.warning_named(record, *number), self.why(why)))
            }
        };
        let lead = match code {
            "follow-up-opened" => self.pick("follow-up opened: ", "新增跟进："),
            "follow-up-changed" => self.pick("follow-up changed: ", "跟进变更："),
            "follow-up-closed" => self.pick("follow-up closed: ", "跟进关闭："),
            "warning-opened" => self.pick("warning raised: ", "新增预警："),
            "warning-closed" => self.pick("warning closed: ", "预警解除："),
            _ => "",
        };
        let row = ChangeRow { code: code.to_owned(), text: format!("{lead}{text}"), ..ChangeRow::default() };
        let follow_up = |number: u32| Some(FollowUpId { record: record.id, number }.to_string());
        let warning = |number: u32| Some(WarningId { record: record.id, number }.to_string());
        match change {
            Change::Class(ClassMove { dimension, from, to, .. }) => {
                ChangeRow { dimension: Some(dimension.clone()), from: from.clone(), to: Some(to.clone()), ..row }
            }
            Change::FollowUpOpened(number)
            | Change::FollowUpChanged(number)
            | Change::FollowUpClosed { number, .. } => ChangeRow { item: follow_up(*number), ..row },
            Change::WarningOpened(number) | Change::WarningClosed { number, .. } => {
                ChangeRow { item: warning(*number), ..row }
            }
        }
    }

    fn class_move(&self, class_move: &ClassMove) -> String {
        let name = self.dimension_named(&class_move.dimension).name;
        let class = |class: &str| self.class_name(&class_move.dimension, class);
        match &class_move.from {
            Some(from) => format!("{name}: {} -> {}", class(from), class(&class_move.to)),
            None => format!("{name}: {}", class(&class_move.to)),
        }
    }

    fn follow_up_named(&self, record: &Record, number: u32) -> String {
        let id = FollowUpId { record: record.id, number };
        match record.standing.follow_ups.iter().find(|it| it.number == number) {
            Some(found) => {
                let row = self.follow_up(record, found);
                format!("{id} {}, {} {}", row.name, self.pick("due", "应于"), row.due)
            }
            None => id.to_string(),
        }
    }

    fn warning_named(&self, record: &Record, number: u32) -> String {
        let id = WarningId { record: record.id, number };
        match record.standing.warnings.iter().find(|it| it.number == number) {
            Some(found) => format!("{id} {}", self.warning(record, found).name),
            None => id.to_string(),
        }
    }

    /// Why something was closed, in words.
    fn why(&self, code: &str) -> String {
        match code {
            "reason-gone" => self.pick("its reason is gone", "原因已消失"),
            "rule-retired" => self.pick("its rule is retired", "规则已停用"),
            "new-cycle" => self.pick("a new cycle began", "已进入新周期"),
            "merged" => self.pick("the merged customer's is further", "以被合并客户的同类事项为准"),
            "unmerged" => self.pick("it went back with the unmerged customer", "已随取消合并的客户归还"),
            other => other,
        }
        .to_owned()
    }

    /// A decision as a row.
    pub(crate) fn history(&self, record: &Record, entry: &HistoryEntry) -> HistoryRow {
        // A word that ends by itself is found when days go by, but it is what brought the move about.
        let moves = entry.changes.iter().filter_map(|change| match change {
            Change::Class(class_move) => Some(class_move.cause),
            _ => None,
        });
        let by_word = moves.clone().count() > 0 && moves.into_iter().all(|cause| cause == MoveCause::Override);
        HistoryRow {
            recorded: entry.recorded,
            day: entry.receipt.day,
            cause: if by_word { MoveCause::Override } else { entry.cause },
            generation: entry.receipt.generation,
            changes: entry.changes.iter().map(|change| self.change(record, change)).collect(),
        }
    }
}

/// A text among the arguments of a reason; empty if there is none of that name.
fn argument<'a>(reason: &'a Reason, name: &str) -> &'a str {
    let found = reason.arguments.iter().find(|argument| argument.name == name);
    found.and_then(|argument| argument.value.as_ref()).and_then(Value::as_text).unwrap_or_default()
}
