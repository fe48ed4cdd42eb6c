//! The features: fields that are computed from facts as of a day.

use super::{Field, FieldGroup, FieldSource, Label, Unit};
use crate::{FieldType, Text};

macro_rules! features {
    ($($key:ident, $name:literal, $ty:ident, $unit:ident, $en:literal, $zh:literal, $computed:literal;)*) => {
        /// A feature. What each is, is told by its entry in the catalogue.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum FeatureKey {
            $(#[doc = $en] #[doc = ""] #[doc = $computed] $key,)*
        }

        impl FeatureKey {
            /// All features in the catalogue's order.
            pub const ALL: &'static [Self] = &[$(Self::$key),*];

            /// The field's name in rules and files.
            pub fn name(self) -> &'static str {
                match self { $(Self::$key => $name,)* }
            }

            /// The feature's entry in the catalogue.
            pub(super) fn field(self) -> Field {
                match self {
                    $(Self::$key => Field {
                        name: $name.to_owned(),
                        ty: FieldType::$ty,
                        unit: Unit::$unit,
                        label: self.label(),
                        group: FieldGroup::Feature,
                        description: Text::new($en, $zh),
                        computed: $computed.to_owned(),
                        source: FieldSource::Feature(self),
                    },)*
                }
            }
        }
    };
}

impl FeatureKey {
    /// How carefully the value has to be treated: what gives away personal data is personal data.
    fn label(self) -> Label {
        match self {
            Self::BirthdayDays => Label::Pii,
            _ => Label::Internal,
        }
    }
}

