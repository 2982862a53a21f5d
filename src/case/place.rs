//! Where each step of a case stands in its file.

use super::Case;
use super::locate::line_of;
use super::repeat::place_of;
use crate::protocol::Actor;

impl Case {
    /// The line of the case's file in which a step begins, from 1; `None` for a step that is not in the file.
    pub fn line_of_step(&self, step: usize) -> Option<usize> {
        let file = self.file.as_ref()?;
        let lists = self.lines().zip(self.lists());
        let (line, list) = lists
            .map(|((_, line), list)| (line, list))
            .find(|(line, _)| line.contains(&step))?;
        let value = serde_json::from_str(&file.text).ok()?;
        let pointer = place_of(&value, &list, step - line.start);
        Some(line_of(&file.text, &pointer))
    }

    /// JSON Pointers to the lists of steps in the file, one for each line of steps.
    pub(super) fn lists(&self) -> impl Iterator<Item = String> {
        let side_by_side = !self.lines.is_empty() && self.actors.is_empty();
        let lines = self.lines().enumerate();
        let list = move |(index, (actor, _))| match actor {
            Actor::Runtime if side_by_side => format!("/tracks/{index}"),
            Actor::Runtime => "/steps".to_owned(),
            Actor::Extension(place) => format!("/actors/{place}/steps"),
        };
        let lists: Vec<String> = lines.map(list).collect();
        lists.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use crate::case::{embedded, read};

    #[test]
    fn a_step_is_found_in_its_file() {
        let cases = read(&embedded()).expect("the cases that ship with ricspec");
        for case in &cases {
            let mut last = 0;
            for step in 0..case.steps.len().min(50) {
                let line = case.line_of_step(step).expect("a line");
                let text = &case.file.as_ref().expect("a file").text;
                let told = text.lines().nth(line - 1).unwrap_or_default();
                assert!(told.contains('{'), "{}: step {step}: {told}", case.id);
                last = last.max(line);
            }
            assert!(last > 1 || case.steps.is_empty(), "{}", case.id);
            assert_eq!(case.line_of_step(case.steps.len()), None, "{}", case.id);
        }
    }
}
