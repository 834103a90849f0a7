//! Shell, as far as the pages use it: what words a command has, without running it.

/// The commands of `lines`, each with its words. Assignments before a command and redirections are left out.
pub fn commands(lines: &[String]) -> Vec<Vec<String>> {
    let mut commands = vec![Vec::new()];
    let (mut word, mut quote, mut is_target) = (None::<String>, None, false);
    let text = lines.join("\n").replace("\\\n", " ");
    let mut characters = text.chars().chain(['\n']).peekable();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                word.get_or_insert_default();
                quote = Some(c);
            }
            (None, '#') if word.is_none() => while characters.next_if(|&c| c != '\n').is_some() {},
            (None, ' ' | '\n' | '|' | '&' | ';' | '>' | '<') => {
                // The number of a redirection, as in `2>`, is no word.
                let is_number = c == '>' && word.as_deref() == Some("2");
                if let Some(word) = word.take().filter(|_| !is_number)
                    && !std::mem::take(&mut is_target)
                {
                    commands.last_mut().unwrap().push(word);
                }
                match c {
                    '>' | '<' => is_target = true,
                    ' ' => {}
                    _ => commands.push(Vec::new()),
                }
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    assert!(quote.is_none(), "a quote has no end in: {text}");
    for command in &mut commands {
        let assignments = command.iter().take_while(|word| is_assignment(word)).count();
        command.drain(..assignments);
    }
    commands.retain(|command| !command.is_empty());
    commands
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c == '_'))
}

#[test]
fn words_are_those_of_a_shell() {
    let lines = ["A=b lightcnn x 'y  z' \\", "  -o - > out 2>> log # more", "a && b '#1' || c#d | e"];
    let found = commands(&lines.map(str::to_owned));
    let expected: [&[&str]; 5] =
        [&["lightcnn", "x", "y  z", "-o", "-"], &["a"], &["b", "#1"], &["c#d"], &["e"]];
    assert_eq!(found, expected);
}
