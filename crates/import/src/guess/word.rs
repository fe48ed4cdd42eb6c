//! What columns are called, in English and Chinese.

/// What a column may be. Which of these a mapping can use hangs on its kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Role {
    Customer,
    Order,
    Date,
    Product,
    ProductName,
    Category,
    Quantity,
    UnitPrice,
    /// What a line cost.
    LineAmount,
    /// What an order cost.
    Amount,
    Currency,
    Channel,
    Status,
    Refunded,
    Name,
    Company,
    Phone,
    Email,
    Handle,
    Gender,
    Birthday,
    Region,
    Address,
    Industry,
    Employees,
    Interests,
    Tags,
    Owner,
    SourceChannel,
    Created,
    Notes,
    Kind,
    Consent,
    Person,
    PersonId,
    PersonTitle,
    What,
    Direction,
    Score,
    Complaint,
    Text,
    Measure,
    Value,
}

impl Role {
    /// Tells whether the values are numbers.
    pub(super) fn is_number(self) -> bool {
        matches!(
            self,
            Self::Quantity | Self::UnitPrice | Self::LineAmount | Self::Amount | Self::Refunded | Self::Value
        )
    }

    /// Tells whether the values are dates, of something that happened.
    pub(super) fn is_date(self) -> bool {
        self == Self::Date
    }

    /// Tells whether the values are days in somebody's life, which people write down with slips.
    pub(super) fn is_own_day(self) -> bool {
        matches!(self, Self::Birthday | Self::Created)
    }
}

