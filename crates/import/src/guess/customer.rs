//! Customer lists and lists of contacts.

use std::collections::BTreeMap;

use super::choice::Choice;
use super::column::Column;
use super::draft::Draft;
use super::word::{Role, normal};
use super::{GuessError, names, switched, write_customer};
use crate::mapping::ImportKind;

/// Roles and the profile fields that they are.
const FIELDS: &[(Role, &str)] = &[
    (Role::Name, "name"),
    (Role::Company, "company"),
    (Role::Gender, "gender"),
    (Role::Birthday, "birthday"),
    (Role::Phone, "phones"),
    (Role::Email, "emails"),
    (Role::Handle, "handles"),
    (Role::Region, "region"),
    (Role::Address, "address"),
    (Role::Industry, "industry"),
    (Role::Employees, "employees"),
    (Role::Interests, "interests"),
    (Role::Tags, "tags"),
    (Role::Owner, "owner"),
    (Role::SourceChannel, "source_channel"),
    (Role::Created, "created"),
    (Role::Notes, "notes"),
    (Role::Kind, "kind"),
];

/// Drafts the mapping of a customer list.
pub(super) fn draft_customers(draft: &mut Draft<'_>) -> Result<(), GuessError> {
    let columns = draft.columns;
    let roles: Vec<Role> = FIELDS.iter().map(|(role, _)| *role).chain([Role::Customer, Role::Consent]).collect();
    let mut choice = Choice::of(columns, &roles);
    if let Some(id) = columns.iter().position(is_id) {
        choice.add(Role::Customer, id, 0.8);
    }
    let customer = write_customer(draft, &choice)?;
    ask_who_is_one(draft, &choice, customer);
    write_region(draft, &choice);
    // A list of firms has a name for each and no people: the name is what it is known by.
    let firm = choice.get(Role::Customer).is_none() && choice.get(Role::Company).is_some_and(|(at, _)| at == customer)
        || normal(columns[customer].name).starts_with("account") && !is_number(&columns[customer]);
    if choice.get(Role::Name).is_none() && (firm || !is_number(&columns[customer])) {
        choice.add(Role::Name, customer, 0.7);
    }
    for (role, _) in FIELDS {
        let Some((at, sureness)) = choice.get(*role) else { continue };
        write_profile_field(draft, *role, at, sureness);
    }
    if firm && choice.get(Role::Kind).is_none() {
        draft.write("fields.kind", "{ text = \"organisation\" }", "these seem to be firms");
    }
    let mut chinese = Vec::new();
    for (at, column) in columns.iter().enumerate() {
        let consent = column.roles.first().is_some_and(|(role, _)| *role == Role::Consent);
        if consent && column.fits(Role::Consent) {
            draft.column(&format!("consents.{}", purpose(column.name)), at, 0.7);
        } else if draft.used[at].is_empty() && column.filled > 0 && at != customer {
            match custom_name(column.name) {
                Some(name) => write_custom(draft, &format!("custom.{name}"), at),
                None => chinese.push(format!("`{}`", column.name)),
            }
        }
    }
    if !chinese.is_empty() {
        let names = chinese.join(", ");
        draft.ask(
            format!(
                "{names} are not taken: to keep one as a field of your own, give it a name for rules, as in [custom] \
                 hobby = \"爱好\""
            ),
            format!("未导入 {names}：如需保留，请为规则起一个英文名，例如 [custom] hobby = \"爱好\""),
        );
    }
    Ok(())
}

/// Tells whether a column of a list of customers tells them apart, though its name does not say of whom it is.
fn is_id(column: &Column<'_>) -> bool {
    let names = ["id", "uid", "uuid", "guid", "recordid", "code", "number", "no", "编号", "编码", "代码", "号码"];
    names.contains(&normal(column.name).as_str())
        && column.distinct.len() == column.values.len()
        && column.dates.as_ref().is_none_or(|_| column.numbers.is_some())
}

/// Asks, where customers of a list are told apart by what several of its rows have in common. Where rows of one phone or
/// the like have different names, they may as well be colleagues, and nothing is taken in before somebody has looked.
fn ask_who_is_one(draft: &mut Draft<'_>, choice: &Choice, customer: usize) {
    let column = &draft.columns[customer];
    let shared = column.filled - column.distinct.len();
    if shared == 0 {
        return;
    }
    let name = column.name;
    draft.ask(
        format!("{shared} rows have the `{name}` of another row: they are taken for the same customer"),
        format!("有 {shared} 行的 `{name}` 与其他行相同，视为同一客户"),
    );
    let called = choice.get(Role::Name).or(choice.get(Role::Company)).filter(|(at, _)| *at != customer);
    let (Some((called, _)), None) = (called, choice.get(Role::Customer)) else { return };
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let mut rows = column.values.iter().zip(&draft.columns[called].values).filter(|(id, _)| !id.is_empty());
    if rows.any(|(id, name)| names.insert(id, name).is_some_and(|known| known != *name)) {
        draft.doubt("customer", customer);
    }
}

