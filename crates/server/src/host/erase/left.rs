//! What an erasure does not reach, and whose it is to deal with.

use tierhook_engine::{OtherTrace, PersonTrace};

use super::super::Host;
use super::super::text::Texts;
use super::super::trail::FileKind;
use super::file::FileTraces;
use crate::api::LeftBehind;

/// How many places of a kind are named.
const NAMED: usize = 20;

impl Host {
    /// Lists what is left of a person.
    pub(super) fn left(&self, trace: &PersonTrace, files: &FileTraces, texts: &Texts) -> Vec<LeftBehind> {
        let mut left = Vec::new();
        let mut add = |place: String, what: (&str, &str), remedy: (&str, &str)| {
            left.push(LeftBehind {
                place,
                what: texts.pick(what.0, what.1).to_owned(),
                remedy: texts.pick(remedy.0, remedy.1).to_owned(),
            });
        };
        let named = |other: &&OtherTrace| other.mentions > 0;
        for other in trace.others.iter().filter(named).take(NAMED) {
            add(
                other.external.to_string(),
                ("words about this customer have the name", "该客户的文字记录中有此姓名"),
                (
                    "with --names it goes from there too; others may have the same name",
                    "加上 --names 一并删除；注意可能有人同名",
                ),
            );
        }
        let beyond = trace.others.iter().filter(named).count().saturating_sub(NAMED);
        if beyond > 0 {
            add(
                format!("+{beyond}"),
                ("further customers with the name in words about them", "另有客户的文字记录中有此姓名"),
                ("with --names it goes from there too", "加上 --names 一并删除"),
            );
        }
        for file in &files.written {
            match file.kind {
                FileKind::Backup => add(
                    file.path.clone(),
                    ("a backup that may hold the person", "可能含有此人数据的备份"),
                    (
                        "a restore of it leaves the person's own record out, but not what others' facts say of the \
                         person; make a new backup and destroy this one",
                        "恢复时会略过此人自己的记录，但其他客户记录中提及此人的内容会恢复；请重新备份并销毁此文件",
                    ),
                ),
                FileKind::Export => add(
                    file.path.clone(),
                    ("rows of the book that name the person", "导出的数据中有此人"),
                    ("export them again, or destroy it", "请重新导出或销毁"),
                ),
                FileKind::Copy | FileKind::Rejected => add(
                    file.path.clone(),
                    ("the copy that was made for the person", "为此人生成的数据副本"),
                    ("hand it over or destroy it", "请交付本人或销毁"),
                ),
            }
        }
        for (path, why) in &files.unreadable {
            add(
                format!("{} ({why})", path.display()),
                ("a file of rejected rows that cannot be read", "无法读取的拒绝行文件"),
                ("look into it and delete it", "请查看并删除"),
            );
        }
        for path in files.mentions.iter().take(NAMED) {
            add(
                path.display().to_string(),
                ("a file that names the person", "提到此人的文件"),
                ("take the person out by hand", "请人工删除相关内容"),
            );
        }
        if files.active_versions > 0 {
            add(
                "versions/".to_owned(),
                ("active rules whose cases name the person", "现行规则的用例中提到此人"),
                ("correct the rules on the disk, then erase again", "请修正磁盘上的规则后再次删除"),
            );
        }
        add(
            self.data.join("book").display().to_string(),
            ("freed places of the database file, until they are overwritten", "数据库文件中已释放而尚未覆盖的空间"),
            (
                "where that is not good enough: `tierhook backup`, restore into a new data directory, destroy the old one",
                "如需彻底清除：`tierhook backup` 后恢复到新的数据目录，并销毁旧目录",
            ),
        );
        add(
            texts.pick("elsewhere", "其他地方").to_owned(),
            ("the lists that were imported, exports, mails", "导入的原始文件、导出文件、邮件"),
            ("they are out of reach: delete the person there", "无法触及：请在那里删除此人"),
        );
        left
    }
}