/// Words for each role, the best first. They are written as [`normal`] writes names.
const WORDS: &[(Role, &str)] = &[
    (
        Role::Customer,
        "客户编号 客户号 客户id 客户编码 客户代码 会员号 会员编号 会员id 会员卡号 用户id 用户编号 买家id \
         买家会员名 买家昵称 会员名 会员名称 买家账号 买家 openid 客户账号 客户 customerid customerno \
         customernumber customercode custid clientid memberid userid buyerid accountid customer client member \
         account accountname buyer user cust",
    ),
    (
        Role::Order,
        "订单号 订单编号 订单id 主订单编号 交易号 交易单号 商户单号 单号 流水号 小票号 小票编号 单据编号 \
         单据号 销售单号 发票号 合同编号 合同号 订单 退款单号 退货单号 退款编号 退货编号 orderid orderno ordernumber invoiceno invoiceid \
         invoicenumber invoice receiptno receiptid transactionid transactionno billno opportunityid dealid \
         order refundid refundno returnid returnno creditnote",
    ),
    (
        Role::Date,
        "下单时间 订单创建时间 订单时间 下单日期 订单日期 交易时间 交易日期 成交时间 购买时间 购买日期 \
         消费时间 消费日期 销售日期 销售时间 开单时间 开单日期 签约日期 付款时间 订单付款时间 支付时间 \
         联系时间 沟通时间 拜访时间 拜访日期 通话时间 反馈时间 评价时间 投诉时间 日期 时间 创建时间 退款日期 退款时间 退货日期 退货时间 orderdate \
         ordertime orderedat invoicedate purchasedate transactiondate saledate salesdate closedate \
         paymentdate paidat calldate startedat started date datetime time timestamp createdat day monthend refunddate refundedat returndate",
    ),
    (
        Role::Product,
        "商品编码 商品编号 商品id 商品代码 货号 商家编码 产品编号 产品编码 条码 商品条码 sku skuid stockcode \
         productid productcode productno itemid itemcode itemno asin barcode article",
    ),
    (
        Role::ProductName,
        "商品名称 商品标题 宝贝标题 宝贝名称 商品名 产品名称 品名 货品名称 菜品名称 商品 产品 货品 项目 \
         productname itemname producttitle product item description title",
    ),
    (Role::Category, "商品类目 商品分类 商品类别 类目 品类 类别 分类 category productcategory department series"),
    (
        Role::Quantity,
        "购买数量 商品数量 宝贝数量 宝贝总数量 销售数量 数量 件数 quantity qty units count itemcount numberof",
    ),
    (Role::UnitPrice, "商品单价 单价 售价 商品价格 销售单价 成交价 价格 unitprice priceeach itemprice price"),
    (Role::LineAmount, "小计 商品小计 行金额 商品金额 商品总价 linetotal lineamount subtotal linesales extendedprice"),
    (
        Role::Amount,
        "实付金额 实付 实付款 实收金额 实收 买家实际支付金额 买家实付金额 支付金额 付款金额 订单金额 订单总额 \
         订单总金额 成交金额 交易金额 消费金额 销售金额 销售额 合同金额 应付金额 应收金额 总金额 总价 总额 \
         合计 金额 合同额 营业额 房费 房价 租金 卡费 团购价 费用 应收 流水 amount total totalamount ordertotal ordervalue orderamount totalprice netamount grandtotal \
         paid amountpaid sales revenue closevalue dealvalue dollarvalue spend value",
    ),
    (Role::Currency, "币种 货币 币别 currency currencycode ccy"),
    (
        Role::Channel,
        "订单来源 销售渠道 下单渠道 渠道 平台 门店 店铺 店铺名称 门店名称 channel saleschannel store shop \
         platform",
    ),
    (
        Role::Status,
        "订单状态 交易状态 支付状态 付款状态 当前状态 退款状态 状态 orderstatus paymentstatus dealstage stage \
         status state",
    ),
    (Role::Refunded, "退款金额 退款 已退款金额 refundamount refunded refund"),
    (
        Role::Name,
        "客户姓名 客户名称 客户名 会员姓名 姓名 名称 名字 收货人 收货人姓名 收件人 昵称 customername \
         clientname fullname name firstname username",
    ),
    (
        Role::Company,
        "公司名称 企业名称 单位名称 单位 公司 企业 客户名称 客户名 company companyname organisation \
         organization customername clientname",
    ),
    (
        Role::Phone,
        "手机号 手机号码 手机 联系电话 电话号码 电话 联系手机 联系方式 收货人电话 收货人手机 座机 phone \
         phonenumber mobile mobilephone cell cellphone telephone tel",
    ),
    (Role::Email, "电子邮箱 电子邮件 邮箱 邮件地址 email emailaddress mail"),
    (Role::Handle, "微信号 微信 微信昵称 qq wechat wechatid handle"),
    (Role::Gender, "性别 gender sex"),
    (Role::Birthday, "生日 出生日期 birthday birthdate dateofbirth dob"),
    (Role::Region, "地区 区域 省份 所在地区 省 城市 region country province city territory officelocation location"),
    (Role::Address, "地址 联系地址 收货地址 详细地址 通讯地址 address street"),
    (Role::Industry, "行业 所属行业 客户行业 industry sector"),
    (Role::Employees, "员工人数 员工数 人数 人员规模 employees headcount employeecount"),
    (Role::Interests, "兴趣 兴趣爱好 爱好 interests hobbies"),
    (Role::Tags, "标签 客户标签 会员标签 tags labels"),
    (
        Role::Owner,
        "负责人 客户经理 业务员 销售员 跟进人 所属销售 导购 客服 坐席 owner salesagent salesperson \
         accountmanager salesrep agent rep",
    ),
    (Role::SourceChannel, "客户来源 来源渠道 来源 注册渠道 leadsource source referrer"),
    (
        Role::Created,
        "建档日期 注册时间 注册日期 入会时间 入会日期 开卡日期 开卡时间 since signupdate registered joined",
    ),
    (Role::Notes, "备注 说明 买家留言 notes note comment comments remarks"),
    (Role::Kind, "客户类型 客户性质 customertype"),
    (
        Role::Consent,
        "接受营销 接收营销 同意营销 接受短信 营销短信 营销授权 接收短信 短信授权 marketingconsent newsletter \
         emailoptin smsoptin optin",
    ),
    (Role::Person, "联系人 联系人姓名 contactname contactperson contact 姓名 fullname name"),
    (Role::PersonId, "联系人编号 联系人id contactid"),
    (Role::PersonTitle, "职务 职位 岗位 职称 角色 jobtitle role position"),
    (
        Role::What,
        "联系类型 沟通方式 跟进方式 联系方式类型 互动类型 反馈类型 评价类型 工单类型 类型 方式 \
         interactiontype activitytype feedbacktype type kind",
    ),
    (Role::Direction, "方向 呼叫方向 呼入呼出 direction"),
    (Role::Score, "满意度 满意度评分 评分 打分 分数 星级 score rating stars satisfaction csat nps"),
    (Role::Complaint, "投诉编号 工单编号 工单号 complaintid ticketid ticket"),
    (
        Role::Text,
        "沟通内容 跟进内容 联系内容 评价内容 反馈内容 投诉内容 内容 摘要 summary text feedback review content \
         message",
    ),
    (Role::Measure, "指标 指标名称 measure metric"),
    (Role::Value, "数值 指标值 reading"),
];

