//! What kept receipts are made of: names by number, and short numbers.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error as _, SeqAccess, Visitor};
use serde::ser::SerializeTuple as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use tierhook_model::{Day, Value};

use crate::name::Names;

/// A text that the book may keep a name for. As postcard: 0 and the text, or 1 for none, or one more than the name's
/// number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Name<'a> {
    Absent,
    Known(u32),
    Spelled(Cow<'a, str>),
}

/// A number, perhaps none. Most are amounts and points with two digits at most behind the point.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Number {
    Absent,
    Hundredths(i64),
    Exact(f64),
}

/// A field's value, perhaps none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(bound(deserialize = "'de: 'a"))]
pub(super) enum KeptValue<'a> {
    Missing,
    Text(Name<'a>),
    Integer(i64),
    Decimal(Number),
    Boolean(bool),
    Day(Day),
    TextList(Vec<Cow<'a, str>>),
}

/// What a kept receipt refers to and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum UnknownName {
    #[error("name {0} is not kept")]
    Number(u32),
    #[error("there is no field at place {0}")]
    Place(u32),
    #[error("a name or number is left out")]
    Absent,
}

impl<'a> Name<'a> {
    pub(super) fn of(text: &'a str, names: &Names) -> Self {
        names.number(text).map_or(Self::Spelled(Cow::Borrowed(text)), Self::Known)
    }

    pub(super) fn of_maybe(text: Option<&'a str>, names: &Names) -> Self {
        text.map_or(Self::Absent, |text| Self::of(text, names))
    }

    pub(super) fn maybe_text(self, names: &Names) -> Result<Option<String>, UnknownName> {
        Ok(match self {
            Self::Absent => None,
            Self::Known(number) => Some(names.name(number).ok_or(UnknownName::Number(number))?.to_owned()),
            Self::Spelled(text) => Some(text.into_owned()),
        })
    }

    pub(super) fn text(self, names: &Names) -> Result<String, UnknownName> {
        self.maybe_text(names)?.ok_or(UnknownName::Absent)
    }
}

impl Serialize for Name<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Absent => serializer.serialize_u32(1),
            Self::Known(number) => serializer.serialize_u32(number + 1),
            Self::Spelled(text) => {
                let mut pair = serializer.serialize_tuple(2)?;
                pair.serialize_element(&0_u32)?;
                pair.serialize_element(text)?;
                pair.end()
            }
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;

        impl<'de> Visitor<'de> for Written {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number of a name, or 0 and a text")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Name<'de>, A::Error> {
                let cut_off = || A::Error::custom("a name is cut off");
                match seq.next_element::<u32>()?.ok_or_else(cut_off)? {
                    0 => Ok(Name::Spelled(Cow::Borrowed(seq.next_element()?.ok_or_else(cut_off)?))),
                    1 => Ok(Name::Absent),
                    number => Ok(Name::Known(number - 1)),
                }
            }
        }

        deserializer.deserialize_tuple(2, Written)
    }
}

impl Number {
    pub(super) fn of(number: Option<f64>) -> Self {
        let Some(number) = number else { return Self::Absent };
        // What does not come back to the last bit is kept as it is: a third, minus zero, what is no number.
        let hundredths = Self::Hundredths((number * 100.0).round() as i64);
        let is_same = |read: f64| read.to_bits() == number.to_bits();
        if hundredths.number().is_some_and(is_same) { hundredths } else { Self::Exact(number) }
    }

    pub(super) fn number(self) -> Option<f64> {
        match self {
            Self::Absent => None,
            Self::Hundredths(hundredths) => Some(hundredths as f64 / 100.0),
            Self::Exact(number) => Some(number),
        }
    }
}

impl<'a> KeptValue<'a> {
    pub(super) fn of(value: Option<&'a Value>, names: &Names) -> Self {
        match value {
            None => Self::Missing,
            Some(Value::Text(text)) => Self::Text(Name::of(text, names)),
            Some(Value::Integer(number)) => Self::Integer(*number),
            Some(Value::Decimal(number)) => Self::Decimal(Number::of(Some(*number))),
            Some(Value::Boolean(yes)) => Self::Boolean(*yes),
            Some(Value::Day(day)) => Self::Day(*day),
            Some(Value::TextList(texts)) => Self::TextList(texts.iter().map(|it| Cow::Borrowed(it.as_str())).collect()),
        }
    }

    pub(super) fn value(self, names: &Names) -> Result<Option<Value>, UnknownName> {
        Ok(Some(match self {
            Self::Missing => return Ok(None),
            Self::Text(name) => Value::Text(name.text(names)?),
            Self::Integer(number) => Value::Integer(number),
            Self::Decimal(number) => Value::Decimal(number.number().ok_or(UnknownName::Absent)?),
            Self::Boolean(yes) => Value::Boolean(yes),
            Self::Day(day) => Value::Day(day),
            Self::TextList(texts) => Value::TextList(texts.into_iter().map(Cow::into_owned).collect()),
        }))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn money_and_points_are_short() {
        let length = |number| postcard::to_stdvec(&Number::of(number)).unwrap().len();
        assert_eq!([None, Some(0.65), Some(5_000.0), Some(1.0 / 3.0)].map(length), [1, 3, 4, 9]);
    }

    proptest! {
        #[test]
        fn a_number_is_read_back_to_the_last_bit(number in any::<f64>(), minor in any::<i64>()) {
            for number in [number, minor as f64 / 100.0, minor as f64, -0.0, f64::NAN] {
                let bytes = postcard::to_stdvec(&Number::of(Some(number))).unwrap();
                let read: Number = postcard::from_bytes(&bytes).unwrap();
                prop_assert_eq!(read.number().unwrap().to_bits(), number.to_bits());
            }
        }
    }

    #[test]
    fn a_name_is_one_number_or_its_text() {
        let mut names = Names::default();
        names.learn(["grade"]);
        let written = [Name::of("grade", &names), Name::of_maybe(None, &names), Name::of("王芳", &names)];
        let bytes = postcard::to_stdvec(&written).unwrap();
        assert_eq!(bytes, [&[2, 1, 0, 6], "王芳".as_bytes()].concat());
        assert_eq!(postcard::from_bytes::<[Name<'_>; 3]>(&bytes).unwrap(), written);
        assert_eq!(Name::Known(2).text(&names), Err(UnknownName::Number(2)));
    }
}