/// Drafts the mapping of a list of contacts.
pub(super) fn draft_contacts(draft: &mut Draft<'_>) -> Result<(), GuessError> {
    let columns = draft.columns;
    let roles =
        [Role::Customer, Role::Company, Role::Person, Role::PersonId, Role::PersonTitle, Role::Phone, Role::Email];
    let choice = Choice::of(columns, &roles);
    let missing =
        || GuessError::NoColumn { columns: names(columns), what: "a person's name", kind: ImportKind::Contacts };
    let (person, sureness) = choice.get(Role::Person).ok_or_else(missing)?;
    match [Role::Customer, Role::Company].into_iter().find_map(|role| choice.get(role)) {
        Some((at, sureness)) => draft.column("customer", at, sureness),
        None => return Err(GuessError::NoCustomer { columns: names(columns) }),
    }
    if let Some((id, sureness)) = choice.get(Role::PersonId) {
        draft.column("id", id, sureness);
    }
    draft.column("name", person, sureness);
    if let Some((role, sureness)) = choice.get(Role::PersonTitle) {
        draft.column("role", role, sureness);
    }
    for (role, key) in [(Role::Phone, "phones"), (Role::Email, "emails")] {
        if let Some((at, sureness)) = choice.get(role) {
            write_field(draft, key, role, at, sureness);
        }
    }
    write_region(draft, &choice);
    Ok(())
}

/// Says which country telephone numbers belong to, if they are Chinese.
pub(super) fn write_region(draft: &mut Draft<'_>, choice: &Choice) {
    if choice.get(Role::Phone).is_some_and(|(phone, _)| draft.columns[phone].is_chinese_phones()) {
        draft.write("region", "\"CN\"", "the country of numbers that do not say theirs");
    }
}

/// Takes a column as the profile field that its role is.
pub(super) fn write_profile_field(draft: &mut Draft<'_>, role: Role, at: usize, sureness: f64) {
    if let Some((_, field)) = FIELDS.iter().find(|(of, _)| *of == role) {
        write_field(draft, &format!("fields.{field}"), role, at, sureness);
    }
}

fn write_field(draft: &mut Draft<'_>, key: &str, role: Role, at: usize, sureness: f64) {
    let column = &draft.columns[at];
    match role {
        Role::Birthday | Role::Created => draft.date(key, at, sureness),
        Role::Employees => draft.number(key, at, sureness),
        Role::Phone if column.is_masked() => {
            draft.ask(
                format!("`{}` is masked and not taken: export the full numbers", column.name),
                format!("`{}` 已打码，未导入：请导出完整号码", column.name),
            );
        }
        Role::Gender | Role::Kind => {
            let known = |value: &str| match value {
                "男" | "先生" | "M" | "Male" | "MALE" => Some("male"),
                "女" | "女士" | "F" | "Female" | "FEMALE" => Some("female"),
                "个人" | "个人客户" => Some("person"),
                "企业" | "单位" | "公司" | "企业客户" => Some("organisation"),
                _ => None,
            };
            let pairs: BTreeMap<&str, &str> =
                column.distinct.keys().filter_map(|value| Some((*value, known(value)?))).collect();
            if pairs.is_empty() {
                draft.column(key, at, sureness);
            } else {
                draft.expression(key, at, sureness, &switched(column, &pairs));
            }
        }
        Role::Tags | Role::Interests | Role::Handle => match separator(column) {
            Some(separator) => {
                draft.note(key, at, sureness);
                let value = format!("{{ value = {}, split = \"{separator}\" }}", super::notation::quoted(column.name));
                draft.write(key, &value, "");
            }
            None => draft.column(key, at, sureness),
        },
        _ => draft.column(key, at, sureness),
    }
}

fn write_custom(draft: &mut Draft<'_>, key: &str, at: usize) {
    let column = &draft.columns[at];
    let ty = match &column.numbers {
        _ if column.dates.as_ref().is_some_and(|dates| dates.formats.is_empty()) => "day",
        Some(_) if column.share(|value| value.starts_with('0') && value.len() > 1 && !value.contains('.')) > 0 => {
            "text"
        }
        Some(_) if column.is_whole() => "integer",
        Some(_) => "decimal",
        None => "text",
    };
    if matches!(ty, "integer" | "decimal") {
        draft.style(at);
    }
    draft.note(key, at, 0.5);
    let name = super::notation::quoted(column.name);
    let value = if ty == "text" { name } else { format!("{{ value = {name}, type = \"{ty}\" }}") };
    draft.write(key, &value, "");
}

/// Returns what stands between the items of a list, if it is not what lists have anyway.
fn separator(column: &Column<'_>) -> Option<char> {
    let most = |separator: &char| column.distinct.keys().filter(|value| value.contains(*separator)).count();
    let found = [';', ',', '，', '、', '|', '/', '；'].into_iter().max_by_key(most)?;
    (most(&found) > 0 && found != ';').then_some(found)
}

fn is_number(column: &Column<'_>) -> bool {
    column.share(|value| value.bytes().any(|byte| byte.is_ascii_digit())) >= 50
}

/// Writes a column's name as rules can name a field: `Year established` is `year_established`.
fn custom_name(name: &str) -> Option<String> {
    const KNOWN: &[(&str, &str)] = &[
        ("积分", "points"),
        ("会员积分", "points"),
        ("余额", "balance"),
        ("会员等级", "member_level"),
        ("等级", "level"),
        ("累计消费", "spent_before"),
        ("累计消费金额", "spent_before"),
    ];
    if !name.is_ascii() {
        return KNOWN.iter().find(|(word, _)| *word == normal(name)).map(|(_, field)| (*field).to_owned());
    }
    let words = name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let name = words.collect::<Vec<_>>().join("_").to_lowercase();
    name.starts_with(|c: char| c.is_ascii_alphabetic()).then_some(name)
}

/// Returns what a consent is for by the name of its column.
fn purpose(name: &str) -> &'static str {
    let name = normal(name);
    if name.contains("短信") || name.contains("sms") {
        "sms"
    } else if name.contains("mail") || name.contains("newsletter") {
        "email"
    } else {
        "marketing"
    }
}