/// Writes a column's name as the words are written: lower case, without what stands in brackets and between words.
pub(super) fn normal(name: &str) -> String {
    let mut depth = 0_u32;
    let mut kept = String::new();
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            '(' | '（' | '[' | '【' => depth += 1,
            ')' | '）' | ']' | '】' => depth = depth.saturating_sub(1),
            _ if depth == 0 && c.is_alphanumeric() => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// Returns what a column of this name may be, and how surely, from 0 to 1; the surest first.
pub(super) fn roles(name: &str) -> Vec<(Role, f64)> {
    // Of a path such as `buyer.mobile` the last name may say enough.
    let last = normal(name.rsplit('.').next().unwrap_or(name));
    let name = normal(name);
    let mut found = Vec::new();
    for (role, words) in WORDS {
        let place = |name: &str| words.split_whitespace().position(|word| word == name);
        let whole = place(&name).map(|at| 0.97 - 0.002 * at as f64).or(place(&last).map(|at| 0.87 - 0.002 * at as f64));
        let part = || {
            let long_enough = |word: &&str| if word.is_ascii() { word.len() >= 4 } else { word.chars().count() >= 2 };
            let found = words.split_whitespace().filter(long_enough).filter(|word| name.contains(word));
            let longest = found.map(|word| word.chars().count()).max()?;
            Some(0.4 + 0.4 * longest as f64 / name.chars().count() as f64)
        };
        if let Some(sureness) = whole.or_else(part) {
            found.push((*role, sureness));
        }
    }
    if is_balance(&name) {
        found.retain(|(role, _)| !matches!(role, Role::Amount | Role::LineAmount | Role::UnitPrice));
    }
    found.sort_by(|a, b| b.1.total_cmp(&a.1));
    found
}

/// Tells whether a column of this name, as [`normal`] writes it, has what is left on an account: that was not sold.
pub(super) fn is_balance(name: &str) -> bool {
    ["余额", "欠款", "结余", "balance", "outstanding", "receivable"].iter().any(|word| name.contains(word))
}

/// Tells whether a column of this name speaks of what was given back.
pub(super) fn is_of_refunds(name: &str) -> bool {
    let name = normal(name);
    ["退款", "退货", "refund", "return", "creditnote"].iter().any(|word| name.starts_with(word))
}

/// Tells whether money was not given back, or not yet, where the status of a refund is so.
pub(super) fn is_open_refund(status: &str) -> bool {
    const OPEN: &[&str] = &[
        "关闭",
        "取消",
        "拒绝",
        "驳回",
        "撤销",
        "失败",
        "未退",
        "closed",
        "cancel",
        "reject",
        "fail",
        "pending",
        "processing",
        "in progress",
    ];
    let status = status.trim().to_lowercase();
    let waits = status.starts_with('待') || status.starts_with("等待") || status.ends_with('中');
    waits || OPEN.iter().any(|word| status.contains(word))
}

/// How many units one of a column's is, by what stands in the brackets of its name: 万元 are ten thousand.
pub(super) fn unit_of(name: &str) -> u32 {
    let name: String = name.split_whitespace().collect();
    let has = |unit: &str| {
        [format!("({unit}"), format!("（{unit}"), format!("[{unit}"), format!("【{unit}")]
            .iter()
            .any(|part| name.contains(part.as_str()))
            || name.ends_with(&format!("{unit}元"))
    };
    match () {
        () if has("百万") => 1_000_000,
        () if has("万") => 10_000,
        () if has("千") => 1_000,
        () => 1,
    }
}

/// Words in values that tell what became of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was paid or delivered.
    Stands,
    /// It was never paid, was called off or was given back.
    Gone,
}

/// Returns what a status says; `None` if the word is not known.
pub(super) fn fate(status: &str) -> Option<Fate> {
    const GONE: &[&str] = &[
        "取消",
        "关闭",
        "未付",
        "未支付",
        "待付",
        "待支付",
        "等待买家付款",
        "退款成功",
        "已退款",
        "全额退款",
        "已退",
        "作废",
        "失败",
        "cancel",
        "closed",
        "pending",
        "unpaid",
        "refunded",
        "failed",
        "void",
        "lost",
        "engaging",
        "prospecting",
        "draft",
        "returned",
    ];
    const STANDS: &[&str] = &[
        "成功",
        "完成",
        "已付",
        "已支付",
        "已发货",
        "待发货",
        "待收货",
        "已收货",
        "已签收",
        "没有申请退款",
        "无退款",
        "正常",
        "未退款",
        "won",
        "paid",
        "complete",
        "completed",
        "shipped",
        "delivered",
        "success",
        "fulfilled",
        "closed won",
        "ok",
    ];
    let status = status.to_lowercase();
    if STANDS.contains(&status.as_str()) || status == "没有申请退款" {
        return Some(Fate::Stands);
    }
    if GONE.iter().any(|word| status.contains(word)) {
        return Some(Fate::Gone);
    }
    STANDS.iter().any(|word| status.contains(word)).then_some(Fate::Stands)
}

