//! Small edits of a recording: what a broken runtime would have left there.

use serde_json::{Value, json};

/// A recording that is being edited.
pub(super) struct Tape(pub(super) Value);

impl Tape {
    #[track_caller]
    pub(super) fn at(&mut self, pointer: &str) -> &mut Value {
        let value = self.0.pointer_mut(pointer);
        value.unwrap_or_else(|| panic!("the recording has no {pointer}"))
    }

    pub(super) fn set(&mut self, pointer: &str, value: impl Into<Value>) -> &mut Self {
        *self.at(pointer) = value.into();
        self
    }

    #[track_caller]
    pub(super) fn list(&mut self, pointer: &str) -> &mut Vec<Value> {
        self.at(pointer).as_array_mut().expect("a list")
    }

    pub(super) fn exchanges(&mut self) -> &mut Vec<Value> {
        self.list("/exchanges")
    }

    #[track_caller]
    pub(super) fn offset(&mut self, pointer: &str) -> u64 {
        self.at(pointer).as_u64().expect("an offset")
    }

    /// Only the first exchanges and the first steps happened.
    pub(super) fn only(&mut self, exchanges: usize, steps: usize) -> &mut Self {
        self.exchanges().truncate(exchanges);
        for (index, step) in self.list("/steps").iter_mut().enumerate() {
            if index >= steps {
                step["met"] = Value::Null;
                step["exchange"] = Value::Null;
            }
        }
        let end = self.offset("/end/at");
        self.list("/invocations").retain(|delivery| {
            let poll = delivery.pointer("/polls/0").and_then(Value::as_u64);
            poll.is_some_and(|poll| poll < exchanges as u64)
        });
        if let Some(last) = exchanges.checked_sub(1) {
            // The connection of the rest was closed with the process.
            let connection = self.offset(&format!("/exchanges/{last}/connection"));
            self.set(&format!("/connections/{connection}/closed"), end);
        }
        self
    }

    /// The process ended by itself.
    pub(super) fn exited(&mut self, code: i32) -> &mut Self {
        let end = self.offset("/end/at");
        self.set(
            "/actors/0/exit",
            json!({"at": end, "code": code, "signal": null}),
        )
        .set("/actors/0/stopped", Value::Null)
        .set("/end/reason", "exited")
    }

    /// Nothing more came, polls were held to the end, and the case's time was over.
    pub(super) fn timed_out(&mut self) -> &mut Self {
        let end = self.offset("/end/at") + 10_000_000;
        for exchange in self.exchanges() {
            exchange["dropped"] = Value::Null;
        }
        self.set("/end", json!({"at": end, "reason": "deadline"}))
    }

    /// One more exchange after the one at `after`: a copy of the one at `of`, one millisecond after it was answered.
    pub(super) fn insert(&mut self, of: usize, after: usize) -> &mut Value {
        let mut copy = self.at(&format!("/exchanges/{of}")).clone();
        let at = self.offset(&format!("/exchanges/{after}/reply/at")) + 1000;
        copy["at"] = at.into();
        copy["complete"] = (at + 1).into();
        copy["dropped"] = Value::Null;
        copy["delivered"] = Value::Null;
        if let Some(replied) = copy.pointer_mut("/reply/at") {
            *replied = (at + 100).into();
        }
        let place = after + 1;
        self.make_room(place, at);
        self.exchanges().insert(place, copy);
        self.at(&format!("/exchanges/{place}"))
    }

    /// Moves the exchanges from a place on by one place and two milliseconds.
    fn make_room(&mut self, place: usize, at: u64) {
        let later = move |value: &mut Value| {
            if let Some(offset) = value.as_u64().filter(|offset| *offset >= at - 1000) {
                *value = (offset + 2000).into();
            }
        };
        for exchange in self.exchanges().iter_mut().skip(place) {
            ["/at", "/complete", "/dropped", "/reply/at"]
                .iter()
                .for_each(|name| exchange.pointer_mut(name).into_iter().for_each(later));
        }
        for step in self.list("/steps") {
            let index = step["exchange"].as_u64();
            if let Some(index) = index.filter(|index| *index >= place as u64) {
                step["exchange"] = (index + 1).into();
            }
            later(&mut step["began"]);
            later(&mut step["met"]);
        }
        for delivery in self.list("/invocations") {
            let polls = delivery["polls"].as_array_mut().into_iter().flatten();
            for poll in polls {
                if let Some(index) = poll.as_u64().filter(|index| *index >= place as u64) {
                    *poll = (index + 1).into();
                }
            }
        }
        for connection in self.list("/connections") {
            later(&mut connection["closed"]);
        }
        later(self.at("/end/at"));
        if let Some(exit) = self.0.pointer_mut("/actors/0/exit/at") {
            later(exit);
        }
    }
}
