//! What the shop sells.

use tierhook_model::{Currency, Line};

/// Something that the shop sells.
#[derive(Debug)]
pub(crate) struct Product {
    /// Its id.
    pub(crate) id: &'static str,
    zh: &'static str,
    en: &'static str,
    category: &'static str,
    group: Option<&'static str>,
    /// The price in hundredths.
    price: i64,
    /// How many days a unit lasts an ordinary household; 0 for what is not used up.
    pub(crate) lasts: f64,
    /// How often it is bought, compared with the others of its list.
    pub(crate) weight: f64,
}

const fn used_up(
    id: &'static str,
    (zh, en): (&'static str, &'static str),
    (category, group): (&'static str, &'static str),
    price: i64,
    lasts: f64,
    weight: f64,
) -> Product {
    Product { id, zh, en, category, group: Some(group), price, lasts, weight }
}

const fn kept(
    id: &'static str,
    (zh, en): (&'static str, &'static str),
    category: &'static str,
    price: i64,
    weight: f64,
) -> Product {
    Product { id, zh, en, category, group: None, price, lasts: 0.0, weight }
}

/// What is used up and bought again. Within a group every unit lasts equally long.
pub(crate) const USED_UP: &[Product] = &[
    used_up(
        "milk-1",
        ("一段奶粉 800克", "Infant milk 1, 800 g"),
        ("婴儿食品 baby food", "milk powder"),
        29_800,
        21.0,
        7.0,
    ),
    used_up(
        "milk-2",
        ("二段奶粉 800克", "Infant milk 2, 800 g"),
        ("婴儿食品 baby food", "milk powder"),
        28_800,
        21.0,
        8.0,
    ),
    used_up(
        "milk-3",
        ("三段奶粉 800克", "Toddler milk 3, 800 g"),
        ("婴儿食品 baby food", "milk powder"),
        26_800,
        21.0,
        9.0,
    ),
    used_up(
        "nappy-m",
        ("纸尿裤 M 码 80片", "Nappies M, pack of 80"),
        ("婴儿护理 baby care", "nappies"),
        11_900,
        14.0,
        8.0,
    ),
    used_up(
        "nappy-l",
        ("纸尿裤 L 码 72片", "Nappies L, pack of 72"),
        ("婴儿护理 baby care", "nappies"),
        11_900,
        14.0,
        8.0,
    ),
    used_up("wipes", ("婴儿湿巾 6包", "Baby wipes, 6 packs"), ("婴儿护理 baby care", "wipes"), 4_500, 18.0, 6.0),
    used_up(
        "cereal",
        ("婴儿米粉 400克", "Baby cereal, 400 g"),
        ("婴儿食品 baby food", "baby cereal"),
        5_800,
        16.0,
        4.0,
    ),
    used_up("coffee-500", ("咖啡豆 500克", "Coffee beans, 500 g"), ("食品杂货 groceries", "coffee"), 8_800, 24.0, 7.0),
    used_up(
        "coffee-dark",
        ("深烘咖啡豆 500克", "Dark roast beans, 500 g"),
        ("食品杂货 groceries", "coffee"),
        9_600,
        24.0,
        4.0,
    ),
    used_up("rice", ("东北大米 5公斤", "Rice, 5 kg"), ("食品杂货 groceries", "rice"), 5_900, 30.0, 6.0),
    used_up("oil", ("食用油 5升", "Cooking oil, 5 l"), ("食品杂货 groceries", "cooking oil"), 7_900, 45.0, 4.0),
    used_up("cat-food", ("猫粮 2公斤", "Cat food, 2 kg"), ("宠物 pets", "cat food"), 12_800, 28.0, 6.0),
    used_up("dog-food", ("狗粮 5公斤", "Dog food, 5 kg"), ("宠物 pets", "dog food"), 18_800, 32.0, 4.0),
    used_up("cat-litter", ("猫砂 10升", "Cat litter, 10 l"), ("宠物 pets", "cat litter"), 3_900, 15.0, 5.0),
    used_up("washing", ("洗衣液 3升", "Washing liquid, 3 l"), ("家居 household", "washing liquid"), 5_200, 40.0, 5.0),
    used_up("vitamin-d", ("维生素D滴剂", "Vitamin D drops"), ("健康 health", "vitamin D"), 9_900, 60.0, 3.0),
];