/// Tells whether the status of a complaint says that nothing is left to do.
pub(super) fn is_settled(status: &str) -> bool {
    const OPEN: &[&str] = &["未", "不", "待", "unresolved", "unsolved", "not "];
    const SETTLED: &[&str] = &[
        "解决",
        "关闭",
        "完成",
        "结案",
        "办结",
        "已处理",
        "处理完",
        "closed",
        "resolved",
        "solved",
        "settled",
        "done",
    ];
    let status = status.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| status.contains(word));
    has(SETTLED) && !has(OPEN)
}

/// Tells whether a cell that should name a customer names the sum of the rows above it.
pub(super) fn is_total(cell: &str) -> bool {
    const TOTALS: &[&str] =
        &["总计", "合计", "小计", "汇总", "共计", "总和", "total", "totals", "grand total", "subtotal", "sum"];
    let cell = cell.trim_end_matches([':', '：']).trim().to_lowercase();
    let is_behind = |total: &str| cell.strip_suffix(total).is_some_and(|before| before.ends_with([' ', '\u{3000}']));
    TOTALS.iter().any(|total| cell == *total || is_behind(total))
}

/// Returns the kind of interaction or feedback that a word stands for.
pub(super) fn kind_of_event(word: &str, kinds: &[(&'static str, &[&str])]) -> Option<&'static str> {
    let word = normal(word);
    kinds.iter().find(|(_, words)| words.iter().any(|known| word.contains(known))).map(|(kind, _)| *kind)
}

/// Words for the kinds of interaction.
pub(super) const INTERACTIONS: &[(&str, &[&str])] = &[
    ("call", &["电话", "通话", "来电", "去电", "外呼", "回访", "call", "phone"]),
    ("visit", &["拜访", "上门", "到店", "面谈", "visit", "meeting"]),
    ("email", &["邮件", "email", "mail"]),
    ("chat", &["微信", "聊天", "企微", "chat", "message", "whatsapp"]),
    ("consultation", &["咨询", "询价", "consult", "inquiry", "enquiry"]),
    ("web-view", &["浏览", "访问", "webview", "pageview", "web"]),
];

/// Words for the kinds of feedback.
pub(super) const FEEDBACK: &[(&str, &[&str])] = &[
    ("complaint", &["unresolved", "unsolved"]),
    ("complaint-resolved", &["已解决", "已结案", "投诉解决", "resolved", "solved"]),
    ("satisfaction", &["满意度", "评分", "评价", "satisfaction", "rating", "survey", "nps"]),
    ("complaint", &["投诉", "complaint"]),
    ("return", &["退货", "return"]),
    ("remark", &["建议", "表扬", "留言", "remark", "suggestion", "praise", "comment"]),
];

/// What is sold but is no goods: postage, fees, corrections.
pub(super) const NO_GOODS: &[&str] = &[
    "post",
    "dot",
    "c2",
    "m",
    "d",
    "s",
    "bank charges",
    "amazonfee",
    "cruk",
    "postage",
    "shipping",
    "freight",
    "delivery",
    "运费",
    "邮费",
    "快递费",
    "配送费",
    "补差价",
    "补差",
    "邮费补差",
];

/// Signs and words by which amounts say their currency.
pub(super) const SYMBOLS: &[(&str, Option<&str>)] = &[
    ("¥", None),
    ("￥", None),
    ("元", Some("CNY")),
    ("RMB", Some("CNY")),
    ("CNY", Some("CNY")),
    ("HK$", Some("HKD")),
    ("US$", Some("USD")),
    ("$", Some("USD")),
    ("USD", Some("USD")),
    ("€", Some("EUR")),
    ("EUR", Some("EUR")),
    ("£", Some("GBP")),
    ("GBP", Some("GBP")),
];

/// Returns the currency that the name of a column speaks of.
pub(super) fn currency_in(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let known = [
        ("元", "CNY"),
        ("rmb", "CNY"),
        ("cny", "CNY"),
        ("usd", "USD"),
        ("dollar", "USD"),
        ("美元", "USD"),
        ("eur", "EUR"),
        ("欧元", "EUR"),
        ("gbp", "GBP"),
        ("英镑", "GBP"),
    ];
    // The longer word first: 美元 is no 元.
    known.iter().filter(|(word, _)| name.contains(word)).max_by_key(|(word, _)| word.len()).map(|(_, code)| *code)
}
