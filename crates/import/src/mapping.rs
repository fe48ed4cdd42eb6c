//! Mappings: which column, or which expression over the columns, gives what.

mod check;
mod format;
mod shape;
mod term;

use std::fmt;

use serde::{Deserialize, Serialize};
use tierhook_model::{FieldType, ProfileKey};

pub(crate) use format::{Delimiter, FileFormat, FileKind};
use shape::Shape;
pub(crate) use shape::TermSource;
pub(crate) use term::{Term, TermId};
use term::{Terms, place};

use crate::{MappingError, PhoneRegion};

/// What the rows of a file are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportKind {
    /// Lines of orders, cancellations and refunds.
    Orders,
    /// Customers: one profile change for each row.
    Customers,
    /// People at customers that are organisations.
    Contacts,
    /// Calls, visits, emails, chats, consultations and web views.
    Interactions,
    /// Satisfaction, complaints and their ends, returns, remarks.
    Feedback,
    /// Named numbers at a date.
    Measures,
}

impl ImportKind {
    /// The kind's name in mappings and commands.
    pub fn name(self) -> &'static str {
        match self {
            Self::Orders => "orders",
            Self::Customers => "customers",
            Self::Contacts => "contacts",
            Self::Interactions => "interactions",
            Self::Feedback => "feedback",
            Self::Measures => "measures",
        }
    }
}

