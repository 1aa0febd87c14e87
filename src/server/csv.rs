//! Cells of tables for spreadsheets.

/// A text as a cell that a spreadsheet shows and does not carry out: what it would take
/// for a formula begins with an apostrophe.
pub fn cell(text: &str) -> String {
    let acts = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']);
    let quoted = acts || text.contains(['"', ',', '\r', '\n']);
    let mark = if acts { "'" } else { "" };
    match quoted {
        true => format!("\"{mark}{}\"", text.replace('"', "\"\"")),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn what_a_spreadsheet_would_carry_out_is_text() {
        for (text, expected) in [
            ("ada", "ada"),
            ("gpt-image-2", "gpt-image-2"),
            (
                "=HYPERLINK(\"x\",\"y\")",
                "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
            ),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@SUM(1)", "\"'@SUM(1)\""),
            ("\tx", "\"'\tx\""),
            ("\r=1", "\"'\r=1\""),
            ("a,b", "\"a,b\""),
            ("a\"b", "\"a\"\"b\""),
            ("été", "été"),
        ] {
            assert_eq!(cell(text), expected);
        }
    }
}