features! {
    TenureDays, "tenure_days", Integer, Days, "Days as a customer.", "成为客户的天数",
        "Civil days since the earlier of `created` and the first order, refund, cancellation, interaction, feedback or measure; a `created` in the future does not count. Missing without either.";
    BirthdayDays, "birthday_days", Integer, Days, "Days until the next birthday.", "距下次生日的天数",
        "Civil days until the next anniversary of `birthday`; 0 is today, and 29 February falls on 28 February in common years. Missing without a `birthday`, or with one in the future.";
    FirstOrderDay, "first_order_day", Day, None, "Day of the first order.", "首次下单日期",
        "Missing without an order.";
    LastOrderDay, "last_order_day", Day, None, "Day of the last order.", "最近下单日期",
        "Missing without an order.";
    LastOrderId, "last_order_id", Text, None, "Id of the last order in its source.", "最近订单号",
        "Missing without an order.";
    RecencyDays, "recency_days", Integer, Days, "Days since the last order.", "距最近一次下单的天数",
        "Civil days since the last order; 0 is today. Missing without an order.";
    OrdersTotal, "orders_total", Integer, Count, "Number of orders.", "订单总数",
        "Cancelled ones included. 0 without an order if the book has sales, else missing.";
    Orders30d, "orders_30d", Integer, Count, "Orders in the last 30 days.", "近30天订单数",
        "Civil days, today included. 0 without one if the book has sales, else missing.";
    Orders90d, "orders_90d", Integer, Count, "Orders in the last 90 days.", "近90天订单数",
        "Civil days, today included. 0 without one if the book has sales, else missing.";
    Orders180d, "orders_180d", Integer, Count, "Orders in the last 180 days.", "近180天订单数",
        "Civil days, today included. 0 without one if the book has sales, else missing.";
    Orders365d, "orders_365d", Integer, Count, "Orders in the last 365 days.", "近365天订单数",
        "Civil days, today included. 0 without one if the book has sales, else missing.";
    RevenueTotal, "revenue_total", Money, Money, "Gross revenue.", "总消费额（毛额）",
        "The sum of all orders, before refunds and cancellations. 0 without an order if the book has sales, else missing.";
    NetRevenueTotal, "net_revenue_total", Money, Money, "Net revenue.", "总消费额（净额）",
        "The sum of all orders less refunds and cancellations. 0 without any if the book has sales, else missing.";
    NetRevenue30d, "net_revenue_30d", Money, Money, "Net revenue of the last 30 days.", "近30天净消费额",
        "Orders less refunds and cancellations of these days, today included; below 0 where more came back than was sold. 0 without any if the book has sales, else missing.";
    NetRevenue90d, "net_revenue_90d", Money, Money, "Net revenue of the last 90 days.", "近90天净消费额",
        "Orders less refunds and cancellations of these days, today included; below 0 where more came back than was sold. 0 without any if the book has sales, else missing.";
    NetRevenue180d, "net_revenue_180d", Money, Money, "Net revenue of the last 180 days.", "近180天净消费额",
        "Orders less refunds and cancellations of these days, today included; below 0 where more came back than was sold. 0 without any if the book has sales, else missing.";
    NetRevenue365d, "net_revenue_365d", Money, Money, "Net revenue of the last 365 days.", "近365天净消费额",
        "Orders less refunds and cancellations of these days, today included; below 0 where more came back than was sold. 0 without any if the book has sales, else missing.";
    AverageOrderValue, "average_order_value", Money, Money, "Net revenue per order.", "平均每单净额",
        "net_revenue_total / orders_total; missing without an order.";
    LargestOrder, "largest_order", Money, Money, "Largest order.", "最大一笔订单金额",
        "Before refunds and cancellations; missing without an order.";
    Refunds, "refunds", Integer, Count, "Number of refunds.", "退款次数",
        "0 without one if the book has sales, else missing.";
    RefundRatio365d, "refund_ratio_365d", Decimal, Ratio, "Share of the last 365 days' revenue that was refunded.", "近365天退款占比",
        "Refunds of these days / gross revenue of these days; missing if there was no revenue.";
    Cancellations, "cancellations", Integer, Count, "Number of cancellations.", "取消订单次数",
        "0 without one if the book has sales, else missing.";
    DistinctProducts, "distinct_products", Integer, Count, "Number of different products bought.", "购买过的不同商品数",
        "Goods only. Told apart up to 512: a customer with more has 512. 0 without an order if the book has sales; missing where the orders name no goods.";
    TopCategory, "top_category", Text, None, "Category with the highest spend.", "消费最多的品类",
        "Goods only, gross, among the first 32 categories bought from; of equals the one bought from first. Missing where lines name no category.";
    PurchaseDays, "purchase_days", Integer, Count, "Number of different days with an order.", "有订单的天数",
        "Two orders on a day count once, and cancelled ones count. 0 without an order if the book has sales, else missing.";
    PurchaseIntervalMedian, "purchase_interval_median", Decimal, Days, "Median days from one purchase day to the next.", "购买间隔中位数（天）",
        "Over the last 32 intervals; missing with fewer than 2 purchase days.";
    PurchaseIntervalSpread, "purchase_interval_spread", Decimal, Days, "Spread of the days from one purchase day to the next.", "购买间隔离散度（天）",
        "Median absolute deviation from the median over the last 32 intervals; missing with fewer than 3 intervals.";
    RhythmRatio, "rhythm_ratio", Decimal, Ratio, "Days since the last order compared with the customer's own rhythm.", "距上次购买天数与自身购买节奏之比",
        "recency_days / purchase_interval_median; missing with fewer than 4 intervals.";
    NextPurchaseDays, "next_purchase_days", Integer, Days, "Days until the customer runs out of what it buys again and again.", "距下次应购买的天数",
        "For each consumption group (a product without one is its own): last purchase day + units bought x days per unit (at least a day), from the customer's own complete cycles (at least 2), else, where the source names the group, the median of at least 5 customers. The soonest that is not overdue by more than a cycle; negative if overdue. Services and postage do not count, and at most 16 groups are followed. Missing if none is.";
    NextPurchaseProduct, "next_purchase_product", Text, None, "Product that the customer runs out of next.", "下次应购买的商品",
        "The product last bought in the group of next_purchase_days.";
    NextPurchaseGroup, "next_purchase_group", Text, None, "Consumption group that the customer runs out of next.", "下次应购买的消耗品组",
        "The group of next_purchase_days.";
    NextPurchaseDay, "next_purchase_day", Day, None, "Day on which the customer runs out.", "预计用完的日期",
        "Today + next_purchase_days.";
    NextPurchaseCycleDays, "next_purchase_cycle_days", Integer, Days, "How long the last purchase of that group lasts.", "该次购买预计可用天数",
        "Units bought x days per unit, at least 1.";
    RevenueTrend, "revenue_trend", Decimal, Ratio, "Net revenue of the last 90 days compared with the 90 days before.", "近90天净消费与之前90天之比",
        "1 is unchanged; missing unless the 90 days before brought something.";
    RevenueTrendVsBook, "revenue_trend_vs_book", Decimal, Ratio, "revenue_trend compared with that of the whole book.", "消费趋势与全体客户趋势之比",
        "revenue_trend / the book's revenue_trend, so that a season does not count; missing if either is, or if the book's is not above 0.";
    LastContactDay, "last_contact_day", Day, None, "Day of the last contact.", "最近联系日期",
        "Call, visit, email, chat or consultation; missing without one.";
    LastContactDays, "last_contact_days", Integer, Days, "Days since the last contact.", "距最近联系的天数",
        "Call, visit, email, chat or consultation; missing without one.";
    Contacts30d, "contacts_30d", Integer, Count, "Contacts in the last 30 days.", "近30天联系次数",
        "0 without one if the book has contacts, else missing.";
    Contacts90d, "contacts_90d", Integer, Count, "Contacts in the last 90 days.", "近90天联系次数",
        "0 without one if the book has contacts, else missing.";
    ContactsPrevious90d, "contacts_previous_90d", Integer, Count, "Contacts in the 90 days before the last 90.", "此前90天（第91至180天）联系次数",
        "From 179 to 90 days ago. 0 without one if the book has contacts, else missing.";
    Contacts365d, "contacts_365d", Integer, Count, "Contacts in the last 365 days.", "近365天联系次数",
        "0 without one if the book has contacts, else missing.";
    Consultations90d, "consultations_90d", Integer, Count, "Consultations in the last 90 days.", "近90天咨询次数",
        "0 without one if the book has consultations, else missing.";
    OpenConsultationId, "open_consultation_id", Text, None, "Id of the oldest consultation that nobody has answered.", "最早未答复咨询的编号",
        "A consultation that names nobody who had it (`by`) is open until the customer orders or somebody is in contact: any later consultation with a `by`, and any later call, visit, email or chat, unless the customer began it and it names nobody. Missing without one.";
    OpenConsultationDays, "open_consultation_days", Integer, Days, "Days since the oldest consultation that nobody has answered.", "最早未答复咨询距今天数",
        "Missing without an open consultation; see open_consultation_id.";
    WebViews30d, "web_views_30d", Integer, Count, "Web views in the last 30 days.", "近30天网页浏览次数",
        "0 without one if the book has web views, else missing.";
    ViewedProduct, "viewed_product", Text, None, "Product viewed last that was not bought since.", "最近浏览而未购买的商品",
        "The product of a web view, as the view names it. It is bought when a later order has goods with this product id; an order that names no goods leaves open what was bought, and ends all. At most 8 products are followed. Missing without one.";
    ViewedDays, "viewed_days", Integer, Days, "Days since viewed_product was viewed last.", "距最近浏览该商品的天数",
        "Missing without a viewed_product.";
    ViewedTimes, "viewed_times", Integer, Count, "How many times viewed_product was viewed.", "该商品被浏览的次数",
        "Since it was bought last, or since it is followed; missing without a viewed_product.";
    SatisfactionLatest, "satisfaction_latest", Decimal, Points, "Latest satisfaction.", "最近一次满意度",
        "From 1 (bad) to 5 (good); missing without a score.";
    SatisfactionLatestDay, "satisfaction_latest_day", Day, None, "Day of the latest satisfaction.", "最近一次满意度的日期",
        "Missing without a score.";
    SatisfactionMean, "satisfaction_mean", Decimal, Points, "Mean satisfaction.", "平均满意度",
        "Over all scores; missing without one.";
    Complaints90d, "complaints_90d", Integer, Count, "Complaints in the last 90 days.", "近90天投诉次数",
        "0 without one if the book has complaints, else missing.";
    Complaints365d, "complaints_365d", Integer, Count, "Complaints in the last 365 days.", "近365天投诉次数",
        "0 without one if the book has complaints, else missing.";
    OpenComplaints, "open_complaints", Integer, Count, "Complaints that are not resolved.", "未解决的投诉数",
        "0 without one if the book has complaints, else missing. At most 16 are told apart.";
    OpenComplaintId, "open_complaint_id", Text, None, "Id of the oldest complaint that is not resolved.", "最早未解决投诉的编号",
        "Missing without one.";
    OpenComplaintDays, "open_complaint_days", Integer, Days, "Days since the oldest complaint that is not resolved.", "最早未解决投诉距今天数",
        "Missing without one.";
    NewestComplaintId, "newest_complaint_id", Text, None, "Id of the newest complaint that is not resolved.", "最近未解决投诉的编号",
        "Missing without one; the same as open_complaint_id if it is the only one.";
    NewestComplaintDays, "newest_complaint_days", Integer, Days, "Days since the newest complaint that is not resolved.", "最近未解决投诉距今天数",
        "Missing without one.";
    SettledComplaintId, "settled_complaint_id", Text, None, "Id of the complaint that was settled last.", "最近解决的投诉编号",
        "Of complaints that were open; missing without one.";
    SettledComplaintDays, "settled_complaint_days", Integer, Days, "Days since a complaint was settled last.", "距最近一次投诉解决的天数",
        "Of complaints that were open; missing without one.";
    Returns, "returns", Integer, Count, "Number of returns of goods.", "退货次数",
        "0 without one if the book has returns, else missing.";
    LostCause, "lost_cause", Text, None, "Why the customer left, or nearly did.", "流失（或险些流失）的原因",
        "The cause that was noted last with a follow-up (`follow-ups done --cause`) or a warning (`warnings resolve --cause`): quality, service, price, competitor, moved, other, or one of a rule's own list. Missing if none ever was.";
    LostCauseDays, "lost_cause_days", Integer, Days, "Days since that cause was noted.", "记录该原因距今天数",
        "Missing without a lost_cause.";
}