impl fmt::Display for ImportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A mapping: how the rows of one kind of file become facts.
///
/// It is a TOML file. **A value in quotes is an expression** over the columns of the row, in the rules' script
/// language: most often just the name of a column. A column whose name is no identifier is `row["Unit price"]`.
/// Values are texts, trimmed, except for the columns listed in `numbers`. A text that is meant literally is
/// `{ text = "GBP" }`; numbers, `true` and `false` are written as they are.
///
/// # Orders
/// ```
/// # let text = r#"
/// kind = "orders"
/// source = "shop"                    # the source system; ids are unique within it
/// ## customer_source = "crm"          # where the customers' ids come from, if from elsewhere
///
/// customer = "CustomerID"            # the customer's id
/// id = "InvoiceNo"                   # rows with the same id are lines of one order; leave it out if there is none
/// at = { value = "InvoiceDate", formats = ["%d/%m/%Y %H:%M", "%d/%m/%Y"], zone = "Europe/London" }
/// currency = { text = "GBP" }        # default: the book's base currency
/// channel = "Channel"                # optional
/// contact = "Buyer"                  # optional: the id of the person at the customer
/// cancellation = 'InvoiceNo.starts_with("C")'   # optional: true where the row calls a purchase off
/// refund = "Quantity < 0"            # optional: true where the row gives money back
/// order = "Cancels"                  # optional, for those two: the order that they belong to
/// reason = "Why"                     # optional, for those two
/// ## amount = "Total"                # for files without `[line]`: what the order cost
///
/// [line]                             # what was bought
/// product = "StockCode"              # the product's id
/// name = "Description"               # optional, like all that follow
/// category = "Category"
/// group = "NeedGroup"                # products that satisfy the same need share a consumption group
/// quantity = "Quantity"              # default: 1
/// unit_price = "UnitPrice"           # either this, or `amount` for the whole line
/// is_goods = 'StockCode != "POST"'   # default: true; services and postage never count as products
/// discounts = true                   # default: false, and a line below 0 is rejected
///
/// [fields]                           # optional: what the list says about the customer, as in a customer list
/// name = "BuyerName"
/// region = "Country"
///
/// [[reject]]                         # rows to leave out, and why; they are counted and listed
/// when = 'CustomerID == ""'
/// reason = "no customer"
///
/// [file]                             # all optional
/// skip = 2                           # lines before the header
/// delimiter = ";"                    # one character, "tab", or "spaces" for runs of blanks; default ","
/// quote = "'"                        # default '"'; "" if values are never quoted
/// header = true                      # whether the first row names the columns
/// columns = ["InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
///     "Channel", "Buyer", "Cancels", "Why", "Category", "NeedGroup", "BuyerName", "Country"]  # instead of the header's names, or without header
/// numbers = ["Quantity", "UnitPrice"]  # columns that expressions see as exact decimals
/// decimal = ","                      # default "."
/// thousands = "."                    # default: none
/// symbols = ["¥", "元"]              # what may stand before or after a number
/// encoding = "gbk"                   # default "utf-8"
/// # "#;
/// # tierhook_import::Mapping::parse(text, "orders.toml")?;
/// # Ok::<(), tierhook_import::MappingError>(())
/// ```
/// A line costs quantity x unit price, exactly; an order costs the exact sum of its lines, rounded once, half to
/// even, to the currency's minor unit. Cancellations and refunds are the sum of their rows, without its sign.
/// A moment is a day or a date with time, in the zone given or the book's; its format is that of `strptime`, and
/// without formats the ISO forms are read. An order is dated by its earliest line.
/// A row without id is known again by its content, and by how many equal rows came before it in the file.
/// Under `[fields]` and `[custom]` of an order list the newest row of a customer counts, since the moment of its order: what
/// a customer list or a person said later stands. A value there that cannot be read, such as a mistyped phone, is left out
/// and told; the order is taken all the same.
///
/// # Files
/// Texts with columns, JSON lines and .xlsx workbooks are told apart by their first bytes, and `format` under `[file]`
/// states which it has to be: `"csv"`, `"json-lines"` or `"xlsx"`. All may be compressed with gzip.
///
/// In **JSON lines** each line is an object and each key a column; `{"a": {"b": 1}}` has the column `a.b`, in
/// expressions `row["a.b"]`. A list of plain values is one text with `;` between them. The columns are the keys of the
/// first 1,000 lines, or those that `columns` names.
///
/// Of a **workbook** the first sheet is read, or the one that `sheet` names. Its cells are what they show: formulas what
/// they last came to, whole numbers without a fraction, and dates ISO dates, which need no `formats`.
///
/// With `customer_is = "phone"` customers are told apart by the first telephone number that `customer` has, in whatever
/// spelling: `+86 138-1234-5678` is the customer `13812345678`. Chinese numbers have the form in which they are dialled
/// there (`057188886666`), others have E.164, and `region` is read with them in any kind of list. A row without a number is
/// rejected, as is one whose digits are hidden; what is no number is an id as it is written.
///
/// A customer's or order's id such as `1.38E+10` is what a spreadsheet makes of a long number when it saves a CSV file:
/// its digits are lost, and the row is rejected.
///
/// # Customers
/// ```
/// # let text = r#"
/// kind = "customers"
/// source = "crm"
/// customer = "account"
/// region = "CN"                      # the country of telephone numbers that do not say theirs
/// at = "modified"                    # optional: since when this holds; default: the moment of the import
/// empty = "clear"                    # an empty cell clears the field; default "keep": it says nothing
///
/// [fields]                           # fields of the profile by name
/// name = "account"
/// kind = { text = "organisation" }
/// industry = 'if sector == "technolgy" { "technology" } else { sector }'
/// employees = "employees"
/// created = { value = "since", formats = ["%Y/%m/%d"] }
/// interests = { value = "likes", split = "/" }  # lists; default ";"
/// phones = "tel"                     # several may have / ; , 、 | or a line end between them
///
/// [custom]                           # the company's own fields
/// revenue_musd = { value = "revenue", type = "decimal" }   # default "text"
///
/// [consents]                         # what the customer agreed to: yes, no, or an empty cell
/// email = "newsletter"
/// # "#;
/// # tierhook_import::Mapping::parse(text, "customers.toml")?;
/// # Ok::<(), tierhook_import::MappingError>(())
/// ```
/// The same content for a customer is the same fact, whenever it is imported; other content changes the profile.
/// Telephone numbers are written as E.164 (see [`normalise_phones`](crate::normalise_phones)); a row with what cannot be
/// one is rejected.
///
/// # Contacts
/// ```
/// # let text = r#"
/// kind = "contacts"
/// source = "crm"
/// customer = "account"               # the organisation
/// id = "contact_id"                  # optional: the person's id; default: the name
/// name = "full_name"
/// role = "title"                     # optional, like all that follow
/// phones = "tel"
/// emails = "mail"
/// removed = 'status == "left"'       # true where the person is there no more
/// at = "modified"
/// region = "CN"
/// # "#;
/// # tierhook_import::Mapping::parse(text, "contacts.toml")?;
/// # Ok::<(), tierhook_import::MappingError>(())
/// ```
/// A row replaces what was known of the person with the same id at the same customer.
///
/// # Interactions, feedback, measures
/// All have `customer`, `at`, and optionally `id` and `contact`.
/// ```
/// # let texts = [r#"
/// kind = "interactions"
/// source = "calls"
/// customer = "client"
/// at = "started"
/// what = { text = "call" }           # call, visit, email, chat, web-view or consultation
/// by = "agent"                       # optional, like all that follow
/// inbound = 'direction == "in"'
/// note = "summary"
/// product = "sku"
/// # "#, r#"
/// kind = "feedback"
/// source = "survey"
/// customer = "client"
/// at = "date"
/// what = "type"                      # satisfaction, complaint, complaint-resolved, return or remark
/// score = "stars"                    # for satisfaction: 1 to 5
/// complaint = "ticket"               # for complaint-resolved: the complaint's id
/// product = "sku"                    # optional, for a return
/// text = "words"                     # optional
/// # "#, r#"
/// kind = "measures"
/// source = "bank"
/// customer = "client"
/// at = "month_end"
///
/// [measures]                         # one measure for each key; empty cells are none
/// assets = "assets_total"
/// seats = "seats"
/// # "#, r#"
/// kind = "measures"
/// source = "bank"
/// customer = "client"
/// at = "date"
/// measure = "name"                   # or: the name from a column, the number from another
/// value = "number"
/// # "#];
/// # for text in texts { tierhook_import::Mapping::parse(text, "mapping.toml")?; }
/// # Ok::<(), tierhook_import::MappingError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mapping {
    pub(crate) file_name: String,
    pub(crate) source: String,
    pub(crate) customer_source: String,
    pub(crate) region: Option<PhoneRegion>,
    pub(crate) format: FileFormat,
    pub(crate) terms: Vec<Term>,
    pub(crate) rejects: Vec<(TermId, String)>,
    pub(crate) customer: TermId,
    /// Whether customers are told apart by a telephone number, in whatever spelling.
    pub(crate) customer_is_phone: bool,
    pub(crate) id: Option<TermId>,
    pub(crate) at: Option<TermId>,
    pub(crate) contact: Option<TermId>,
    pub(crate) body: Body,
}

