//! A Rust source as words, signs and texts, enough of it to find the paths and the texts that it says.

/// The words, signs and texts of a source, each as it is written; no comments.
pub fn tokens(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => block_comment(rest),
            '"' => quoted(rest),
            '\'' => character(rest),
            'r' | 'b' | 'c' if raw(rest).is_some() => raw(rest).unwrap(),
            // The quote of a byte text begins the next token.
            _ if is_word(first) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            ':' if rest.starts_with("::") => 2,
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(length);
        if !first.is_whitespace() && !token.starts_with("//") && !token.starts_with("/*") {
            found.push(token);
        }
        rest = after;
    }
    found
}

/// What a token says if it is a text: what is between its quotes, with lines that are only broken in the source put
/// together again, and other escapes left as they are written.
pub fn text_of(token: &str) -> Option<String> {
    if token.starts_with('\'') {
        return None;
    }
    let (first, last) = (token.find('"')?, token.rfind('"')?);
    let inner = &token[first + 1..last];
    if token.starts_with('"') {
        let mut lines = inner.split("\\\n");
        let first = lines.next().unwrap_or_default().to_string();
        return Some(lines.fold(first, |text, line| text + line.trim_start()));
    }
    Some(inner.to_string())
}

/// What stands for the product among the tokens of a source, and the modules that are only for tests: items behind
/// `#[cfg(test)]` or `#[cfg(all(test, ..))]` are left out, and those that are `mod name;` are named.
pub fn without_tests<'a>(tokens: &[&'a str]) -> (Vec<&'a str>, Vec<&'a str>) {
    let (mut product, mut modules) = (Vec::new(), Vec::new());
    let mut at = 0;
    while at < tokens.len() {
        match tokens[at..] {
            ["#", "[", "cfg", "(", "test", ")", "]", ..] | ["#", "[", "cfg", "(", "all", "(", "test", ..] => {
                let end = item_end(tokens, at);
                if let [.., "mod", name, ";"] = tokens[at..end] {
                    modules.push(name);
                }
                at = end;
            }
            _ => {
                product.push(tokens[at]);
                at += 1;
            }
        }
    }
    (product, modules)
}

/// The place after the item that begins at `at`, with its attributes: after its `;` or its last brace.
fn item_end(tokens: &[&str], mut at: usize) -> usize {
    let mut depth = 0_usize;
    loop {
        match tokens[at] {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" => depth -= 1,
            "}" => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            ";" | "," if depth == 0 => return at + 1,
            _ => {}
        }
        at += 1;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The length of the comment at the start, which may have others in it.
fn block_comment(text: &str) -> usize {
    let mut depth = 0;
    let mut at = 0;
    while at < text.len() {
        match &text.as_bytes()[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    panic!("a comment without end")
}

/// The length of the text in quotes at the start.
fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    panic!("a text without end: {text}")
}

/// The length of the character or lifetime at the start.
fn character(text: &str) -> usize {
    let mut inner = text[1..].char_indices();
    match (inner.next(), inner.next()) {
        (Some((_, '\\')), Some((at, escaped))) => {
            let from = 1 + at + escaped.len_utf8();
            from + text[from..].find('\'').expect("the end of a character") + 1
        }
        (_, Some((at, '\''))) => 1 + at + 1,
        _ => 1 + text[1..].find(|c| !is_word(c)).unwrap_or(text.len() - 1),
    }
}

/// The length of the raw text at the start, if there is one: `r"..."`, `br#"..."#`.
fn raw(text: &str) -> Option<usize> {
    let start = text.trim_start_matches(['b', 'c']).strip_prefix('r')?;
    let hashes = start.len() - start.trim_start_matches('#').len();
    let inner = start[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let length = inner.find(&end).expect("the end of a raw text");
    Some(text.len() - inner.len() + length + end.len())
}
