//! Features: what a record's facts mean as of a day.

mod next_purchase;
mod rhythm;

#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::cmp::Reverse;

pub(crate) use next_purchase::NextPurchase;
pub(crate) use rhythm::middle;
use tierhook_model::{Aggregates, Day, DayBucket, FeatureKey, OpenComplaint, ProfileKey, Value, ValueRef};

use crate::window::{net, quarters, window};
use crate::{Observation, trend};

/// Computes a feature as its entry in the catalogue defines it; `None` is missing.
///
/// Counts and sums are 0 only where the book or the record has that kind of fact at all; elsewhere they are missing,
/// because nobody knows.
pub fn feature(key: FeatureKey, seen: &Observation<'_>) -> Option<Value> {
    look(key, seen, &OnceCell::new()).map(|value| value.to_value())
}

/// The same where it lies. `next` keeps the next purchase from one feature to the next, since several tell of it.
pub(crate) fn look<'a>(
    key: FeatureKey,
    seen: &Observation<'a>,
    next: &OnceCell<Option<NextPurchase<'a>>>,
) -> Option<ValueRef<'a>> {
    use FeatureKey as Key;
    let own = seen.aggregates;
    let next = || next.get_or_init(|| next_purchase::soonest(seen)).as_ref();
    match key {
        Key::TenureDays => days_since(seen, came(seen)),
        Key::BirthdayDays => birthday(seen).map(|days| ValueRef::Integer(days.into())),
        Key::FirstOrderDay => own.first_order.map(ValueRef::Day),
        Key::LastOrderDay => own.last_order.map(ValueRef::Day),
        Key::LastOrderId => own.last_order_id.as_deref().map(ValueRef::Text),
        Key::RecencyDays => days_since(seen, own.last_order),

        Key::OrdersTotal => count(seen.knows_sales(), own.orders),
        Key::Orders30d => orders(seen, 30),
        Key::Orders90d => orders(seen, 90),
        Key::Orders180d => orders(seen, 180),
        Key::Orders365d => orders(seen, 365),

        Key::RevenueTotal => money(seen, seen.knows_sales(), own.gross),
        Key::NetRevenueTotal => money(seen, seen.knows_sales(), net_total(own)),
        Key::NetRevenue30d => net_revenue(seen, 30),
        Key::NetRevenue90d => net_revenue(seen, 90),
        Key::NetRevenue180d => net_revenue(seen, 180),
        Key::NetRevenue365d => net_revenue(seen, 365),
        Key::AverageOrderValue => {
            (own.orders > 0).then(|| ValueRef::Decimal(seen.currency.to_major(net_total(own)) / f64::from(own.orders)))
        }
        Key::LargestOrder => money(seen, own.orders > 0, own.largest),
        Key::RevenueTrend => own_trend(seen).map(ValueRef::Decimal),
        Key::RevenueTrendVsBook => trend_against_book(seen).map(ValueRef::Decimal),

        Key::Refunds => count(seen.knows_sales(), own.refunds),
        Key::RefundRatio365d => refund_ratio(seen).map(ValueRef::Decimal),
        Key::Cancellations => count(seen.knows_sales(), own.cancellations),

        Key::DistinctProducts => {
            // Orders that name no goods leave open what was bought.
            let known = seen.knows_sales() && (own.orders == 0 || !own.products.is_empty());
            count(known, own.products.len())
        }
        Key::TopCategory => top_category(own).map(ValueRef::Text),

        Key::PurchaseDays => count(seen.knows_sales(), own.purchase_day_count),
        Key::PurchaseIntervalMedian => rhythm::median(&own.purchase_days).map(ValueRef::Decimal),
        Key::PurchaseIntervalSpread => rhythm::spread(&own.purchase_days).map(ValueRef::Decimal),
        Key::RhythmRatio => rhythm::ratio(&own.purchase_days, seen.day).map(ValueRef::Decimal),

        Key::NextPurchaseDays => next().map(|next| ValueRef::Integer(next.due.since(seen.day).into())),
        Key::NextPurchaseProduct => next().map(|next| ValueRef::Text(&next.cycle.name)),
        Key::NextPurchaseGroup => next().map(|next| ValueRef::Text(&next.cycle.group)),
        Key::NextPurchaseDay => next().map(|next| ValueRef::Day(next.due)),
        Key::NextPurchaseCycleDays => next().map(|next| ValueRef::Integer(next.lasts.into())),

        Key::LastContactDay => own.last_contact.map(ValueRef::Day),
        Key::LastContactDays => days_since(seen, own.last_contact),
        Key::Contacts30d => contacts(seen, 30),
        Key::Contacts90d => contacts(seen, 90),
        Key::ContactsPrevious90d => seen.knows_contacts().then(|| {
            let before = window(&own.days, seen.day.plus(-90), 90);
            ValueRef::Integer(before.iter().map(|day| i64::from(day.contacts)).sum())
        }),
        Key::Contacts365d => contacts(seen, 365),
        Key::Consultations90d => {
            count_in(seen, seen.knows_consultations(), own.consultations, 90, |day| day.consultations)
        }
        Key::OpenConsultationId => own.open_consultation.as_ref().map(|open| ValueRef::Text(&open.id)),
        Key::OpenConsultationDays => days_since(seen, own.open_consultation.as_ref().map(|open| open.day)),
        Key::WebViews30d => count_in(seen, seen.knows_web_views(), own.web_views, 30, |day| day.web_views),

        Key::ViewedProduct => own.viewed.last().map(|viewed| ValueRef::Text(&viewed.product)),
        Key::ViewedDays => days_since(seen, own.viewed.last().map(|viewed| viewed.last)),
        Key::ViewedTimes => own.viewed.last().map(|viewed| ValueRef::Integer(viewed.times.into())),

        Key::SatisfactionLatest => own.satisfaction_latest.map(|score| ValueRef::Decimal(f64::from(score) / 100.0)),
        Key::SatisfactionLatestDay => own.satisfaction_day.map(ValueRef::Day),
        Key::SatisfactionMean => (own.satisfaction_count > 0)
            .then(|| ValueRef::Decimal(own.satisfaction_sum as f64 / f64::from(own.satisfaction_count) / 100.0)),
        Key::Complaints90d => complaints(seen, 90),
        Key::Complaints365d => complaints(seen, 365),
        Key::OpenComplaints => count(seen.knows_complaints(), own.open_complaints.len()),
        Key::OpenComplaintId => oldest_complaint(own).map(|complaint| ValueRef::Text(&complaint.id)),
        Key::OpenComplaintDays => days_since(seen, oldest_complaint(own).map(|complaint| complaint.day)),
        Key::NewestComplaintId => own.open_complaints.last().map(|complaint| ValueRef::Text(&complaint.id)),
        Key::NewestComplaintDays => days_since(seen, own.open_complaints.last().map(|complaint| complaint.day)),
        Key::SettledComplaintId => own.settled_complaint.as_ref().map(|settled| ValueRef::Text(&settled.id)),
        Key::SettledComplaintDays => days_since(seen, own.settled_complaint.as_ref().map(|settled| settled.day)),
        Key::Returns => count(seen.knows_returns(), own.returns),

        Key::LostCause => own.noted_cause.as_ref().map(|noted| ValueRef::Text(&noted.cause)),
        Key::LostCauseDays => days_since(seen, own.noted_cause.as_ref().map(|noted| noted.day)),
    }
}

