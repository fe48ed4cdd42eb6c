//! Redaction: cases and kept versions that speak of somebody who is erased.

use crate::archive::ArchiveError;
use crate::loader::Loader;

/// What became of the versions that speak of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ForgottenVersions {
    /// How many files are gone.
    pub removed: u64,
    /// How many stay because they are active.
    pub active: u64,
}

impl Loader {
    /// Forgets the kept versions of files in which `speaks` finds something, but for those that are active. An
    /// activation that they belonged to is forgotten with them. A loader that keeps nothing has nothing to forget.
    ///
    /// # Errors
    /// [`ArchiveError`] if the data directory cannot be read or written.
    pub fn forget_versions(&mut self, speaks: &dyn Fn(&str) -> bool) -> Result<ForgottenVersions, ArchiveError> {
        self.archive_mut().map_or(Ok(ForgottenVersions::default()), |archive| archive.purge(speaks))
    }
}

/// Leaves out the golden cases of a `<rule>.cases.toml` in which `speaks` finds something. Returns the text without
/// them and how many they were; `None` if there are none, or the rest would be no TOML.
///
/// A case reaches from its `[[case]]` to the next header that is not its own, comments before that included: they say
/// what the case is for.
pub fn without_cases(text: &str, speaks: &dyn Fn(&str) -> bool) -> Option<(String, u64)> {
    let mut blocks: Vec<(bool, String)> = vec![(false, String::new())];
    for line in text.split_inclusive('\n') {
        let header = line.trim_start();
        if header.starts_with("[[case]]") {
            let comment = trailing_comment(&mut blocks);
            blocks.push((true, comment));
        } else if header.starts_with('[') && !header.starts_with("[case.") && !header.starts_with("[[case.") {
            // A line of an array over several lines begins with a bracket too; then the block only ends early.
            let is_header = header.trim_end().ends_with(']') && !header.contains('{') && !header.contains('=');
            if is_header {
                blocks.push((false, String::new()));
            }
        }
        if let Some((_, block)) = blocks.last_mut() {
            block.push_str(line);
        }
    }
    let (gone, kept): (Vec<_>, Vec<_>) = blocks.into_iter().partition(|(is_case, block)| *is_case && speaks(block));
    let kept: String = kept.into_iter().map(|(_, block)| block).collect();
    (!gone.is_empty() && kept.parse::<toml::Table>().is_ok()).then_some((kept, gone.len() as u64))
}

/// Takes the comment lines off the end of the last block: they belong to what comes next.
fn trailing_comment(blocks: &mut [(bool, String)]) -> String {
    let Some((_, block)) = blocks.last_mut() else { return String::new() };
    let mut at = block.len();
    for line in block.split_inclusive('\n').rev().take_while(|line| line.trim_start().starts_with('#')) {
        at -= line.len();
    }
    block.split_off(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CASES: &str = "\
# What all cases pin.
[parameters]
least = 5

# As it was with Wang in March.
[[case]]
name = \"wang\"
facts = [
    { on = \"2026-01-01\", order = 1 },
]
[case.expect]
class = \"A\"

[[case]]
name = \"somebody\"
[case.expect]
class = \"B\"
";

    #[test]
    fn a_case_goes_with_its_comment_and_the_others_stay() {
        let (kept, gone) = without_cases(CASES, &|block| block.contains("wang")).unwrap();
        assert_eq!(gone, 1);
        assert_eq!(
            kept,
            "# What all cases pin.\n[parameters]\nleast = 5\n\n[[case]]\nname = \"somebody\"\n[case.expect]\nclass = \"B\"\n"
        );
        assert_eq!(without_cases(CASES, &|block| block.contains("least")), None, "only cases go");
    }

    #[test]
    fn what_would_be_no_toml_stays_as_it_is() {
        let odd = "[[case]]\nname = \"\"\"wang\n[[case]]\nx\"\"\"\n";
        assert_eq!(without_cases(odd, &|block| block.contains("wang")), None);
    }
}
