//! The command's own words, in English and in Chinese. What the host writes comes in the language asked for already.

use std::fmt::Display;

use tierhook_model::{CAUSES, ClockMode, Combination, FieldGroup, Label, Language, MoveCause, Severity, Unit};
use tierhook_server::api::RuleState;

use crate::chinese::in_chinese;

/// Makes a struct with a field for each text, and one value of it for each language.
macro_rules! words {
    ($($name:ident: $en:literal, $zh:literal;)*) => {
        /// The command's own words in one language; `{}` is where a value goes.
        #[derive(Debug)]
        pub(crate) struct Words {
            $(pub(crate) $name: &'static str,)*
        }

        static EN: Words = Words { $($name: $en,)* };
        static ZH: Words = Words { $($name: $zh,)* };

        #[cfg(test)]
        const ALL: &[(&str, &str)] = &[$(($en, $zh),)*];
    };
}

words! {
    // Customers.
    customer: "customer", "客户";
    name: "name", "姓名";
    owner: "owner", "负责人";
    follow_ups: "follow-ups", "跟进";
    warnings: "warnings", "预警";
    by_hand: "* by a person's word", "* 人工定级";
    no_customer: "no customer fits", "没有符合条件的客户";
    no_customer_hint: "`tierhook status` tells how many there are in each class, `tierhook import` brings some in",
        "`tierhook status` 显示各类客户的数量，`tierhook import` 导入客户";
    not_found: "nobody has `{}`", "没有找到“{}”";
    not_found_hint: "names, companies, contacts, phones, emails, handles, ids, owners, tags, regions, addresses, industries, interests, preferences, needs, channels, who referred them, notes and custom texts are looked at; of a Chinese name the pinyin or its initials do too",
        "查找范围：姓名、公司、联系人、电话、邮箱、联系方式、编号、负责人、标签、地区、地址、行业、兴趣、偏好、需求、来源渠道、推荐人、备注和自定义文本；中文姓名也可用拼音或首字母";
    found_in: "found in", "匹配";
    last_order: "last order", "最近下单";
    listed: "{} of {}; --limit N lists more", "显示 {} 条，共 {} 条；--limit N 可显示更多";
    listed_next: "{} to {} of {}; {} lists the next", "第 {} 至 {} 条，共 {} 条；{} 显示下一页";
    listed_from: "{} to {} of {}", "第 {} 至 {} 条，共 {} 条";
    beyond: "{} in all, and none behind that", "共 {}，之后没有了";
    as_of: "as of {}", "截至 {}";
    owned_by: "owner {}", "负责人 {}";
    unknown: "unknown", "未知";
    nothing: "nothing", "无";
    noted: "noted: {}", "记录：{}";
    since: "since {}", "自 {}";
    classes: "Classes", "分类";
    classes_of: "Classes, as decided on {}", "分类（{} 评定）";
    profile: "Profile", "资料";
    features: "Features", "特征";
    measures: "Measures", "指标";
    custom_fields: "Custom fields", "自定义字段";
    standing: "What was decided earlier", "既有结论";
    class_group: "What this evaluation has decided", "本次评定结论";
    also: "and {}", "含 {}";
    merged_heading: "Merged customers", "已合并的客户";
    merged_by: "{}  since {}, by {}", "{}  自 {} 起，由 {} 合并";
    merged: "{} is merged into {}, which stands for both from now on", "{} 已合并到 {}，此后由后者代表两者";
    unmerged: "{} stands for itself again, apart from {}", "{} 已从 {} 中拆出，重新独立";
    contacts: "Contacts", "联系人";
    consents: "Consents", "授权";
    given: "given", "同意";
    refused_consent: "refused", "拒绝";
    follow_ups_heading: "Follow-ups", "跟进";
    warnings_heading: "Warnings", "预警";
    facts_heading: "Facts (newest {} of {})", "事实（最新 {} 条，共 {} 条）";
    retracted: "{} (retracted)", "{}（已撤回）";
    wanted_by: "by {}", "规则 {}";
    history: "History", "历史";
    rule_faulted: "a rule faulted: {}", "规则出错：{}";
    // What people enter.
    added: "added", "已建档";
    removed: "removed", "已移除";
    stays_as_it_is: "nothing to change: the book says so already", "无需变更：账本中已是如此";
    nothing_else: "nothing else changes by it", "未引起其他变化";
    still_complains: "a complaint is open still; once it is settled: {}", "仍有投诉未解决；解决后请记：{}";
    complaint_hint: "id {}, for `log CUSTOMER resolved --complaint`", "编号 {}，解决时用于 `log 客户 resolved --complaint`";
    first_of_kind: "The first of its kind in the book: customers without one have none from now on, which was unknown before. All are graded again.",
        "这是客户簿中首条此类记录：此前未知的，此后没有记录的客户按“无”计算，全体客户随之重新评级。";
    // Quality.
    completeness: "Known of {} customers", "资料完整度（共 {} 位客户）";
    known_share: "known", "已知";
    known_of_nobody: "read by rules and known of nobody: {}", "规则读取但无人填写：{}";
    completeness_hint: "first what rules read; `import FILE --as customers` or `customers edit` fills gaps",
        "规则读取的字段在前；可用 `import 文件 --as customers` 或 `customers edit` 补充";
    more_in_json: "{} more with --json", "另有 {} 项，见 --json";
    sources: "Sources", "数据来源";
    events: "events", "事件";
    days_ago: "{} days before the book's day", "比账本日期早 {} 天";
    duplicates: "Perhaps the same customer: {}", "可能重复的客户：{}";
    duplicate: "{}: {}", "{}：{}";
    same_phone: "same phone", "电话相同";
    same_email: "same email", "邮箱相同";
    same_name: "same name and company", "姓名和公司相同";
    import_flaws: "Imports that left something out", "有遗漏的导入";
    import_flaw: "import {}, {}", "导入 {}，{}";
    flaw_rejected: "rows rejected: {}", "{} 行被拒绝";
    flaw_conflicts: "conflicts: {}", "{} 处冲突";
    odd_values: "Values that cannot be, references to nothing", "异常值与无效引用";
    odd_value: "{} {}: {}, for example {}: {}", "{} {}：{} 处，例如 {}：{}";
    quality_good: "nothing contradicts itself, nothing is old", "没有矛盾或过期的数据";
    // One person's data.
    erased_as: "erased, number {} in `tierhook customers erased`", "已删除，`tierhook customers erased` 中的编号为 {}";
    would_erase: "nothing is erased yet; this would go", "尚未删除任何数据；将会删除";
    not_reached: "Not reached", "未能触及";
    add_yes: "there is no way back; add --why and --yes to erase", "删除后无法恢复；确认请加上 --why 和 --yes";
    stays_erased: "no import and no restored backup brings the customer back", "重新导入或恢复备份都不会使该客户重新出现";
    nobody_erased: "nobody was erased yet", "尚未删除过任何人";
    erased_unlisted: "{} more ids are blocked by erasures that a restored backup does not list",
        "另有 {} 个编号因更早的删除而被阻止，恢复的备份中没有其记录";
    when: "when", "时间";
    who: "who", "操作人";
    erased_facts: "facts of erased customers, left out", "已删除客户的事实（未导入）";
    erased_hint: "customers erased on {} stay erased", "于 {} 删除的客户不会重新导入";
    copy_title: "What we know about {}", "关于 {} 的全部数据";
    copy_intro: "Copy of all data that is kept about you, made {}. You are known here as {}.",
        "本文件为我们保存的关于您的全部数据的副本，生成于 {}。您在系统中的编号：{}。";
    copy_withheld: "Kept too, and left out because it names another person: {}", "另有以下内容因涉及他人而未列出：{}";
    copy_facts: "What happened ({})", "发生的事项（{} 条）";
    copy_import: ", import {}", "，导入 {}";
    copy_imports: "Lists that this came from", "数据来源文件";
    copy_holds: "{} fields of the profile, {} facts", "资料字段 {} 项，事实 {} 条";
    copy_in: "the copy is in {}", "副本已写入 {}";
    value: "value", "值";
    source: "source", "来源";
    role: "role", "角色";
    reach: "phone and email", "电话和邮箱";
    date: "day", "日期";
    // A person's word.
    override_text: "{} by the word of {} since {}, {}", "{}：由 {} 于 {} 人工定级，{}";
    until_released: "until it is released", "直至解除";
    until_reviewed: "to be reviewed from {} on", "{} 起需复核";
    entitled_to: "entitled to: {}", "享有：{}";
    between: "; ", "；";
    between_names: ", ", "、";
    entitlements: "What they are entitled to", "客户权益";
    entitlement_row: "{} {} ({}): {}", "{} {}（{}）：{}";
    review_row: "{}  {}  {}: {}", "{}  {}  {}：{}";
    reviews: "To be reviewed: {}", "待复核的人工定级：{}";
    reviews_name: "reviews", "复核";
    reviews_due: "classes by a person's word to be reviewed: {} (`tierhook today`)", "{} 项人工定级需要复核（`tierhook today`）";
    reviews_hint: "`customers set-class ... --review DATE` keeps a class, `customers release-class` gives it back to the rules",
        "`customers set-class ... --review 日期` 继续保留，`customers release-class` 交还规则决定";
    until: "until {}", "至 {}";
    not_graded: "not graded", "未评级";
    stays: "{}: stays {}", "{}：仍为 {}";
    moves: "{}: {} -> {}", "{}：{} -> {}";
    rules_decide: "the rules decide again", "重新由规则决定";
    rules_alone: "the rules alone say {}", "仅按规则为 {}";
    alone_how: "{}; {}", "{}；{}";
    // Work.
    id: "id", "编号";
    due: "due", "到期";
    due_on: "due {}", "应于 {}";
    late: " ({} d late)", "（逾期 {} 天）";
    what: "what", "内容";
    how: "how", "方式";
    why: "why", "原因";
    severity: "severity", "程度";
    severity_of: "{} severity", "程度：{}";
    cause: "cause", "起因";
    since_heading: "since", "起始";
    state: "state", "状态";
    what_to_do: "what to do", "建议";
    no_follow_ups: "nothing to do", "暂无待办跟进";
    no_follow_ups_hint: "`--all` lists closed and snoozed ones too, `tierhook evaluate` looks for new ones",
        "`--all` 同时列出已关闭和已推迟的，`tierhook evaluate` 重新评定";
    no_warnings: "no warnings", "暂无预警";
    no_warnings_hint: "`--all` lists closed and snoozed ones too", "`--all` 同时列出已关闭和已推迟的";
    due_heading: "Due: {}", "到期：{}";
    due_late: "Due: {}, {} of them late", "到期：{}，其中 {} 项逾期";
    nothing_due: "nothing is due", "暂无到期跟进";
    open_warnings: "Warnings: {}", "预警：{}";
    coming: "in the next {} days: {}", "未来 {} 天：{}";
    coming_days: "{} ({})", "{}（{}）";
    one_follow_up: "{} follow-up", "{} 项跟进";
    many_follow_ups: "{} follow-ups", "{} 项跟进";
    nobody_owned: "no customer has the owner {}", "没有客户的负责人是 {}";
    offer: "offer: {}", "优惠：{}";
    offer_until: " (until {})", "（至 {}）";
    suggestion: "do: {}", "建议：{}";
    // Explanations.
    graded_by: "decided by {}", "由 {} 决定";
    by_points: "by points from {}", "按 {} 的计分";
    by_best: "the best that any rule says: {}", "取各规则中最好的：{}";
    by_worst: "the worst that any rule says: {}", "取各规则中最差的：{}";
    no_word: "no rule has a word on it", "没有规则给出结论";
    kept_after_fault: "a rule faulted, so what stood before stays", "规则出错，维持原有结论";
    before: "before: {}", "此前：{}";
    pending: "the rules want something else by now; `tierhook evaluate --customer ID` decides",
        "规则现在的结论已不同；`tierhook evaluate --customer 编号` 重新评定";
    not_graded_yet: "not graded yet; `tierhook evaluate` does it", "尚未评定；`tierhook evaluate` 进行评定";
    points_for: "points for", "计分项";
    points_has: "has", "得分";
    points_of: "of", "满分";
    of: "of {}", "/ {}";
    share: "{} of the points that can be had", "得分率 {}";
    share_known: "{} of the points that can be had in what is known ({} of all)", "已知项得分率 {}（已知部分占 {}）";
    too_little: "too little is known to decide (only {} of all points)", "已知信息不足，无法评定（仅占总分 {}）";
    short_of: "{} points short of {}", "还差 {} 分达到 {}";
    band: "{} from {}", "{} {} 起";
    refused_rules: "Not fit on the disk", "磁盘上不可用的规则";
    not_fit_now: "not fit on the disk: {}; `tierhook rules list` tells why, and what decides instead",
        "磁盘上不可用的规则：{}；`tierhook rules list` 给出原因及代为判定的版本";
    refused_for_version: "{}: version {} decides instead", "{}：由版本 {} 代为判定";
    refused_for_none: "{}: it decides nothing", "{}：未参与判定";
    reads: "What the rules read", "规则读取的数据";
    // Evaluations.
    evaluated: "evaluated {} as of {} in {} ({}, {})", "已评定 {}，截至 {}，用时 {}（{}，{}）";
    one_customer: "{} customer", "{} 位客户";
    many_customers: "{} customers", "{} 位客户";
    nobody_moved: "nobody moved: {}", "无变动：{}";
    moved: "{} moved", "{} 位变动";
    first_graded: "{} graded for the first time", "{} 位首次评定";
    new_here: "new here", "首次";
    opened: "{} opened", "新增 {}";
    changed: "{} changed", "变更 {}";
    closed: "{} closed", "关闭 {}";
    faulted: "{} faulted for {}: {}", "{} 对 {} 出错：{}";
    // Files.
    init_wrote: "wrote {}: settings in {}, {} files in scripts/", "已新建 {}：设置在 {}，scripts/ 中有 {} 个文件";
    init_next: "next: `cd {}`, then `tierhook import FILE --guess` takes a list in, or `tierhook serve --sample` makes a company up",
        "下一步：`cd {}`，再用 `tierhook import 文件 --guess` 导入清单，或用 `tierhook serve --sample` 生成虚构公司";
    guessed: "{}: taken for a list of {}", "{}：识别为{}清单";
    file_column: "column", "列";
    taken_for: "taken for", "识别为";
    for_example: "for example", "示例";
    unsure: "unsure", "不确定";
    columns_left: "not taken: {}", "未使用：{}";
    to_check: "Please check", "请核对";
    guess_written: "the mapping is in {}", "映射已写入 {}";
    guess_otherwise: "to say otherwise, change {} and run `{}`",
        "如需更正，请修改 {}，然后运行 `{}`";
    guess_doubtful: "who the customer is, the day or the amount is unsure, so nothing was taken in: check {}, then run `{}`",
        "客户、日期或金额不能确定，未导入：请核对 {}，然后运行 `{}`";
    one_order: "{} order", "{} 张订单";
    many_orders: "{} orders", "{} 张订单";
    net_of: "net revenue {} {}", "净销售额 {} {}";
    extent: "{}: {}, {}, {}", "{}：{}，{}，{}";
    from_to: "{} to {}, and graded as of that day", "{} 至 {}，按末日评定";
    no_currency: "the list does not say its currency: amounts are taken as CNY; if they are in another, name it below, as --currency GBP",
        "清单未注明币种：金额按 CNY（人民币）计；若为其他币种，请在下面的命令中改写，如 --currency GBP";
    columns_taken: "columns: {}", "列：{}";
    rows_left: "left out: {} of {} rows ({})", "未计入：{} / {} 行（{}）";
    graded_to_fit: "The customers, by thresholds that fit this list", "客户分布（阈值按本清单调整）";
    nobody_at_risk: "Nobody who ordered regularly has gone silent or fallen off", "没有规律下单的客户出现沉默或消费下降";
    at_risk: "About to leave: {}, who brought {} in 365 days; the top {}",
        "流失风险：{}，近365天净消费 {}；前 {} 位";
    in_365_days: "365 days", "近365天";
    for_so_many: " (for {} of them)", "（{} 位）";
    backtest: "The same warnings on {}: of {} warned of (with {} or more purchase days) in the next {} days {} bought again, of the {} others {}.",
        "同样的预警若在 {} 发出：{} 位客户（购买日不少于 {} 天）被预警，其后 {} 天内再次购买的占 {}；其余 {} 位中占 {}。";
    too_few_to_tell: "Too few to tell: on {} {} regular customers were warned of and {} were not.", "样本太少：{} 当日规律客户中 {} 位被预警，{} 位未被预警。";
    what_next: "What next (nothing of this was stored)", "下一步（以上内容均未保存）";
    next_init: "a workspace with these rules, in your currency", "新建工作区（含这些规则，币种按实际填写）";
    next_import: "the list into its book", "导入清单";
    next_clock: "an old list is seen as of its last day", "旧清单按末日计算";
    next_suggest: "thresholds that fit", "写入合适的阈值";
    next_today: "what to do, and for whom", "今日待办";
    import_dry: "{}: nothing is stored, this is what would happen", "{}：试运行，未写入任何数据";
    import_done: "{}: import {}", "{}：导入编号 {}";
    import_none: "{}: nothing to store", "{}：没有可写入的数据";
    no_rows: "the file has no rows", "文件中没有数据行";
    rows_read: "rows of {} read", "读取行（{}）";
    rows_taken: "  taken as {}", "  计为{}";
    rows_rejected: "  rejected: {}", "  拒绝：{}";
    fact_line: "line {}", "第 {} 行";
    fact_recorded: "recorded", "已记录";
    fact_known: "known already", "已存在";
    fact_amended: "amended", "已更正";
    fact_conflict: "conflict", "冲突";
    fact_erased: "erased customer", "客户已清除";
    fact_rejected: "rejected", "被拒绝";
    no_facts: "no facts were sent", "没有收到任何事实";
    facts_added: "facts added", "新增事实";
    facts_known: "facts known already", "已有事实";
    facts_amended: "facts amended", "修正事实";
    conflicts: "conflicts", "冲突";
    conflicts_hint: "conflicts have known ids and other content, for example {}; the file of rejected rows names all; --amend replaces what is there",
        "冲突：编号已存在而内容不同，例如 {}；全部列在被拒绝行的文件中；--amend 以新内容替换";
    new_customers: "new customers", "新客户";
    took: "in {}", "用时 {}";
    took_nothing: "nothing was taken: every row was rejected", "没有导入任何行：全部被拒绝";
    rejects_in: "rejected rows are in {}", "被拒绝的行已写入 {}";
    rejects_like: "; {} of them like line {}:", "；其中 {} 行与第 {} 行类似：";
    warning: "warning: {}", "注意：{}";
    reverted: "{}: import {} is reverted", "{}：导入 {} 已撤销";
    revert_dry: "{}: nothing is changed, this is what reverting import {} would do", "{}：试运行，未做任何更改；撤销导入 {} 将会：";
    taken_back: "{} taken back", "撤回：{}";
    hold_again: "facts that hold again, for it had replaced them", "恢复此前被替换的事实";
    gone_before: "facts that did not hold any more", "已失效的事实";
    customers_concerned: "customers concerned", "涉及客户";
    customers_vanished: "of them listed no more: nothing else is known of them", "其中不再显示（已无任何事实）";
    repeated_rows: "import {} ({}) came later and had {} rows that the book knew already; if it knew them from this one, they go with it: import that file again afterwards",
        "之后的导入 {}（{}）有 {} 行当时已在客户簿中；若来自本次导入，会一并撤回：请随后重新导入该文件";
    nothing_to_revert: "it brought nothing that still holds", "该导入没有仍然有效的内容";
    reverted_by: "reverted {} by {}", "{} 由 {} 撤销";
    half_reverted: "reverted in part; `import revert` goes on", "撤销未完成；再次执行 `import revert` 可继续";
    no_imports: "nothing was imported yet", "尚未导入任何文件";
    import_number: "import", "导入";
    file: "file", "文件";
    rows_are: "rows are", "内容";
    started: "began", "开始";
    rows: "rows", "行数";
    taken: "taken", "计入";
    rejected: "rejected", "拒绝";
    known: "known", "已有";
    conflicts_count: "conflicts", "冲突";
    not_finished: "not finished", "未完成";
    exported: "{}{}: {}, {}", "{}{}：{}，{}";
    exported_as_of: " as of {}", "（截至 {}）";
    one_row: "{} row", "{} 行";
    many_rows: "{} rows", "{} 行";
    one_column: "{} column", "{} 列";
    many_columns: "{} columns", "{} 列";
    sample_stays: "the book has {} already; it stays as it is", "账本已有 {}，保持不变";
    graded_first: "graded for the first time", "首次评定";
    more_dimensions: "{} more dimensions: `tierhook customers show` has them all", "另有 {} 个维度，见 `tierhook customers show`";
    backed_up: "{} entries of the book are in {} ({} MiB)", "账本的 {} 个条目已备份到 {}（{} MiB）";
    backup_digest: "digest {}", "摘要 {}";
    erasures_told_by: "Who was erased since the backup is told by the file `erased` in {}. If the book was elsewhere, put its file there and restore again.",
        "备份之后被删除的客户以 {} 中的文件 erased 为准；若客户簿原在别处，请先将该文件放到此处，再重新恢复。";
    restored: "{} entries of {} are in {}", "{} 个条目已从 {} 恢复到 {}";
    stay_erased: "{} customers were left out: they had been erased", "有 {} 位客户已被删除，未恢复";
    loss_accepted: "the book in {} goes on without commits {} to {}; import again what they held", "{} 的账本将在缺少第 {} 至 {} 次提交的情况下继续使用；请重新导入其中的内容";
    missing_accepted: "the book in {} goes on without {}", "{} 的账本将在缺少以下内容的情况下继续使用：{}";
    mended: "put right", "已修复";
    more_problems: "and {} more", "另有 {} 处";
    book_sound: "{} entries are sound", "{} 个条目均正常";
    book_mended: "{} entries were put right; the book is sound", "已修复 {} 个条目，账本正常";
    sample_made: "made up {} with {}; none of them is real", "已生成 {}、{}，均为虚构";
    one_fact: "{} fact", "{} 条事实";
    many_facts: "{} facts", "{} 条事实";
    // The book.
    book_day: "book's day", "账本日期";
    book_day_note: "book's day {} ({})", "账本日期 {}（{}）";
    follows: "follows", "时钟";
    time_zone: "time zone", "时区";
    computer_day: "computer's day", "系统日期";
    newest_fact: "newest fact", "最新事实";
    none: "none", "无";
    host: "host", "服务";
    serving: "serving since {}, version {}", "自 {} 运行，版本 {}";
    not_serving: "not running; version {}", "未运行；版本 {}";
    workspace: "workspace", "工作区";
    data: "data", "数据";
    currency: "currency", "币种";
    generation: "generation", "代次";
    generation_text: "{}{}, digest {}", "{}{}，摘要 {}";
    generation_since: " since {}", "，自 {}";
    rules: "rules", "规则";
    rules_active: "{} active", "{} 条启用";
    rules_last_good: ", {} serving the last good version", "，{} 条沿用上一可用版本";
    rules_refused: ", {} refused", "，{} 条被拒绝";
    rules_disabled: ", {} disabled", "，{} 条停用";
    customers: "customers", "客户";
    facts: "facts", "事实";
    open_due: "{} open, {} due", "{} 条待办，{} 条已到期";
    open: "{} open", "{} 条未解除";
    running: "under way", "进行中";
    running_text: "other commands: {}", "其他命令：{}";
    waiting: "waiting", "等待";
    waiting_text: "{} for their evaluation", "{} 等待评定";
    grading: "grading", "评定";
    grading_text: "under way: not everybody stands as the active rules and the day want it", "进行中：尚未全部按现行规则和日期评定";
    fact_faulted: "{} faulted: what stood before stays", "{} 出错，维持原有结论";
    faults: "faults", "出错";
    faults_text: "a rule faulted for {} in the last evaluation", "最近一次评定中规则对 {} 出错";
    book_empty: "the book is empty: `tierhook import FILE --guess` or `tierhook serve --sample`",
        "账本为空：`tierhook import 文件 --guess` 或 `tierhook serve --sample`";
    // Plugins, keys, grants.
    plugin: "plugin", "插件";
    publisher: "publisher", "发布者";
    serial: "serial", "序号";
    contract: "contract", "接口版本";
    release_digest: "release", "发布摘要";
    local: "local, by nobody's signature", "本地，未经签名";
    not_verified: "not verified", "未通过验证";
    needs_fields: "needs", "需要";
    optional_fields: "can do without", "可选";
    needs_history: "looks at", "查看";
    newest: "{} (the newest {})", "{}（最新 {} 条）";
    plugin_files: "Files", "文件";
    no_plugins: "no plugins", "没有插件";
    no_plugins_hint: "`tierhook plugins install PLACE` brings one in; they stand in plugins/",
        "`tierhook plugins install 位置` 安装插件；插件位于 plugins/";
    policy_off: "signatures are not looked at: policy = \"off\" under [plugins] in tierhook.toml",
        "不检查签名：tierhook.toml 的 [plugins] 中 policy = \"off\"";
    plugin_released: "{} {} is what its publisher released", "{} {} 与其发布者发布的内容一致";
    plugin_local: "{} {} is as its manifest lists it; nobody signed it", "{} {} 与其清单一致；未经签名";
    plugin_not_looked_at: "{} {} is as its manifest lists it; its signature was not looked at", "{} {} 与其清单一致；未检查签名";
    plugin_installed: "{} {} is installed in {}", "{} {} 已安装到 {}";
    plugin_lacks_grants: "{} is in place, and decides nothing until it may see that: run the command above, or install it again with --grant",
        "{} 已就位，但获得授权前不参与判定：请运行上面的命令，或加上 --grant 重新安装";
    plugin_not_fit: "{} is in place, but not fit to run as it is: see the error above; `tierhook plugins list` shows it",
        "{} 已就位，但目前不能运行：请见上面的错误；`tierhook plugins list` 可查看";
    plugin_shares: "{} is decided by the first of these rules that has a word: {}; `order` under [rules.NAME] in rules.toml puts another first",
        "维度 {} 由以下规则依次判定，取第一条有结论的：{}；在 rules.toml 的 [rules.规则名] 下用 `order` 可调整先后";
    plugins_stopped: "stopped by this, and decides nothing any more: {}", "因此停止运行，不再参与判定：{}";
    plugin_replaced: "it replaces {} (serial {})", "替换了 {}（序号 {}）";
    plugin_uninstalled: "{} is gone from {}", "{} 已从 {} 移除";
    grants_left: "what it was granted is left; `tierhook grants revoke {}` takes it away",
        "其授权仍保留；`tierhook grants revoke {}` 可撤销";
    granted_now: "granted: {}", "已授权：{}";
    granted_fields: "sees", "可见字段";
    granted_clear: "sees in clear", "可见明文";
    granted_history: "looks at", "可查看";
    not_installed: "not installed", "未安装";
    plugin_signed: "{} {} (serial {}) is signed", "{} {}（序号 {}）已签名";
    listed_anew: "[plugin.files] in plugin.toml is brought up to date", "plugin.toml 的 [plugin.files] 已更新";
    signature: "signature", "签名";
    public_key: "public key", "公钥";
    plugin_packed: "{} is written, {}", "{} 已写入，{}";
    packed_unsigned: "it is not signed; sign it, then pack it again", "未签名；请签名后重新打包";
    key_made: "{} holds the secret key: keep it to yourself, and a copy of it in a safe place",
        "{} 保存私钥：请勿泄露，并另存一份备份";
    key_hint: "whoever is to trust it runs `tierhook keys trust NAME {}`", "信任者执行 `tierhook keys trust 名称 {}`";
    key: "key", "密钥";
    key_number: "number", "编号";
    trusted: "trusted", "受信任";
    revoked: "revoked", "已吊销";
    revoked_release: "revoked release {}", "已吊销的发布 {}";
    no_keys: "no key is trusted", "没有受信任的密钥";
    no_keys_hint: "`tierhook keys trust NAME KEY` trusts whoever signs with it", "`tierhook keys trust 名称 密钥` 信任其签名者";
    signed_by_unknown: "signed, by whom is not looked at", "已签名，未核对签名者";
    plugin_made: "{} is a new plugin that builds as it is", "{} 是可直接构建的新插件";
    own_fields: "the company's own fields are read where they are granted: {}", "企业自有字段（授权后可读）：{}";
    change_first: "change {}, plugin.toml and cases.toml to what you want", "按需修改 {}、plugin.toml 和 cases.toml";
    plugin_building: "building {}: the first time takes a minute", "正在构建 {}：首次约需一分钟";
    plugin_built: "{} is built, {}", "{} 已构建，{}";
    with_serial: "{} (serial {})", "{}（序号 {}）";
    signature_stale: "plugin.sig is of an earlier build: sign it again", "plugin.sig 属于之前的构建：请重新签名";
    component_older: "the sources were changed after plugin.wasm was built; what is tested is plugin.wasm",
        "源代码在 plugin.wasm 构建之后有改动；测试的是 plugin.wasm";
    no_plugin_cases: "there is no case; write cases.toml", "没有用例；请编写 cases.toml";
    tested_alone: "dimensions and fields were those of a new workspace; --workspace DIR takes another's",
        "使用新工作区的维度和字段；--workspace 目录 可改用其他工作区的";
    tested_with: "dimensions and fields were those of {}", "使用 {} 的维度和字段";
    reads_by_hook: "Reads by hook", "各钩子读取";
    hook: "hook", "钩子";
    component: "Component", "组件";
    size: "size", "大小";
    modules: "modules", "模块数";
    exports: "exports", "导出";
    imports: "imports", "导入";
    code_reads: "code reads", "代码读取";
    code_says_nothing: "it does not say: it was not made with the Rust SDK", "未说明：不是用 Rust SDK 构建的";
    code_history: "history of {}", "{} 的历史";
    code_parameter: "parameter {}", "参数 {}";
    limits: "Limits", "限制";
    limits_heavy: "Limits of a heavy plugin", "限制（heavy 插件）";
    limit_fuel: "instructions", "指令数";
    limit_time: "time", "时间";
    limit_memory: "memory", "内存";
    limit_compile: "compiling", "编译";
    limit_answer: "answers", "应答";
    limit_log: "log", "日志";
    per_record_and_batch: "{} a record and {} a batch", "每条记录 {}，每批 {}";
    ms_per_record_and_batch: "{} ms a record and {} ms a batch", "每条记录 {} 毫秒，每批 {} 毫秒";
    milliseconds: "{} ms", "{} 毫秒";
    answer_per_record: "{} reasons and {} a record", "每条记录 {} 条原因、{}";
    per_record: "{} a record", "每条记录 {}";
    next: "next:", "下一步：";
    // Dimensions.
    no_dimensions: "no dimensions", "没有维度";
    no_dimensions_hint: "scripts/dimensions.toml defines them", "在 scripts/dimensions.toml 中定义";
    file_changed: "{} is changed", "{} 已修改";
    class_name: "name", "名称";
    dimensions_now: "the dimensions are now: {}", "现有维度：{}";
    decided_how: "{}; decided by {}", "{}；由 {} 决定";
    decided_by_none: "{}; no rule decides", "{}；没有规则决定";
    class: "class", "类别";
    from_points: "from", "起点";
    icon: "icon", "图标";
    colour: "colour", "颜色";
    not_rated: "unrated", "未评级";
    all_unrated: "unrated: {}", "未评级：{}";
    // Fields.
    no_fields: "no fields in this group", "该组没有字段";
    field: "field", "字段";
    ty: "type", "类型";
    unit: "unit", "单位";
    label: "label", "级别";
    meaning: "meaning", "含义";
    used_by: "used by", "使用者";
    fields_hint: "--json tells how each is computed, and when it is missing", "--json 给出计算方法和缺失条件";
    // Rules.
    no_rules: "no rules", "没有规则";
    no_rules_hint: "put scripts into scripts/, or write a workspace with `tierhook init DIR`",
        "将脚本放入 scripts/，或用 `tierhook init 目录` 新建工作区";
    rule: "rule", "规则";
    version: "version", "版本";
    hooks: "hooks", "钩子";
    decides: "decides", "决定";
    reads_count: "reads", "读取";
    operations: "operations", "操作数";
    used_of: "{} of {}", "{} / {}";
    what_for: "what for", "用途";
    cases: "cases", "用例";
    rules_generation: "generation {}, digest {}", "代次 {}，摘要 {}";
    fit: "fit to run", "可以运行";
    not_fit: "not fit to run", "不可运行";
    verdict: "{}: {}, {}, {}", "{}：{}，{}，{}";
    one_rule: "{} rule", "{} 条规则";
    many_rules: "{} rules", "{} 条规则";
    one_dimension: "{} dimension", "{} 个维度";
    many_dimensions: "{} dimensions", "{} 个维度";
    one_case: "{} case passed", "{} 个用例通过";
    many_cases: "{} cases passed", "{} 个用例通过";
    no_suggestions: "no parameter says what part of the customers it stands for", "没有参数声明其对应的客户比例";
    no_suggestions_hint: "a manifest says so with suggest = { field = \"net_revenue_365d\", top = 0.1 }",
        "在清单中写 suggest = { field = \"net_revenue_365d\", top = 0.1 }";
    parameter: "parameter", "参数";
    segment: "for", "客户";
    value_now: "now", "现值";
    value_suggested: "suggested", "建议值";
    reached_by: "reached by", "达到者";
    wanted: "wanted", "目标";
    measured_by: "by", "依据";
    or_more: "{}, or more", "{} 及以上";
    or_less: "{}, or less", "{} 及以下";
    no_value: "- where too few customers are known, or all of them have the same value", "- 表示已知客户太少，或数值全部相同";
    what_it_does: "What it does to the customers who can be graded", "对可评定客户的影响";
    suggestions_written: "written into rules.toml; a running host takes it from there, other commands do with the next one",
        "已写入 rules.toml；运行中的服务自动生效，否则下一条命令起生效";
    suggestions_hint: "nothing is changed; `tierhook rules suggest --write` puts the suggested values into rules.toml",
        "未作更改；`tierhook rules suggest --write` 将建议值写入 rules.toml";
    suggestions_none: "nothing can be suggested: too little is known of these customers", "无法给出建议：对这些客户所知太少";
    suggestions_hold: "the values fit the book as they are", "现有参数值适合本账本";
    no_cases: "no cases", "没有用例";
    no_cases_hint: "cases stand in <rule>.cases.toml beside the script; those of rules that are switched off are not run", "用例写在脚本旁的 <规则>.cases.toml 中；已停用的规则不运行用例";
    pass: "pass", "通过";
    fail: "FAIL", "失败";
    in_file: "in {}", "见 {}";
    passed_failed: "{} passed, {} failed", "{} 个通过，{} 个失败";
    error: "error", "错误";
    error_mark: "error:", "错误:";
    hint_mark: "hint:", "提示:";
    problem_warning: "warning", "警告";
}

impl Words {
    /// The words of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &EN,
            Language::Zh => &ZH,
        }
    }

    /// What went wrong, or what to do about it, as far as there are words for it.
    pub(crate) fn said(&self, text: &str) -> String {
        if std::ptr::eq(self, &ZH) { in_chinese(text) } else { text.to_owned() }
    }

    fn pick(&self, en: &'static str, zh: &'static str) -> &'static str {
        if std::ptr::eq(self, &ZH) { zh } else { en }
    }

    /// A class where there is no room for both: in Chinese its name, unless that only says more than its id. Commands
    /// take ids, so English, in which ids are words, shows those.
    pub(crate) fn class<'a>(&self, id: &'a str, name: &'a str) -> &'a str {
        if std::ptr::eq(self, &ZH) && !name.is_empty() && !name.starts_with(id) { name } else { id }
    }

    /// What brought a move about.
    pub(crate) fn move_cause(&self, cause: MoveCause) -> &'static str {
        match cause {
            MoveCause::Initial => self.pick("first grading", "首次评定"),
            MoveCause::Fact => self.pick("new facts", "新事实"),
            MoveCause::Time => self.pick("time", "时间推移"),
            MoveCause::Rules => self.pick("new rules", "规则变更"),
            MoveCause::Override => self.pick("a person's word or its end", "人工定级或其到期"),
            MoveCause::Asked => self.pick("asked for", "手动评定"),
            MoveCause::Import => self.pick("import", "导入"),
            MoveCause::Clock => self.pick("clock set", "时钟调整"),
            MoveCause::Merge => self.pick("merge", "合并客户"),
            MoveCause::Revert => self.pick("import reverted", "撤销导入"),
        }
    }

    /// How bad a warning is.
    pub(crate) fn severity_name(&self, severity: Severity) -> &'static str {
        match severity {
            Severity::Low => self.pick("low", "低"),
            Severity::Medium => self.pick("medium", "中"),
            Severity::High => self.pick("high", "高"),
        }
    }

    /// What a clock is called. `is_without` tells that the book has no facts that a clock could follow.
    pub(crate) fn clock(&self, mode: ClockMode, is_without: bool) -> &'static str {
        match mode {
            ClockMode::LastFact if is_without => {
                self.pick("clock of the last fact, none yet: the computer's day", "随最新事实；尚无事实，暂用系统日期")
            }
            ClockMode::System => self.pick("system clock", "系统时钟"),
            ClockMode::Fixed => self.pick("fixed clock", "固定日期"),
            ClockMode::LastFact => self.pick("clock of the last fact", "随最新事实"),
        }
    }

    /// What a clock follows. `is_without` tells that the book has no facts that a clock could follow.
    pub(crate) fn clock_follows(&self, mode: ClockMode, is_without: bool) -> &'static str {
        match mode {
            ClockMode::LastFact if is_without => self.pick(
                "the newest fact; until there is one, the computer's clock",
                "随最新事实；尚无事实，暂随系统时钟",
            ),
            ClockMode::System => self.pick("the computer's clock", "系统时钟"),
            ClockMode::Fixed => self.pick("nothing; it was set", "固定日期"),
            ClockMode::LastFact => self.pick("the newest fact", "随最新事实"),
        }
    }

    /// How the words of several rules are put together.
    pub(crate) fn combination(&self, combination: Combination) -> &'static str {
        match combination {
            Combination::First => self.pick("the first rule with a word on it", "以首个给出结论的规则为准"),
            Combination::Points => self.pick("by points", "按计分"),
            Combination::Best => self.pick("the best class of any rule", "取最好的类别"),
            Combination::Worst => self.pick("the worst class of any rule", "取最差的类别"),
        }
    }

    /// A group of fields.
    pub(crate) fn field_group(&self, group: FieldGroup) -> &'static str {
        match group {
            FieldGroup::Profile => self.profile,
            FieldGroup::Feature => self.features,
            FieldGroup::Measure => self.measures,
            FieldGroup::Custom => self.custom_fields,
            FieldGroup::Standing => self.standing,
            FieldGroup::Class => self.class_group,
        }
    }

    /// The unit of a field.
    pub(crate) fn unit_name(&self, unit: Unit) -> &'static str {
        match unit {
            Unit::None => "",
            Unit::Days => self.pick("days", "天"),
            Unit::Money => self.pick("money", "金额"),
            Unit::Count => self.pick("count", "计数"),
            Unit::Ratio => self.pick("ratio", "比率"),
            Unit::Points => self.pick("points", "分"),
        }
    }

    /// How carefully a field has to be treated.
    pub(crate) fn label_name(&self, label: Label) -> &'static str {
        match label {
            Label::Public => self.pick("public", "公开"),
            Label::Internal => self.pick("internal", "内部"),
            Label::Pii => self.pick("pii", "个人信息"),
            Label::Sensitive => self.pick("sensitive", "敏感"),
        }
    }

    /// How a rule stands.
    pub(crate) fn rule_state(&self, state: RuleState) -> &'static str {
        match state {
            RuleState::Active => self.pick("active", "启用"),
            RuleState::LastGood => self.pick("last good", "沿用旧版"),
            RuleState::Refused => self.pick("refused", "被拒绝"),
            RuleState::Disabled => self.pick("disabled", "停用"),
        }
    }

    /// A key of a mapping, for people; the Chinese name stands before it, since mappings are written in English.
    pub(crate) fn mapping_key(&self, key: &str) -> String {
        let zh = match key {
            "customer" => "客户",
            "id" => "编号",
            "at" => "日期",
            "amount" | "line.amount" => "金额",
            "currency" => "币种",
            "channel" => "渠道",
            "cancellation" => "取消",
            "refund" => "退款",
            "reject" => "不计的行",
            "line.product" => "商品",
            "line.name" => "商品名称",
            "line.category" => "品类",
            "line.quantity" => "数量",
            "line.unit_price" => "单价",
            "line.is_goods" => "是否商品",
            "name" | "fields.name" => "姓名",
            "phones" | "fields.phones" => "电话",
            "fields.company" => "公司",
            "fields.emails" => "邮箱",
            "fields.handles" => "微信等",
            "fields.region" => "地区",
            "fields.address" => "地址",
            _ => "",
        };
        if zh.is_empty() || std::ptr::eq(self, &EN) { key.to_owned() } else { format!("{zh} {key}") }
    }

    /// A state, channel, cause or reason of closing that the host tells as a code; any other text stays as it is.
    pub(crate) fn code<'a>(&self, code: &'a str) -> &'a str {
        match code {
            "open" => self.pick("open", "待处理"),
            "snoozed" => self.pick("snoozed until", "推迟至"),
            "acknowledged" => self.pick("acknowledged", "已受理"),
            "done" => self.pick("done", "已完成"),
            "resolved" => self.pick("resolved", "已挽回"),
            "lost" => self.pick("lost", "已流失"),
            "false-alarm" => self.pick("false alarm", "误报"),
            "withdrawn" => self.pick("withdrawn", "已撤销"),
            "reason-gone" => self.pick("its reason is gone", "原因已消失"),
            "rule-retired" => self.pick("its rule is retired", "规则已停用"),
            "new-cycle" => self.pick("a new cycle began", "已进入新周期"),
            "call" => self.pick("call", "电话"),
            "visit" => self.pick("visit", "拜访"),
            "email" => self.pick("email", "邮件"),
            "chat" => self.pick("chat", "在线沟通"),
            "quality" => self.pick("quality", "质量"),
            "service" => self.pick("service", "服务"),
            "price" => self.pick("price", "价格"),
            "competitor" => self.pick("competitor", "竞争对手"),
            "moved" => self.pick("moved", "搬迁"),
            "other" => self.pick("other", "其他"),
            "no customer" => self.pick("no customer", "没有客户"),
            "contacts" => self.pick("contacts", "联系人"),
            "customers" => self.pick("customers", "客户"),
            "orders" => self.pick("orders", "订单"),
            "interactions" => self.pick("interactions", "互动"),
            "feedback" => self.pick("feedback", "反馈"),
            "lines" => self.pick("lines", "订单行"),
            "refunds" => self.pick("refunds", "退款"),
            "measures" => self.pick("measures", "指标"),
            "assignments" => self.pick("assignments", "分类"),
            "follow-ups" => self.pick("follow-ups", "跟进"),
            "warnings" => self.pick("warnings", "预警"),
            other => other,
        }
    }
}

