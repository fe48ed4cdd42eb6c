//! What goes wrong, in Chinese.
//!
//! Messages and hints are made in English where they arise, and programs get them so. For people each sentence has its
//! Chinese one here, by the English as it stands in the sources, with `{}` where a value goes. A test holds the two
//! together: a sentence that is worded anew has to be worded anew here. What has none stays in English.

/// The sentences. Values go in the same order in both.
const SENTENCES: &[(&str, &str)] = &[
    ("cannot read {}", "无法读取 {}"),
    ("cannot write {}", "无法写入 {}"),
    (" in {}", "（地区 {}）"),
    // Whom and what is meant.
    ("there is no customer `{}`", "没有客户 `{}`"),
    ("`tierhook customers search {}` looks everywhere", "`tierhook customers search {}` 可全面搜索"),
    ("`tierhook customers search {}` lists more", "`tierhook customers search {}` 列出更多"),
    ("`{}` may be any of {} customers", "`{}` 可能指 {} 位客户中的任意一位"),
    ("name one of them: {}", "请指明其中一位：{}"),
    ("several customers have the id `{}`", "有多位客户的编号为 `{}`"),
    ("name one as {}", "请写成 {}"),
    ("there is no customer with the id `{}`", "没有编号为 `{}` 的客户"),
    ("there is nothing to look for", "没有要查找的内容"),
    ("give a part of a name, of a number or of a handle", "请给出姓名、号码或账号的一部分"),
    ("`{}` is no place in this list", "`{}` 不是此列表中的位置"),
    (
        "give `--after` as the page before printed it, and the same `--sort`",
        "请按上一页给出的内容填写 `--after`，并使用相同的 `--sort`",
    ),
    ("there is no dimension `{}`", "没有维度 `{}`"),
    ("dimension `{}` has no class `{}`", "维度 `{}` 没有等级 `{}`"),
    ("there is no class `{}` on dimension `{}`; known: {}", "维度中没有等级 `{}`（维度 `{}`）；已有：{}"),
    ("there is no field `{}`", "没有字段 `{}`"),
    ("did you mean `{}`? `tierhook fields` lists them all", "是否指 `{}`？`tierhook fields` 列出全部字段"),
    ("did you mean `{}`?", "是否指 `{}`？"),
    ("`tierhook fields` lists them all", "`tierhook fields` 列出全部字段"),
    ("`{}` is `{}` now", "`{}` 现为 `{}`"),
    ("it has {}, unrated", "可选：{}、unrated"),
    ("there are {}", "可选：{}"),
    ("`{}` is of type {} and takes {}, not `{}`", "`{}` 的类型为 {}，应填 {}，不能是 `{}`"),
    ("a text", "文字"),
    ("a whole number", "整数"),
    ("a number", "数字"),
    ("an amount", "金额"),
    ("yes or no", "yes 或 no"),
    ("a day", "日期"),
    ("a list of texts", "若干文字"),
    ("`{}` is of type {} and cannot be compared with {}", "`{}` 的类型为 {}，不能用 {} 比较"),
    ("it can be with {}", "可用：{}"),
    ("write it like {}{}{}", "请写成 {}{}{}"),
    (
        "`{}` is no condition; write field>=value, for example net_revenue_365d>=1000 (=, !=, <, <=, >, >=, ~)",
        "`{}` 不是条件；请写 字段>=值，例如 net_revenue_365d>=1000（可用 =、!=、<、<=、>、>=、~）",
    ),
    ("the clock cannot be set to {}", "时钟不能设为 {}"),
    (
        "set it to a day in the years 1900 to 2199: what happens is taken from those",
        "请设为 1900 至 2199 年间的日期：账本只收这些年份的事",
    ),
    ("there is no folder {} for the data directory", "数据目录所在的文件夹 {} 不存在"),
    ("check what stands behind --data, or make the folder", "请检查 --data 的路径，或先建好该文件夹"),
    // Entering and editing.
    ("`{}` cannot be an id: an id has no spaces and no colon", "`{}` 不能作编号：编号不含空格和冒号"),
    (
        "choose one like 1001 or shop-7; a name goes with --set name=...",
        "请用 1001 或 shop-7 之类的编号；姓名请用 --set name=...",
    ),
    ("there is a customer `{}` already: {}", "已有客户 `{}`：{}"),
    (
        "`tierhook customers edit {} --set FIELD=VALUE` changes it",
        "修改请用 `tierhook customers edit {} --set 字段=值`",
    ),
    ("{} was erased on {}, and stays so", "{} 已于 {} 删除，不再恢复"),
    ("enter the customer under another id", "请用其他编号录入该客户"),
    ("{} was not recorded; try again", "{} 未能记录，请重试"),
    ("nobody is named who is to be handed over", "没有指明要转交的客户"),
    ("`{}` is a customer, and nobody's owner so far", "`{}` 是客户，目前不是任何人的负责人"),
    (
        "name the owner last, or with --owner; `customers edit CUSTOMER --set owner=NAME` takes any name",
        "请把负责人写在最后，或用 --owner；`customers edit 客户 --set owner=姓名` 可填任意姓名",
    ),
    ("`{}` is named twice", "`{}` 写了两次"),
    ("name each field once", "每个字段只写一次"),
    ("`{}` takes yes or no, not `{}`", "`{}` 只能是 yes 或 no，不能是 `{}`"),
    ("write it like {}=no", "请写成 {}=no"),
    ("`{}` gets no value", "`{}` 没有值"),
    ("--clear {} takes a value away", "清除请用 --clear {}"),
    ("`{}` is no telephone number", "`{}` 不是电话号码"),
    (
        "write `{}` like 13812345678, 0571-88886666 or +49 30 901820",
        "`{}` 请写成 13812345678、0571-88886666 或 +49 30 901820",
    ),
    ("`{}` cannot be edited", "`{}` 不能修改"),
    (
        "it is computed; `tierhook fields --group profile` lists what can be edited",
        "它由系统计算；`tierhook fields --group profile` 列出可修改的字段",
    ),
    ("an id stays as it is", "编号不可更改"),
    ("`tierhook customers set-class` puts a customer in a class", "人工定级请用 `tierhook customers set-class`"),
    ("an owner has a name", "负责人需要有姓名"),
    ("--nobody takes the owner away", "取消负责人请用 --nobody"),
    ("`{}` is no tag: a tag has letters and no comma", "`{}` 不是标签：标签需有文字且不含逗号"),
    ("give several by --add one --add another", "多个标签请写 --add 甲 --add 乙"),
    ("{} has no contact `{}`", "{} 没有联系人 `{}`"),
    (
        "`tierhook customers contact {} --id {} --name NAME` adds one",
        "新增请用 `tierhook customers contact {} --id {} --name 姓名`",
    ),
    ("a contact has an id", "联系人需要编号"),
    ("choose one, for example --id k1", "请指定，例如 --id k1"),
    ("the contact `{}` has no name", "联系人 `{}` 没有姓名"),
    ("add --name, for example --name 王芳", "请加上 --name，例如 --name 王芳"),
    ("nothing that is known of {} was so on {} yet", "{} 的已知信息在 {} 时尚不存在"),
    // What happened, and what is to be done.
    ("{} is still to come: the book's day is {}", "{} 尚未到来：账本日期为 {}"),
    ("`tierhook follow-ups add` notes what is to be done", "待办事项请用 `tierhook follow-ups add`"),
    ("{} is before {}: was it mistyped?", "{} 早于 {}：是否输错？"),
    (
        "how satisfied a customer is, is a score from 1 (not at all) to 5 (very)",
        "满意度为 1（很不满意）至 5（很满意）的评分",
    ),
    ("add it, for example --score 4.5", "请加上，例如 --score 4.5"),
    ("a remark without words says nothing", "留言需要有内容"),
    ("a reminder without words says nothing", "提醒需要有内容"),
    ("{} does not go with `{}`", "{} 不能与 `{}` 同用"),
    ("it goes with {}", "可用于：{}"),
    ("a measure is a number and has no words", "指标是数字，没有文字"),
    ("a measure has a name and a value", "指标需要名称和数值"),
    ("there is no measure `{}`", "没有指标 `{}`"),
    ("there are {}; scripts/fields.toml declares more", "已有：{}；更多请在 scripts/fields.toml 中声明"),
    ("{} has no open complaint `{}`", "{} 没有未解决的投诉 `{}`"),
    ("{} has no open complaint", "{} 没有未解决的投诉"),
    ("the complaint `{}` is of {}: it was not settled on {}", "投诉 `{}` 发生于 {}，不可能在 {} 已解决"),
    ("leave --on out, or give the day on which it was settled", "请去掉 --on，或填写实际解决的日期"),
    ("{} has several open complaints", "{} 有多件未解决的投诉"),
    ("open are {}; name one with --complaint ID", "未解决：{}；请用 --complaint 编号 指明"),
    ("there is no follow-up {}", "没有跟进 {}"),
    (
        "`tierhook follow-ups list --customer CUSTOMER` shows a customer's",
        "`tierhook follow-ups list --customer 客户` 可查看",
    ),
    ("there is no warning {}", "没有预警 {}"),
    (
        "`tierhook warnings list --customer CUSTOMER` shows a customer's",
        "`tierhook warnings list --customer 客户` 可查看",
    ),
    ("{} is closed already ({})", "{} 已关闭（{}）"),
    ("`{}` is no cause that can be noted with {}", "`{}` 不是可记录的原因（{}）"),
    ("{} is too early, for the book's day is {}; choose a later day", "{} 太早，账本日期为 {}；请选更晚的日期"),
    (
        "`{}` is not the id of a {}; it looks like {}12-3, and `tierhook {}s list` shows it",
        "`{}` 不是编号（{}）；其形式如 {}12-3，可用 `tierhook {}s list` 查看",
    ),
    // Merging, erasing, reverting.
    ("{} cannot be merged into itself; name two customers", "{} 不能与自身合并；请指明两位客户"),
    (
        "{} is not merged into another customer; name the one that was the duplicate",
        "{} 未被合并；请指明被合并的重复客户",
    ),
    (
        "there is no import {}; `tierhook import list` shows them all",
        "没有第 {} 次导入；`tierhook import list` 列出全部",
    ),
    ("import {} was reverted already, by {} at {}", "第 {} 次导入已由 {} 于 {} 撤销"),
    (
        "an erasure takes an id or a number as C12; without --yes it says whose it is",
        "删除需要编号或 C12 之类的序号；不加 --yes 时只显示是谁",
    ),
    ("an erasure needs a reason: it is kept when the person is not", "删除需要理由：人删除后理由仍保留"),
    ("for example --why \"request 17 of 2026-03-01\", without names", "例如 --why \"2026-03-01 第17号申请\"，不写姓名"),
    ("the reason names the person, and it is kept when the person is not", "理由中有此人姓名，而理由在删除后仍保留"),
    (
        "name the request instead, for example --why \"request 17 of 2026-03-01\"",
        "请改写申请编号，例如 --why \"2026-03-01 第17号申请\"",
    ),
    // Explaining and exporting.
    ("no decision on {} was kept up to {}", "{} 在 {} 之前没有保留的结论"),
    ("without --as-of, what stands now is explained", "不加 --as-of 则解释当前结论"),
    ("--fields goes with `export customers`, not with {}", "--fields 只用于 `export customers`，不用于 {}"),
    ("leave --fields out: all columns are written", "请去掉 --fields：会写出所有列"),
    ("{} are exported as they stand now", "{} 只能按当前状态导出"),
    (
        "leave --as-of out; decisions of the past are in `tierhook explain CUSTOMER --as-of DAY`",
        "请去掉 --as-of；过去的结论见 `tierhook explain 客户 --as-of 日期`",
    ),
    ("{} is there already", "{} 已存在"),
    ("name another file", "请换一个文件名"),
    // Lists.
    ("an import needs a mapping that says what each column is", "导入需要映射文件，说明每一列的含义"),
    (
        "`tierhook import FILE --guess` writes one; `tierhook import --help` shows what is in it",
        "`tierhook import 文件 --guess` 可自动生成；`tierhook import --help` 说明其内容",
    ),
    ("{} is a mapping of {}, not of {}", "{} 是 {} 的映射，不是 {} 的"),
    ("leave --as out, or name another mapping", "请去掉 --as，或换一个映射"),
    ("the file has no rows; give one with a header and some rows", "文件没有数据行；请给出有表头和若干行的文件"),
    (
        "this is a file of rejected rows: correct them in the list that they come from, and import that again; what is in stays as it is",
        "这是被拒绝行的文件：请在原清单中更正后重新导入；已导入的不受影响",
    ),
    (
        "none of the columns {} says who the customer is; export the list with a customer number, phone or name",
        "{} 各列均不能说明客户是谁；请导出含客户编号、电话或姓名的清单",
    ),
    (
        "none of the columns {} is {}, which {} need; name it in a mapping of your own",
        "{} 各列中没有 {}（{} 必需）；请在自己的映射中指明",
    ),
    ("an amount or a price", "金额或价格"),
    ("a date", "日期"),
    ("a person's name", "人名"),
    ("{} is there already and says something else than the guess", "{} 已存在，且内容与猜测不同"),
    (
        "import by it with --map {} and without --guess, or name another place for the guess with --map FILE",
        "请用 --map {} 而不加 --guess 导入，或用 --map 文件 把猜测写到别处",
    ),
    ("{} is a folder; name a file", "{} 是文件夹；请指明文件"),
    ("{}: `{}` names the column `{}`, but the file has no such column; {}", "{}：`{}` 所指的列 `{}` 不在文件中；{}"),
    (
        "the file is {}; save it as CSV, JSON lines or .xlsx and import that",
        "文件为 {}；请另存为 CSV、JSON lines 或 .xlsx 后导入",
    ),
    ("an old .xls workbook, or one with a password", "旧版 .xls 工作簿或加密工作簿"),
    // Rows.
    ("`{}`: `{}` is no date; {}", "`{}`：`{}` 不是日期；{}"),
    ("`{}` is no date", "`{}` 不是日期"),
    (
        "write it like 2011-12-09 or 2011-12-09 14:05:00, or name the format under `formats`",
        "请写成 2011-12-09 或 2011-12-09 14:05:00，或在 `formats` 中写明格式",
    ),
    ("the formats are {}", "可用格式：{}"),
    (
        "`{}`: `{}` is no number; write digits with `{}` before the fraction, or set `decimal` and `thousands` under `[file]`",
        "`{}`：`{}` 不是数字；请写数字，小数点用 `{}`，或在 `[file]` 下设置 `decimal` 与 `thousands`",
    ),
    ("`{}` is no number", "`{}` 不是数字"),
    ("`{}` is no number; write it like 1288.50", "`{}` 不是数字；请写成 1288.50"),
    (
        "`{}` is empty; fill it in, or say in a `[[reject]]` that such rows are left out",
        "`{}` 为空；请填写，或用 `[[reject]]` 说明不计这些行",
    ),
    ("`{}`: {}: what happened lies between the years {} and {}", "`{}`：{}：发生的年份应在 {} 至 {} 之间"),
    (
        "`{}`: `{}` is what a spreadsheet made of a longer number, and its digits are lost; format the column as text in Excel and export again",
        "`{}`：`{}` 是表格软件改写的长号码，位数已丢失；请在 Excel 中把该列设为文本后重新导出",
    ),
    (
        "`{}` is what a spreadsheet made of a number; format the column as text in Excel and export again",
        "`{}` 是表格软件改写的号码；请在 Excel 中把该列设为文本后重新导出",
    ),
    (
        "`{}` is masked; export the full numbers, or leave the phones out of the mapping",
        "`{}` 已打码；请导出完整号码，或在映射中去掉电话",
    ),
    ("`{}` has no area code; write it in front, as in 0571-88886666", "`{}` 没有区号；请写在前面，如 0571-88886666"),
    (
        "`{}` is no telephone number{}; correct it, with + and the country code if it is from abroad",
        "`{}` 不是电话号码{}；请更正，境外号码请加 + 和国家代码",
    ),
    (
        "the row has {} values for {} columns; check for a delimiter inside a value, or a missing one",
        "该行有 {} 个值，而表头有 {} 列；请检查值中是否含有分隔符或缺少分隔符",
    ),
    ("the row has too many or too few values", "该行的值过多或过少"),
    (
        "id `{}` is on line {} with other content; an id may stand once",
        "编号 `{}` 已在第 {} 行出现且内容不同；编号只能出现一次",
    ),
    ("the id is used twice", "编号重复"),
    ("the line is below 0", "该行小于 0"),
    ("{} is too large", "{} 过大"),
    ("the amount is too large", "金额过大"),
    ("the customer was erased on {}; the row is left out", "该客户已于 {} 删除；此行不计"),
    // Facts one by one.
    ("`id` is missing", "缺少 `id`"),
    ("`at` is {}, which is still to come: the book's day is {}", "`at` 为 {}，尚未到来：账本日期为 {}"),
    ("send what people are or want when it is so", "人的情况与意愿请在生效时发送"),
    ("the customer was erased on {}, and stays so; nothing was stored", "该客户已于 {} 删除，不再恢复；未保存任何内容"),
    (
        "send it with --amend if this one is right; a fact of its own needs an id of its own",
        "若以此为准请加 --amend；另一件事请用另一个编号",
    ),
    ("there are no facts: nothing was sent", "没有收到任何事实"),
    // The book and its host.
    (
        "another process has the book in {} open; stop it, or work through it",
        "另一进程已打开 {} 中的账本；请停止它，或通过它操作",
    ),
    ("process {} serves this book already", "进程 {} 已在服务此账本"),
    ("stop it first; other commands go to it by themselves", "请先停止它；其他命令会自动通过它执行"),
    (
        "the book in {} is damaged ({}); move the folder away and restore a backup",
        "{} 中的账本已损坏（{}）；请移开该文件夹并恢复备份",
    ),
    (
        "there is no room on the disk of the data folder {} ({}); free some space, or raise the limit on the size of files, and open the book again",
        "数据文件夹 {} 所在磁盘已满（{}）；请清理空间或提高文件大小限制后重新打开",
    ),
    (
        "{} may not be written to ({}); give the user that runs tierhook write access to it, or name another data folder",
        "{} 不可写（{}）；请给运行 tierhook 的用户写权限，或指定其他数据文件夹",
    ),
    ("there is a book in {} already", "{} 中已有账本"),
    ("move {} away, or name another data directory with --data", "请移开 {}，或用 --data 指定其他数据目录"),
    ("{} is no workspace: it has neither {} nor scripts/", "{} 不是工作区：既没有 {} 也没有 scripts/"),
    (
        "name one with --workspace DIR, or write a new one with `tierhook init DIR`",
        "请用 --workspace 目录 指明，或用 `tierhook init 目录` 新建",
    ),
    ("{} has {} already; nothing was written", "{} 中已有 {}；未写入任何内容"),
    ("choose another folder, or move what is there away", "请换一个文件夹，或移开已有内容"),
    ("the host is stopping", "服务正在停止"),
    ("the host does not answer", "服务没有应答"),
    ("look at the host's log, or start it again", "请查看服务日志，或重新启动"),
    (
        "the host stopped before it answered; whether the command was carried out is not known",
        "服务在应答前已停止；不确定命令是否已执行",
    ),
    ("there is no rule `{}` in scripts/", "scripts/ 中没有规则 `{}`"),
    ("`tierhook rules list` shows them", "`tierhook rules list` 可查看"),
    ("see to the permissions of the folder and to the room on the disk", "请检查文件夹权限与磁盘空间"),
    ("`{}` is not a day; write YYYY-MM-DD, for example 2026-03-09", "`{}` 不是日期；请写 YYYY-MM-DD，例如 2026-03-09"),
];

