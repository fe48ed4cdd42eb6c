//! Encodings: what bytes that are not what was stated are likely to be.

use encoding_rs::{BIG5, Encoding, GBK, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use crate::row::Rejection;

/// Bytes that are no text in the encoding given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NoText {
    stated: &'static Encoding,
    likely: Option<&'static Encoding>,
}

impl NoText {
    /// The rejection of a row in which `what` is no text.
    pub(crate) fn of(self, what: &str) -> Rejection {
        let stated = self.stated.name();
        let remedy = match self.likely {
            Some(likely) => format!(
                "they look like {}: write `encoding = \"{}\"` under `[file]`",
                likely.name(),
                likely.name().to_lowercase()
            ),
            None => "name another `encoding` under `[file]`, or save the file as UTF-8".to_owned(),
        };
        Rejection::new(format!("not {stated}"), format!("{what} has bytes that are no {stated}; {remedy}"))
    }
}

/// Returns bytes as text. Those of another encoding than UTF-8 were turned into it before, with a replacement
/// character in place of what could not be turned.
pub(crate) fn as_text<'b>(bytes: &'b [u8], stated: &'static Encoding) -> Result<&'b str, NoText> {
    let foreign = stated != UTF_8;
    match std::str::from_utf8(bytes) {
        Ok(text) if !(foreign && text.contains('\u{fffd}')) => Ok(text),
        Ok(_) => Err(NoText { stated, likely: None }),
        Err(_) => Err(NoText { stated, likely: Some(likely(bytes)) }),
    }
}

/// Returns the encoding that the first bytes of a text are most likely in.
pub(crate) fn likely(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    if std::str::from_utf8(bytes).is_ok_and(|text| !text.contains('\0')) {
        return UTF_8;
    }
    let zeros = |from: usize| bytes.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    if (even + odd) * 8 > bytes.len() {
        return if odd > even { UTF_16LE } else { UTF_16BE };
    }
    let (mut sequences, mut high, mut big5_low, mut common) = (0_u32, 0_u32, 0_u32, 0_u32);
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first < 0x80 {
            continue;
        }
        sequences += 1;
        let Some((second, tail)) = tail.split_first() else { break };
        if *second >= 0x40 {
            rest = tail;
        }
        high += u32::from(*second >= 0xa1);
        big5_low += u32::from((0x40..0x7f).contains(second));
        // The most frequent characters have these first bytes in GBK.
        common += u32::from((0xb0..=0xd7).contains(first) && *second >= 0xa1);
    }
    let decodes = |encoding: &'static Encoding| !encoding.decode_without_bom_handling(bytes).1;
    // In GBK nearly every second byte is a high one; in Big5 about half are. In the west high bytes stand alone.
    if decodes(GBK) && high * 10 >= sequences * 8 && common * 2 >= sequences {
        GBK
    } else if decodes(BIG5) && (high + big5_low) * 10 >= sequences * 9 && high * 4 >= sequences {
        BIG5
    } else if decodes(GBK) && high * 2 >= sequences {
        GBK
    } else {
        WINDOWS_1252
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_by_their_bytes() {
        let simplified =
            "客户编号,姓名,手机号,下单时间,商品名称,金额\n1001,王芳,13812345678,2025-03-04,龙井茶,128.00\n";
        let traditional =
            "客戶編號,姓名,手機號碼,訂單日期,商品名稱,金額\n1001,陳怡君,0912345678,2025-03-04,烏龍茶,128\n";
        let western = "Numéro,Prénom,Total\n1,Zoë Müller,12\n2,Chloé Lefèvre,13\n";
        for text in [simplified, traditional, western, "id,total\n1,2\n"] {
            assert_eq!(likely(text.as_bytes()), UTF_8);
        }
        assert_eq!(likely(&GBK.encode(simplified).0), GBK);
        assert_eq!(likely(&BIG5.encode(traditional).0), BIG5);
        assert_eq!(likely(&WINDOWS_1252.encode(western).0), WINDOWS_1252);
        let wide: Vec<u8> = simplified.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(likely(&wide), UTF_16LE);
        assert_eq!(likely("\u{feff}a".as_bytes()), UTF_8);
    }

    #[test]
    fn bytes_that_are_no_text_name_the_encoding_to_try() {
        let bytes = GBK.encode("王芳,杭州市西湖区").0;
        let rejection = as_text(&bytes, UTF_8).unwrap_err().of("`name`");
        assert_eq!(rejection.reason, "not UTF-8");
        assert_eq!(
            rejection.detail,
            "`name` has bytes that are no UTF-8; they look like GBK: write `encoding = \"gbk\"` under `[file]`"
        );
    }
}