/// What only one kind of mapping has.
#[derive(Clone, Debug)]
pub(crate) enum Body {
    Orders(OrderTerms),
    Customers(CustomerTerms),
    Contacts(ContactTerms),
    Interactions(InteractionTerms),
    Feedback(FeedbackTerms),
    Measures(MeasureTerms),
}

#[derive(Clone, Debug)]
pub(crate) struct OrderTerms {
    pub(crate) currency: Option<TermId>,
    pub(crate) channel: Option<TermId>,
    pub(crate) cancellation: Option<TermId>,
    pub(crate) refund: Option<TermId>,
    pub(crate) order: Option<TermId>,
    pub(crate) reason: Option<TermId>,
    pub(crate) price: PriceTerms,
    pub(crate) line: Option<LineTerms>,
    /// What the rows say about the customer besides.
    pub(crate) about: Option<Box<CustomerTerms>>,
}

/// Where a row's amount comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum PriceTerms {
    /// It stands there.
    Amount(TermId),
    /// It is quantity x unit price.
    Unit(TermId),
}

#[derive(Clone, Debug)]
pub(crate) struct LineTerms {
    pub(crate) product: TermId,
    pub(crate) name: Option<TermId>,
    pub(crate) category: Option<TermId>,
    pub(crate) group: Option<TermId>,
    pub(crate) quantity: Option<TermId>,
    pub(crate) is_goods: Option<TermId>,
    pub(crate) discounts: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct CustomerTerms {
    pub(crate) clear_empty: bool,
    pub(crate) fields: Vec<(ProfileKey, TermId)>,
    pub(crate) custom: Vec<(String, FieldType, TermId)>,
    /// What the customer agreed to, by purpose.
    pub(crate) consents: Vec<(String, TermId)>,
}

#[derive(Clone, Debug)]
pub(crate) struct ContactTerms {
    pub(crate) name: TermId,
    pub(crate) role: Option<TermId>,
    pub(crate) phones: Option<TermId>,
    pub(crate) emails: Option<TermId>,
    pub(crate) removed: Option<TermId>,
}

#[derive(Clone, Debug)]
pub(crate) struct InteractionTerms {
    pub(crate) what: TermId,
    pub(crate) by: Option<TermId>,
    pub(crate) inbound: Option<TermId>,
    pub(crate) note: Option<TermId>,
    pub(crate) product: Option<TermId>,
}

#[derive(Clone, Debug)]
pub(crate) struct FeedbackTerms {
    pub(crate) what: TermId,
    pub(crate) score: Option<TermId>,
    pub(crate) complaint: Option<TermId>,
    pub(crate) product: Option<TermId>,
    pub(crate) text: Option<TermId>,
}

#[derive(Clone, Debug)]
pub(crate) struct MeasureTerms {
    /// The name and the number of a measure, from a column each.
    pub(crate) named: Option<(TermId, TermId)>,
    /// Measures with a fixed name.
    pub(crate) columns: Vec<(String, TermId)>,
}

impl Mapping {
    /// Reads a mapping and checks everything that can be checked without the file that it is for. `file_name` is
    /// what messages call it.
    ///
    /// # Errors
    /// [`MappingError`] with the place in the text and what to write instead.
    pub fn parse(text: &str, file_name: &str) -> Result<Self, MappingError> {
        let shape: Shape = toml::from_str(text).map_err(|error| {
            let (line, column) = place(text, error.span().map_or(0, |span| span.start));
            let message = error.message().trim().to_owned();
            MappingError::Malformed { file: file_name.to_owned(), line, column, message }
        })?;
        let mut terms = Terms { file: file_name, text, list: Vec::new() };
        shape.refuse_foreign(&terms)?;
        shape.checked(&mut terms)
    }

    /// What the rows of the file are.
    pub fn kind(&self) -> ImportKind {
        match self.body {
            Body::Orders(_) => ImportKind::Orders,
            Body::Customers(_) => ImportKind::Customers,
            Body::Contacts(_) => ImportKind::Contacts,
            Body::Interactions(_) => ImportKind::Interactions,
            Body::Feedback(_) => ImportKind::Feedback,
            Body::Measures(_) => ImportKind::Measures,
        }
    }

    /// The source system that the facts come from.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The source system that the customers' ids come from.
    pub fn customer_source(&self) -> &str {
        &self.customer_source
    }

    pub(crate) fn term(&self, id: TermId) -> &Term {
        &self.terms[id.0]
    }
}

#[cfg(test)]
mod tests;