/// The code of a cause that is typed as it is shown in either language; any other word stays as it is.
pub(crate) fn cause(typed: String) -> String {
    let shown =
        |code: &&&str| [EN.code(code), ZH.code(code)].iter().any(|name| name.eq_ignore_ascii_case(typed.trim()));
    CAUSES.iter().find(shown).map_or(typed.clone(), |code| (*code).to_owned())
}

/// Puts values where a text has `{}`, in order.
pub(crate) fn fill(text: &str, values: &[&dyn Display]) -> String {
    let mut parts = text.split("{}");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for (at, part) in parts.enumerate() {
        if let Some(value) = values.get(at) {
            filled.push_str(&value.to_string());
        }
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_same_values_in_both_languages() {
        for (en, zh) in ALL {
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
        }
    }

    #[test]
    fn values_go_where_they_belong() {
        assert_eq!(fill(EN.listed, &[&3, &"4,338 customers"]), "3 of 4,338 customers; --limit N lists more");
        assert_eq!(fill("a {} b {}", &[&"{}"]), "a {} b ");
    }

    #[test]
    fn a_cause_is_typed_as_it_is_shown() {
        for (typed, code) in [("价格", "price"), ("Price", "price"), ("竞争对手", "competitor"), ("too-far", "too-far")]
        {
            assert_eq!(cause(typed.to_owned()), code);
        }
        for code in CAUSES {
            assert_eq!(cause(ZH.code(code).to_owned()), code, "two causes are called the same");
        }
    }

    #[test]
    fn a_class_is_shown_by_its_name_where_its_id_is_foreign() {
        assert_eq!(
            [EN.class("low", "Low value"), ZH.class("low", "低价值"), ZH.class("A", "A级：重点客户")],
            ["low", "低价值", "A"]
        );
    }
}