/// What is bought now and then and kept.
pub(crate) const KEPT: &[Product] = &[
    kept("pram", ("婴儿推车", "Pram"), "出行 out and about", 189_900, 1.0),
    kept("car-seat", ("儿童安全座椅", "Car seat"), "出行 out and about", 159_900, 1.0),
    kept("carrier", ("婴儿背带", "Baby carrier"), "出行 out and about", 49_900, 2.0),
    kept("cot", ("婴儿床", "Cot"), "家具 furniture", 129_900, 0.8),
    kept("high-chair", ("儿童餐椅", "High chair"), "家具 furniture", 69_900, 1.0),
    kept("pump", ("电动吸奶器", "Breast pump"), "喂养 feeding", 59_900, 1.2),
    kept("bottles", ("奶瓶套装", "Set of bottles"), "喂养 feeding", 15_900, 4.0),
    kept("thermos", ("保温杯", "Thermos cup"), "喂养 feeding", 12_900, 4.0),
    kept("bodysuit", ("婴儿连体衣", "Bodysuit"), "服装 clothing", 7_900, 7.0),
    kept("coat", ("儿童外套", "Child's coat"), "服装 clothing", 25_900, 4.0),
    kept("shoes", ("学步鞋", "First shoes"), "服装 clothing", 16_900, 4.0),
    kept("blocks", ("积木 120块", "Building blocks, 120"), "玩具 toys", 13_900, 6.0),
    kept("book", ("布书", "Cloth book"), "玩具 toys", 4_900, 8.0),
    kept("puzzle", ("木制拼图", "Wooden puzzle"), "玩具 toys", 6_900, 6.0),
    kept("gift-box", ("满月礼盒", "Newborn gift box"), "礼品 gifts", 38_800, 3.0),
    kept("tea", ("龙井茶礼盒", "Longjing tea, gift box"), "礼品 gifts", 29_900, 3.0),
    kept("kettle", ("电热水壶", "Electric kettle"), "家居 household", 19_900, 2.0),
    kept("grinder", ("咖啡研磨机", "Coffee grinder"), "家居 household", 34_900, 1.5),
];

/// Postage in hundredths, and the value of goods from which there is none.
pub(crate) const POSTAGE: (i64, i64) = (1_200, 19_900);

impl Product {
    /// Tells whether it is bought only by those who have the money.
    pub(crate) fn is_dear(&self) -> bool {
        self.price >= 40_000
    }

    /// Returns an order line of so many units, with the price cut by `percent_off`, and what it costs.
    pub(crate) fn line(&self, units: i64, percent_off: i64, base: Currency) -> Line {
        let price = in_minor(self.price * (100 - percent_off) / 100, base);
        Line {
            product: self.id.to_owned(),
            name: Some(format!("{} {}", self.zh, self.en)),
            category: Some(self.category.to_owned()),
            group: self.group.map(str::to_owned),
            quantity_milli: units * 1_000,
            amount_minor: price * units,
            is_goods: true,
        }
    }
}

/// Returns the line for postage.
pub(crate) fn postage_line(base: Currency) -> Line {
    Line {
        product: "postage".to_owned(),
        name: Some("邮费 Postage".to_owned()),
        category: None,
        group: None,
        quantity_milli: 1_000,
        amount_minor: in_minor(POSTAGE.0, base),
        is_goods: false,
    }
}

/// Converts hundredths to minor units of a currency; the prices are the same numbers in every currency.
pub(crate) fn in_minor(hundredths: i64, base: Currency) -> i64 {
    hundredths * base.minor_per_major() / 100
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use super::*;

    #[test]
    fn products_have_ids_of_their_own_and_groups_one_pace() {
        let ids: BTreeSet<&str> = USED_UP.iter().chain(KEPT).map(|product| product.id).collect();
        assert_eq!(ids.len(), USED_UP.len() + KEPT.len());
        let mut pace = BTreeMap::new();
        for product in USED_UP {
            assert_eq!(*pace.entry(product.group).or_insert(product.lasts), product.lasts, "{}", product.id);
        }
    }

    #[test]
    fn a_line_costs_units_times_price_in_any_currency() {
        let line = |code: &str| USED_UP[0].line(2, 20, code.parse().unwrap()).amount_minor;
        assert_eq!((line("CNY"), line("JPY"), line("KWD")), (47_680, 476, 476_800));
    }
}