/// The first sign of the customer. A day of creation in the future is a slip of the source.
fn came(seen: &Observation<'_>) -> Option<Day> {
    let created = match seen.profile.get(ProfileKey::Created) {
        Some(Value::Day(created)) if *created <= seen.day => Some(*created),
        _ => None,
    };
    created.into_iter().chain(seen.aggregates.first_seen).min()
}

fn birthday(seen: &Observation<'_>) -> Option<i32> {
    match seen.profile.get(ProfileKey::Birthday) {
        Some(Value::Day(born)) if *born <= seen.day => Some(seen.day.next_anniversary(*born).since(seen.day)),
        _ => None,
    }
}

fn days_since(seen: &Observation<'_>, day: Option<Day>) -> Option<ValueRef<'static>> {
    day.map(|day| ValueRef::Integer(seen.day.since(day).into()))
}

fn count(known: bool, count: impl TryInto<i64>) -> Option<ValueRef<'static>> {
    if known { count.try_into().ok().map(ValueRef::Integer) } else { None }
}

fn money(seen: &Observation<'_>, known: bool, minor: i64) -> Option<ValueRef<'static>> {
    known.then(|| ValueRef::Decimal(seen.currency.to_major(minor)))
}

/// Counts what happened within the last days. `ever` is how often it happened at all.
fn count_in(
    seen: &Observation<'_>,
    known: bool,
    ever: u32,
    days: i32,
    of: fn(&DayBucket) -> u32,
) -> Option<ValueRef<'static>> {
    if ever == 0 {
        return count(known, 0);
    }
    known.then(|| {
        let buckets = window(&seen.aggregates.days, seen.day, days);
        ValueRef::Integer(buckets.iter().map(|bucket| i64::from(of(bucket))).sum())
    })
}

fn orders(seen: &Observation<'_>, days: i32) -> Option<ValueRef<'static>> {
    count_in(seen, seen.knows_sales(), seen.aggregates.orders, days, |day| day.orders)
}

fn contacts(seen: &Observation<'_>, days: i32) -> Option<ValueRef<'static>> {
    count_in(seen, seen.knows_contacts(), seen.aggregates.contacts, days, |day| day.contacts)
}

fn complaints(seen: &Observation<'_>, days: i32) -> Option<ValueRef<'static>> {
    count_in(seen, seen.knows_complaints(), seen.aggregates.complaints, days, |day| day.complaints)
}

fn net_total(own: &Aggregates) -> i64 {
    own.gross.saturating_sub(own.refunded).saturating_sub(own.cancelled)
}

fn net_revenue(seen: &Observation<'_>, days: i32) -> Option<ValueRef<'static>> {
    money(seen, seen.knows_sales(), net(window(&seen.aggregates.days, seen.day, days)))
}

fn own_trend(seen: &Observation<'_>) -> Option<f64> {
    let (now, before) = quarters(&seen.aggregates.days, seen.day);
    (before > 0).then(|| now as f64 / before as f64)
}

fn trend_against_book(seen: &Observation<'_>) -> Option<f64> {
    let book = trend(seen.population).filter(|book| *book > 0.0)?;
    own_trend(seen).map(|own| own / book)
}

fn refund_ratio(seen: &Observation<'_>) -> Option<f64> {
    let year = window(&seen.aggregates.days, seen.day, 365);
    let (gross, refunded) = year.iter().fold((0_i64, 0_i64), |(gross, refunded), day| {
        (gross.saturating_add(day.gross), refunded.saturating_add(day.refunded))
    });
    (gross > 0).then(|| refunded as f64 / gross as f64)
}

/// Of categories with equal spend, the one bought from first.
fn top_category(own: &Aggregates) -> Option<&str> {
    let bought = own.categories.iter().filter(|(_, spend)| *spend >= 0);
    bought.min_by_key(|(_, spend)| Reverse(*spend)).map(|(category, _)| category.as_str())
}

fn oldest_complaint(own: &Aggregates) -> Option<&OpenComplaint> {
    own.open_complaints.first()
}
