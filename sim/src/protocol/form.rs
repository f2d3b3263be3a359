//! Query strings and form bodies, percent-decoded.

/// The fields in order; a field without `=` has an empty value.
pub fn fields(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decoded(key, true), decoded(value, true))
        })
        .collect()
}

/// The first field of a name.
pub fn field(fields: &[(String, String)], name: &str) -> Option<String> {
    fields.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone())
}

/// `%xx` made into what it stands for; in forms `+` is a space.
pub fn decoded(text: &str, form: bool) -> String {
    let bytes = text.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(byte) = bytes.get(index) {
        let code = bytes.get(index + 1..index + 3).and_then(hex);
        match (byte, code) {
            (b'%', Some(code)) => {
                plain.push(code);
                index += 2;
            }
            (b'+', _) if form => plain.push(b' '),
            _ => plain.push(*byte),
        }
        index += 1;
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn hex(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok()?;
    u8::from_str_radix(digits, 16).ok()
}
