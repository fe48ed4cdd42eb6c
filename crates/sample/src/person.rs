//! Who the made-up customers are.

mod name;

use fastrand::Rng;
use tierhook_model::{Contact, Day, ProfileChange, ProfileKey, Value};

use crate::chance::{Stream, happens, pick, stream, weighted};

const REGIONS: &[&str] = &[
    "浙江 Zhejiang",
    "上海 Shanghai",
    "江苏 Jiangsu",
    "广东 Guangdong",
    "北京 Beijing",
    "四川 Sichuan",
    "湖北 Hubei",
    "福建 Fujian",
    "山东 Shandong",
    "海外 Abroad",
];
const REGION_WEIGHTS: &[f64] = &[26.0, 20.0, 16.0, 12.0, 8.0, 6.0, 4.0, 3.0, 3.0, 2.0];
/// The sales people.
pub(crate) const OWNERS: &[&str] =
    &["陈静 Chen Jing", "刘洋 Liu Yang", "赵磊 Zhao Lei", "周敏 Zhou Min", "Marta Klein", "Tom Becker", "Grace Lee"];
const INTERESTS: &[&str] =
    &["亲子阅读 reading", "烘焙 baking", "咖啡 coffee", "露营 camping", "宠物 pets", "瑜伽 yoga"];
const PREFERENCES: &[&str] =
    &["微信联系 by WeChat", "晚上联系 in the evening", "到店自提 collects", "不打电话 no calls"];
const NEEDS: &[&str] = &[
    "看重性价比 value for money",
    "要大牌正品 only the original brand",
    "看重质量与成分 quality and ingredients",
    "需要送货上门 delivery to the door",
    "需要选购建议 advice on what to take",
];
const NEEDS_WEIGHTS: &[f64] = &[5.0, 2.0, 4.0, 2.0, 2.0];
const INDUSTRIES: &[&str] = &["零售 retail", "幼儿园 nursery", "餐饮 catering", "企业服务 services", "医疗 health"];
const INDUSTRIES_WEIGHTS: &[f64] = &[6.0, 3.0, 2.0, 1.0, 1.0];
const TAGS: &[&str] =
    &["新手妈妈 new mum", "双胞胎 twins", "对牛奶过敏 milk allergy", "老带新 referred", "活动客户 event"];
const NOTE: &str = "虚构的示例客户 Made-up customer of the sample company";

/// How customers come to the shop, and whether that is online.
pub(crate) const CHANNELS: &[(&str, bool)] = &[("wechat", true), ("shop", false), ("website", true)];

/// A customer's card: what the profile is made from besides its own chance.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Card {
    /// The seed of the company.
    pub(crate) seed: u64,
    /// The number of the customer, or what stands for it.
    pub(crate) index: u64,
    /// The day on which the customer came.
    pub(crate) created: Day,
    /// Whether it is a firm that buys to sell or use on.
    pub(crate) firm: bool,
    /// The channel, as a number in [`CHANNELS`].
    pub(crate) channel: usize,
    /// Who looks after the customer, as a number in [`OWNERS`].
    pub(crate) owner: usize,
}

impl Card {
    /// Makes the customer's first profile, and for a firm the person who buys there.
    pub(crate) fn profile(&self) -> (ProfileChange, Option<Contact>) {
        let mut rng = stream(self.seed, self.index, Stream::Person);
        let tags = self.tags();
        let (name, gender) = name::person(&mut rng);
        let (channel, online) = CHANNELS[self.channel];
        let mut fields = vec![
            (ProfileKey::Kind, text(if self.firm { "organisation" } else { "person" })),
            (ProfileKey::Region, text(REGIONS[weighted(&mut rng, REGION_WEIGHTS)])),
            (ProfileKey::SourceChannel, text(channel)),
            (ProfileKey::SourceKind, text(if online { "online" } else { "offline" })),
            (ProfileKey::Created, Some(Value::Day(self.created))),
            (ProfileKey::Notes, text(NOTE)),
        ];
        if happens(&mut rng, 0.92) {
            fields.push((ProfileKey::Owner, text(OWNERS[self.owner])));
        }
        let phones = happens(&mut rng, 0.85).then(|| vec![self.phone()]);
        let emails = happens(&mut rng, 0.35).then(|| vec![self.email()]);
        if let Some(phones) = &phones {
            fields.push((ProfileKey::Phones, list(phones.clone())));
        }
        if let Some(emails) = &emails {
            fields.push((ProfileKey::Emails, list(emails.clone())));
        }
        if !tags.is_empty() {
            fields.push((ProfileKey::Tags, list(tags)));
        }
        // A chance of its own, so that what was added later moves nothing that was there before.
        let mut later = stream(self.seed, self.index, Stream::Needs);
        if happens(&mut later, 0.4) {
            fields.push((ProfileKey::Needs, list(vec![NEEDS[weighted(&mut later, NEEDS_WEIGHTS)].to_owned()])));
        }
        let mut custom = Vec::new();
        let mut contact = None;
        if self.firm {
            fields.push((ProfileKey::Name, text(&name::firm(&mut rng))));
            fields.push((ProfileKey::Industry, text(INDUSTRIES[weighted(&mut later, INDUSTRIES_WEIGHTS)])));
            // Most firms are small, some are not.
            let share = later.f64();
            fields.push((ProfileKey::Employees, Some(Value::Integer(3 + (400.0 * share * share * share) as i64))));
            contact = Some(Contact {
                id: format!("P{}", self.index),
                name,
                role: Some("采购 buyer".to_owned()),
                phones: phones.unwrap_or_default(),
                emails: emails.unwrap_or_default(),
            });
        } else {
            fields.push((ProfileKey::Name, text(&name)));
            self.personal(&mut rng, gender, &mut fields, &mut custom);
        }
        fields.sort_by_key(|(key, _)| *key);
        (ProfileChange { fields, custom, ..ProfileChange::default() }, contact)
    }