/// How deep a sentence may stand within another.
const DEPTH: usize = 5;

/// Says a message or hint in Chinese; as it is if there is no sentence for it.
pub(crate) fn in_chinese(text: &str) -> String {
    said(text, DEPTH).unwrap_or_else(|| text.to_owned())
}

fn said(text: &str, depth: usize) -> Option<String> {
    let found = SENTENCES.iter().filter_map(|(en, zh)| Some((en, zh, values(en, text)?)));
    // The one that says most itself.
    if let Some((_, zh, values)) = found.max_by_key(|(en, ..)| en.len()) {
        let values: Vec<String> = values
            .into_iter()
            .map(|value| if depth > 0 { said(value, depth - 1) } else { None }.unwrap_or_else(|| value.to_owned()))
            .collect();
        let values: Vec<&dyn std::fmt::Display> = values.iter().map(|value| value as _).collect();
        return Some(crate::word::fill(zh, &values));
    }
    // What was being done, or where, stands before what happened.
    let (place, what) = text.split_once(": ")?;
    let depth = depth.checked_sub(1)?;
    let (place_said, what_said) = (said(place, depth), said(what, depth));
    if place_said.is_none() && what_said.is_none() {
        return None;
    }
    let or = |said: Option<String>, text: &str| said.unwrap_or_else(|| text.to_owned());
    Some(format!("{}: {}", or(place_said, place), or(what_said, what)))
}

