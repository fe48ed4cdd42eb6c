//! Who a customer is.

use serde::{Deserialize, Serialize};

use crate::{Day, FieldType, Value};

macro_rules! profile_keys {
    ($($key:ident = $code:literal, $name:literal, $ty:ident, $label:ident, $en:literal, $zh:literal;)*) => {
        /// A profile field that Tierhook knows; others are custom fields. The numbers are stored.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "u8", try_from = "u8")]
        pub enum ProfileKey {
            $(#[doc = $en] $key = $code,)*
        }

        impl ProfileKey {
            /// All profile fields in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$key),*];

            /// The field's name in rules and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$key => $name,)* }
            }

            /// The type of the field's value.
            pub fn field_type(self) -> FieldType {
                match self { $(Self::$key => FieldType::$ty,)* }
            }

            /// How carefully the value has to be treated.
            pub fn label(self) -> crate::Label {
                match self { $(Self::$key => crate::Label::$label,)* }
            }

            /// What the field means: English, then Chinese.
            pub fn describe(self) -> (&'static str, &'static str) {
                match self { $(Self::$key => ($en, $zh),)* }
            }
        }

        impl TryFrom<u8> for ProfileKey {
            type Error = String;
            fn try_from(code: u8) -> Result<Self, String> {
                match code {
                    $($code => Ok(Self::$key),)*
                    other => Err(format!("no profile field has the number {other}")),
                }
            }
        }
    };
}

profile_keys! {
    Name = 0, "name", Text, Pii, "Name of the person or organisation.", "姓名或名称";
    Kind = 1, "kind", Text, Internal, "What the customer is: `person` or `organisation`.", "客户性质：个人 person 或单位 organisation";
    Company = 2, "company", Text, Internal, "Company that the person works for.", "所在公司";
    Gender = 3, "gender", Text, Sensitive, "Gender: `female`, `male` or as the source says.", "性别";
    Birthday = 4, "birthday", Day, Pii, "Day of birth.", "生日";
    Phones = 5, "phones", TextList, Pii, "Telephone numbers.", "电话";
    Emails = 6, "emails", TextList, Pii, "Email addresses.", "电子邮箱";
    Handles = 7, "handles", TextList, Pii, "Other handles, for example a WeChat id.", "其他联系方式，如微信号";
    Region = 8, "region", Text, Internal, "Country, province or sales region.", "地区";
    Address = 9, "address", Text, Pii, "Postal address.", "地址";
    Industry = 10, "industry", Text, Internal, "Industry that the customer works in.", "行业";
    Employees = 11, "employees", Integer, Internal, "Number of employees of an organisation.", "员工人数";
    EconomicStatus = 12, "economic_status", Text, Sensitive, "Economic status as the company records it.", "经济状况";
    Interests = 13, "interests", TextList, Internal, "What the customer is interested in.", "兴趣";
    Preferences = 14, "preferences", TextList, Internal, "How the customer likes things to be.", "偏好";
    Needs = 15, "needs", TextList, Internal, "What the customer needs.", "需求";
    Tags = 16, "tags", TextList, Internal, "Tags that people gave.", "标签";
    Owner = 17, "owner", Text, Internal, "Who at the company looks after the customer.", "负责人";
    SourceChannel = 18, "source_channel", Text, Internal, "Channel that the customer came through, for example `wechat`.", "来源渠道";
    SourceKind = 19, "source_kind", Text, Internal, "Kind of the channel: `online` or `offline`.", "来源类型：线上 online 或线下 offline";
    ReferredBy = 20, "referred_by", Text, Internal, "Who referred the customer.", "介绍人";
    Created = 21, "created", Day, Internal, "Day on which the customer came into the source system.", "建档日期";
    Notes = 22, "notes", Text, Pii, "Notes about the customer.", "备注";
}

impl From<ProfileKey> for u8 {
    fn from(key: ProfileKey) -> Self {
        key as Self
    }
}

impl ProfileKey {
    /// Returns the profile field with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|key| key.name() == name)
    }
}