    /// Returns the tags that people gave at first. They have a chance of their own, so that they can be asked for
    /// again.
    pub(crate) fn tags(&self) -> Vec<String> {
        let mut rng = stream(self.seed, !self.index, Stream::Person);
        if !happens(&mut rng, 0.3) {
            return Vec::new();
        }
        vec![(*pick(&mut rng, TAGS)).to_owned()]
    }

    fn personal(
        &self,
        rng: &mut Rng,
        gender: &str,
        fields: &mut Vec<(ProfileKey, Option<Value>)>,
        custom: &mut Vec<(String, Option<Value>)>,
    ) {
        if happens(rng, 0.8) {
            fields.push((ProfileKey::Gender, text(gender)));
        }
        if happens(rng, 0.6) {
            let born = self.created.plus(-rng.i32(22 * 365..58 * 365));
            fields.push((ProfileKey::Birthday, Some(Value::Day(born))));
        }
        if happens(rng, 0.5) {
            fields.push((ProfileKey::Handles, list(vec![format!("wx_sample_{:06}", self.index)])));
        }
        if happens(rng, 0.3) {
            fields.push((ProfileKey::Interests, list(vec![(*pick(rng, INTERESTS)).to_owned()])));
        }
        if happens(rng, 0.2) {
            fields.push((ProfileKey::Preferences, list(vec![(*pick(rng, PREFERENCES)).to_owned()])));
        }
        if happens(rng, 0.55) {
            let born = self.created.plus(120 - rng.i32(0..900));
            custom.push(("baby_born".to_owned(), Some(Value::Day(born))));
            custom.push(("children".to_owned(), Some(Value::Integer(1 + weighted(rng, &[7.0, 3.0, 0.5]) as i64))));
        }
    }

    /// Numbers that begin with 100 are nobody's mobile telephone.
    fn phone(&self) -> String {
        format!("+86 100 {:04} {:04}", self.index / 10_000 % 10_000, self.index % 10_000)
    }

    fn email(&self) -> String {
        format!("sample-{:06}@example.com", self.index)
    }
}

fn text(text: &str) -> Option<Value> {
    Some(Value::Text(text.to_owned()))
}

fn list(items: Vec<String>) -> Option<Value> {
    Some(Value::TextList(items))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn card(index: u64, firm: bool) -> Card {
        Card { seed: 7, index, created: Day(20_000), firm, channel: 0, owner: 0 }
    }

    #[test]
    fn every_value_fits_its_field_and_every_customer_is_said_to_be_made_up() {
        for index in 0..300 {
            let (change, _) = card(index, index % 10 == 0).profile();
            for (key, value) in &change.fields {
                assert!(value.as_ref().is_some_and(|value| value.fits(key.field_type())), "{}", key.name());
            }
            for needed in [ProfileKey::Name, ProfileKey::Created, ProfileKey::Notes] {
                assert!(change.fields.iter().any(|(key, _)| *key == needed));
            }
        }
    }

    #[test]
    fn a_firm_has_a_person_who_buys() {
        assert!(card(3, true).profile().1.is_some());
        assert!(card(3, false).profile().1.is_none());
    }
}
