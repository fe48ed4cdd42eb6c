//! Contacts and consents.

use tierhook_model::ContactChange;

use super::*;

#[test]
fn a_contact_row_replaces_a_person() {
    let mapping = "kind = \"contacts\"\nsource = \"crm\"\nregion = \"CN\"\ncustomer = \"firm\"\nid = \"no\"\nname = \"who\"\n\
                   role = \"title\"\nphones = \"tel\"\nemails = \"mail\"\nremoved = 'left == \"是\"'\n";
    let text = "firm,no,who,title,tel,mail,left\nF1,p1,王芳,采购经理,0571-88886666转801/13812345678,a@x.cn b@x.cn,\n\
                F1,,李雷,,,,是\nF1,p1,王芳,采购经理,0571 8888 6666 ext 801、+86 13812345678,a@x.cn; b@x.cn,\nF2,p2,,,,,\nF2,p3,Bo,,1.38E+10,,\n";
    let (report, kept) = read(mapping, text);
    assert_eq!((report.taken(FactKind::Contact), report.repeated), (2, 1));
    assert_eq!(kept.reasons(), [(5, "no name"), (6, "`tel` is no telephone number")]);
    assert!(kept.rejected[1].detail.contains("format the column as text in Excel"));
    let changes: Vec<&ContactChange> = kept
        .facts
        .iter()
        .filter_map(|fact| match &fact.body {
            FactBody::Contact(change) => Some(change),
            _ => None,
        })
        .collect();
    let contact = &changes[0].contact;
    assert_eq!((contact.id.as_str(), contact.name.as_str(), contact.role.as_deref()), ("p1", "王芳", Some("采购经理")));
    assert_eq!(
        (contact.phones.join(" "), contact.emails.join(" ")),
        ("+8657188886666x801 +8613812345678".into(), "a@x.cn b@x.cn".into())
    );
    assert_eq!((changes[1].contact.id.as_str(), changes[0].removed, changes[1].removed), ("李雷", false, true));
    let fact = &kept.facts[0];
    assert_eq!((fact.record.id.as_str(), fact.contact.as_deref()), ("F1", Some("p1")));
    assert_eq!(fact.occurred, Moment(1_700_000_000));
    // Stored books know this key.
    assert_eq!(fact.key.id, "contact:F1:p1:459cea7fee69a548ce9478952528ed7e");
}

#[test]
fn consents_are_what_the_customer_said() {
    let mapping = format!("{CUSTOMERS}[consents]\nemail = \"mail\"\nsms = 'sms == \"订阅\"'\n");
    let (report, kept) = read(
        &mapping,
        "id,name,born,tel,staff,shoe,mail,sms\n7,A,,,,,同意,\n7,A,,,,,不同意,订阅\n8,B,,,,,,\n9,C,,,,,perhaps,\n",
    );
    assert_eq!((report.taken(FactKind::Profile), kept.reasons()), (3, vec![(5, "`mail` is neither yes nor no")]));
    let consents: Vec<String> = kept
        .facts
        .iter()
        .map(|fact| match &fact.body {
            FactBody::Profile(change) => format!("{:?}", change.consents),
            _ => String::new(),
        })
        .collect();
    assert_eq!(
        consents,
        ["[(\"email\", true), (\"sms\", false)]", "[(\"email\", false), (\"sms\", true)]", "[(\"sms\", false)]"]
    );
    assert_ne!(kept.facts[0].key, kept.facts[1].key, "another answer is another fact");
}

/// One number in three spellings was three customers.
#[test]
fn customers_are_told_apart_by_their_phone_in_whatever_spelling() {
    let orders = "kind = \"orders\"\nsource = \"shop\"\nregion = \"CN\"\ncustomer = \"tel\"\ncustomer_is = \"phone\"\n\
                  at = \"day\"\namount = \"paid\"\n";
    let text = "tel,day,paid\n+86 138-1234-5678,2025-03-01,5\n１３８１２３４５６７８,2025-03-02,5\n138 1234 5678 / 139 1234 5678,2025-03-03,5\n\
                0571-8888 6666转801,2025-03-04,5\n+44 20 8946 0000,2025-03-05,5\n1381234567,2025-03-06,5\n无,2025-03-07,5\n\
                138****5678,2025-03-08,5\n1.38E+10,2025-03-09,5\n,2025-03-10,5\n13812345678,soon,5\n";
    let (_, kept) = read(orders, text);
    let customers: Vec<&str> = kept.facts.iter().map(|fact| fact.record.id.as_str()).collect();
    let wang = "13812345678";
    assert_eq!(customers, [wang, wang, wang, "057188886666x801", "+442089460000", "1381234567"]);
    let reasons = [
        (8, "no customer"),
        (9, "`tel` is no telephone number"),
        (10, "`tel` is rounded"),
        (11, "no customer"),
        (12, "`day` is no date"),
    ];
    assert_eq!(kept.reasons(), reasons);
    // Erasing somebody finds the row.
    assert_eq!(kept.rejected[4].customer, Some(ExternalRef::new("shop", wang)));
    // Lists of what happened know the same customers.
    let calls = "kind = \"interactions\"\nsource = \"calls\"\ncustomer_source = \"shop\"\nregion = \"CN\"\ncustomer = \"tel\"\n\
                 customer_is = \"phone\"\nat = \"day\"\nwhat = { text = \"call\" }\n";
    let (_, kept) = read(calls, "tel,day\n86 13812345678,2025-03-01\n");
    assert_eq!(kept.facts[0].record, ExternalRef::new("shop", wang));
}