/// The values of a text that was made by a sentence; `None` if it was made by another.
fn values<'t>(sentence: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let mut parts = sentence.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts = parts.peekable();
    let mut values = Vec::new();
    while let Some(part) = parts.next() {
        let at = match parts.peek() {
            // The last value goes up to the end of the text.
            None => rest.len().checked_sub(part.len()).filter(|_| rest.ends_with(part))?,
            Some(_) => rest.find(part)?,
        };
        values.push(&rest[..at]);
        rest = &rest[at + part.len()..];
    }
    rest.is_empty().then_some(values)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn sentences_are_said_with_their_values() {
        for (en, zh) in [
            ("there is no customer `王 a: b`", "没有客户 `王 a: b`"),
            ("F12-3 is closed already (done)", "F12-3 已关闭（done）"),
            (
                "line 9: `金额`: `-` is no number; write digits with `.` before the fraction, or set `decimal` and `thousands` under `[file]`",
                "line 9: `金额`：`-` 不是数字；请写数字，小数点用 `.`，或在 `[file]` 下设置 `decimal` 与 `thousands`",
            ),
            (
                "none of the columns `a`, `b` is a date, which orders need; name it in a mapping of your own",
                "`a`, `b` 各列中没有 日期（orders 必需）；请在自己的映射中指明",
            ),
            ("cannot read a.csv: No such file (os error 2)", "无法读取 a.csv: No such file (os error 2)"),
            ("nobody has said this before", "nobody has said this before"),
            ("shop: nobody has said this before", "shop: nobody has said this before"),
        ] {
            assert_eq!(in_chinese(en), zh);
        }
    }

    /// What is worded anew in the sources has to be worded anew here.
    #[test]
    fn every_sentence_stands_in_the_sources() {
        let mut sources = String::new();
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/chinese.rs");
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."), &own, &mut sources);
        for (en, zh) in SENTENCES {
            assert!(
                sources.contains(&format!("\"{en}")) || sources.contains(&format!("{en}\"")),
                "not said anywhere: {en}"
            );
            assert_eq!(en.matches("{}").count(), zh.matches("{}").count(), "{en}");
            assert!(!zh.is_ascii(), "{en}");
        }
    }

    /// Reads the sources below a folder, literals on one line and values as `{}`.
    fn read(folder: &Path, own: &Path, sources: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, own, sources);
            } else if path.extension().is_some_and(|it| it == "rs") && path.canonicalize().unwrap() != *own {
                let text = fs::read_to_string(&path).unwrap();
                let mut lines = text.split("\\\n").peekable();
                sources.push_str(lines.next().unwrap_or_default());
                lines.for_each(|line| sources.push_str(line.trim_start()));
                sources.push('\n');
            }
        }
        if folder.ends_with("..") {
            *sources = plain(sources);
        }
    }

    /// Writes values as `{}`, and quotes and braces as they are printed.
    fn plain(text: &str) -> String {
        let mut plain = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('{') {
            plain.push_str(&rest[..at]);
            let inside: String =
                rest[at + 1..].chars().take_while(|c| c.is_alphanumeric() || "_.:?#<>*".contains(*c)).collect();
            rest = &rest[at + 1 + inside.len()..];
            match rest.strip_prefix('}') {
                Some(after) => {
                    plain.push_str("{}");
                    rest = after;
                }
                None => {
                    plain.push('{');
                    plain.push_str(&inside);
                }
            }
        }
        plain.push_str(rest);
        plain.replace("\\\"", "\"")
    }
}
