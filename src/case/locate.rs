//! Finds the line of a JSON Pointer in a text, for messages.

/// The line, from 1, at which the value at `pointer` begins; if there is no such value, the line of its closest parent.
///
/// The text must be JSON (it has been parsed before).
pub(super) fn line_of(text: &str, pointer: &str) -> usize {
    let mut walker = Walker {
        bytes: text.as_bytes(),
        at: 0,
    };
    walker.space();
    for part in pointer.split('/').skip(1) {
        let name = part.replace("~1", "/").replace("~0", "~");
        let before = walker.at;
        if walker.enter(&name).is_none() {
            walker.at = before;
            break;
        }
    }
    let upto = walker.at.min(text.len());
    1 + walker
        .bytes
        .get(..upto)
        .unwrap_or_default()
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
}

struct Walker<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Walker<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Moves from the start of a container to the start of its member or item `name`.
    fn enter(&mut self, name: &str) -> Option<()> {
        let object = self.peek()? == b'{';
        self.at += 1;
        let mut index = 0;
        loop {
            self.space();
            if matches!(self.peek()?, b'}' | b']') {
                return None;
            }
            let key = if object {
                self.key()?
            } else {
                index.to_string()
            };
            self.space();
            if key == name {
                return Some(());
            }
            self.skip()?;
            self.space();
            if self.peek()? == b',' {
                self.at += 1;
            }
            index += 1;
        }
    }

    fn key(&mut self) -> Option<String> {
        let start = self.at;
        self.skip()?;
        let key = serde_json::from_slice(self.bytes.get(start..self.at)?).ok()?;
        self.space();
        self.at += 1;
        Some(key)
    }

    fn skip(&mut self) -> Option<()> {
        let rest = self.bytes.get(self.at..)?;
        let mut stream =
            serde_json::Deserializer::from_slice(rest).into_iter::<serde::de::IgnoredAny>();
        stream.next()?.ok()?;
        self.at += stream.byte_offset();
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn a_pointer_leads_to_its_line() {
        let text = "{\n \"a\": [1,\n  {\"b/c\":\n   true}],\n \"d\": 4\n}";
        let check = |pointer, line| assert_eq!(line_of(text, pointer), line, "{pointer}");
        check("", 1);
        check("/a", 2);
        check("/a/1", 3);
        check("/a/1/b~1c", 4);
        check("/d", 5);
        check("/nowhere", 1);
    }
}