/// What is known about who a customer is. What is not here is unknown.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Profile {
    fields: Vec<(ProfileKey, Value)>,
    custom: Vec<(String, Value)>,
    /// People at the customer, for an organisation.
    pub contacts: Vec<Contact>,
    /// What the customer agreed to or refused.
    pub consents: Vec<Consent>,
}

impl Profile {
    /// Returns the value of a field, if it is known.
    #[inline]
    pub fn get(&self, key: ProfileKey) -> Option<&Value> {
        let at = self.fields.binary_search_by_key(&key, |(key, _)| *key).ok()?;
        Some(&self.fields[at].1)
    }

    /// Returns the text of a field, if it is known and a text.
    pub fn text(&self, key: ProfileKey) -> Option<&str> {
        self.get(key).and_then(Value::as_text)
    }

    /// Returns the value of a custom field, if it is known.
    pub fn custom(&self, name: &str) -> Option<&Value> {
        let at = self.custom.binary_search_by(|(key, _)| key.as_str().cmp(name)).ok()?;
        Some(&self.custom[at].1)
    }

    /// Sets a field, or clears it with `None`.
    pub fn set(&mut self, key: ProfileKey, value: Option<Value>) {
        match (self.fields.binary_search_by_key(&key, |(key, _)| *key), value) {
            (Ok(at), Some(value)) => self.fields[at].1 = value,
            (Ok(at), None) => drop(self.fields.remove(at)),
            (Err(at), Some(value)) => self.fields.insert(at, (key, value)),
            (Err(_), None) => {}
        }
    }

    /// Sets a custom field, or clears it with `None`.
    pub fn set_custom(&mut self, name: &str, value: Option<Value>) {
        match (self.custom.binary_search_by(|(key, _)| key.as_str().cmp(name)), value) {
            (Ok(at), Some(value)) => self.custom[at].1 = value,
            (Ok(at), None) => drop(self.custom.remove(at)),
            (Err(at), Some(value)) => self.custom.insert(at, (name.to_owned(), value)),
            (Err(_), None) => {}
        }
    }

    /// Iterates over the known fields in the order of their keys.
    pub fn fields(&self) -> impl Iterator<Item = (ProfileKey, &Value)> {
        self.fields.iter().map(|(key, value)| (*key, value))
    }

    /// Iterates over the known custom fields in the order of their names.
    pub fn custom_fields(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.custom.iter().map(|(name, value)| (name.as_str(), value))
    }
}

/// A person at a customer that is an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// The person's id in the source.
    pub id: String,
    /// The person's name.
    pub name: String,
    /// What the person does there, for example `buyer` or `decision maker`.
    pub role: Option<String>,
    /// Telephone numbers.
    pub phones: Vec<String>,
    /// Email addresses.
    pub emails: Vec<String>,
}

/// What the customer agreed to or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The channel or purpose, for example `call`, `email`, `marketing`.
    pub purpose: String,
    /// Whether it was given.
    pub given: bool,
    /// Since when.
    pub since: Day,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cleared_field_is_unknown_again() {
        let mut profile = Profile::default();
        profile.set(ProfileKey::Region, Some(Value::Text("Zhejiang".into())));
        profile.set(ProfileKey::Name, Some(Value::Text("王芳".into())));
        profile.set_custom("shoe_size", Some(Value::Integer(38)));
        assert_eq!(profile.text(ProfileKey::Name), Some("王芳"));
        assert_eq!(profile.fields().map(|(key, _)| key.name()).collect::<Vec<_>>(), ["name", "region"]);
        profile.set(ProfileKey::Region, None);
        profile.set_custom("shoe_size", None);
        assert_eq!(profile.get(ProfileKey::Region), None);
        assert_eq!(profile.custom("shoe_size"), None);
    }

    #[test]
    fn codes_and_names_of_profile_fields_are_unique_and_found_again() {
        for key in ProfileKey::ALL {
            assert_eq!(ProfileKey::named(key.name()), Some(*key));
            assert_eq!(ProfileKey::try_from(u8::from(*key)), Ok(*key));
        }
    }
}
