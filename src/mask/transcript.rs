//! Masks values in a transcript: in everything that target and service sent, nowhere else.

use super::{Cut, Mask};
use crate::transcript::{
    ActorRecord, Body, Connection, Delivery, Exchange, Header, Headers, Models, Output, Request,
    Transcript,
};

impl Mask {
    /// Masks the values in a transcript, with equal length; gives whether there were any.
    pub fn transcript(&self, transcript: &mut Transcript) -> bool {
        let mut work = Work::new(self);
        let Transcript {
            schema: _,
            case: _,
            tool: _,
            began_unix_ms: _,
            time_scale: _,
            earlier,
            from: _,
            blackbox: _,
            mode: _,
            api,
            actors,
            connections,
            exchanges,
            invocations,
            steps: _,
            caught,
            strangers,
            visits,
            end: _,
            strain,
            held_up: _,
            excess: _,
        } = transcript;
        work.text(api);
        let fault = strain.iter_mut().filter_map(|strain| strain.fault.as_mut());
        let texts = earlier.iter_mut().chain(fault);
        texts.for_each(|text| work.text(text));
        actors.iter_mut().for_each(|one| work.actor(one));
        connections.iter_mut().for_each(|one| work.connection(one));
        exchanges.iter_mut().for_each(|one| work.exchange(one));
        invocations.iter_mut().for_each(|one| work.delivery(one));
        for stranger in strangers {
            work.text(&mut stranger.who);
            work.body(&mut stranger.first);
        }
        for visit in visits {
            visit.headers.iter_mut().for_each(|one| work.header(one));
            work.body(&mut visit.body);
        }
        for one in caught {
            work.body(&mut one.first);
        }
        work.found
    }
}

struct Work<'a> {
    mask: &'a Mask,
    found: bool,
    heads: Models,
    replies: Models,
    headers: Models,
}

impl<'a> Work<'a> {
    fn new(mask: &'a Mask) -> Self {
        Self {
            mask,
            found: false,
            heads: Models::default(),
            replies: Models::default(),
            headers: Models::default(),
        }
    }
}

impl Work<'_> {
    fn text(&mut self, text: &mut String) {
        self.part(text, Cut::Nowhere);
    }

    fn part(&mut self, text: &mut String, cut: Cut) {
        if let Some(masked) = self.mask.bytes(text.as_bytes(), cut) {
            *text = String::from_utf8_lossy(&masked).into_owned();
            self.found = true;
        }
    }

    fn body(&mut self, body: &mut Body) {
        let cut = match body.is_whole() {
            true => Cut::Nowhere,
            false => Cut::End,
        };
        if let Some(masked) = self.mask.bytes(&body.kept, cut) {
            body.kept = masked.into();
            self.found = true;
        }
    }

    /// A value has a letter for each byte on the wire.
    fn header(&mut self, header: &mut Header) {
        self.text(&mut header.name);
        let bytes: Result<Vec<u8>, _> = header.value.chars().map(u8::try_from).collect();
        match bytes {
            Ok(bytes) => {
                if let Some(masked) = self.mask.bytes(&bytes, Cut::Nowhere) {
                    header.value = masked.into_iter().map(char::from).collect();
                    self.found = true;
                }
            }
            Err(_) => self.text(&mut header.value),
        }
    }

    fn actor(&mut self, actor: &mut ActorRecord) {
        let texts = actor.command.iter_mut().chain(actor.env.values_mut());
        let texts = texts.chain(&mut actor.leaked);
        texts.for_each(|text| self.text(text));
        self.output(&mut actor.stdout);
        self.output(&mut actor.stderr);
    }

    fn connection(&mut self, connection: &mut Connection) {
        if let Some(garbage) = &mut connection.garbage {
            self.body(garbage);
        }
    }

    fn exchange(&mut self, exchange: &mut Exchange) {
        let mut head = exchange.head();
        self.body(&mut head.bytes);
        self.text(&mut head.method);
        self.text(&mut head.target);
        head.headers
            .iter_mut()
            .for_each(|header| self.header(header));
        exchange.request = Request::new(head, &mut self.heads);
        self.body(&mut exchange.body);
        if let Some(rare) = &mut exchange.rare {
            rare.trailers
                .iter_mut()
                .for_each(|header| self.header(header));
            rare.broken.iter_mut().for_each(|text| self.text(text));
        }
        if let Some(reply) = &mut exchange.reply {
            // Only its first bytes are kept, and the total is unknown.
            if let Some(masked) = self.mask.bytes(&reply.wire.bytes(), Cut::End) {
                reply.wire = self.replies.keep(&masked);
                self.found = true;
            }
            if let Some(distortion) = &mut reply.distortion {
                let mut text = distortion.to_string();
                self.text(&mut text);
                *distortion = text.into();
            }
        }
    }

    fn delivery(&mut self, delivery: &mut Delivery) {
        self.text(&mut delivery.request_id);
        let mut headers: Vec<Header> = delivery.headers.all().collect();
        headers.iter_mut().for_each(|header| self.header(header));
        delivery.headers = Headers::new(headers, &mut self.headers);
        let mut event = (*delivery.event).clone();
        self.body(&mut event);
        if event != *delivery.event {
            delivery.event = event.into();
        }
    }

    /// If nothing is missing, start and end are one text.
    fn output(&mut self, output: &mut Output) {
        if output.has_gap() {
            self.part(&mut output.head, Cut::End);
            self.part(&mut output.tail, Cut::Start);
            return;
        }
        let mut whole = output.head.clone() + &output.tail;
        let before = std::mem::replace(&mut self.found, false);
        self.text(&mut whole);
        if std::mem::replace(&mut self.found, true) {
            let at = output.head.len();
            output.head = whole.get(..at).unwrap_or(&whole).to_owned();
            output.tail = whole.get(at..).unwrap_or_default().to_owned();
        } else {
            self.found = before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        Mask::new(["hunter2hunter2", "stra\u{df}e-nummer-4"], "")
    }

    fn output(head: &str, tail: &str, bytes: usize) -> Output {
        Output {
            bytes: bytes as u64,
            head: head.to_owned(),
            tail: tail.to_owned(),
        }
    }

    #[test]
    fn output_that_is_kept_in_two_pieces_is_one_text() {
        let mask = mask();
        let mut work = Work::new(&mask);
        let mut whole = output("a hunter", "2hunter2 b", 18);
        work.output(&mut whole);
        assert_eq!(
            (whole.head.as_str(), whole.tail.as_str(), work.found),
            ("a ******", "******** b", true)
        );
        let mut gap = output("a hunter", "hunter2 b", 1000);
        work.output(&mut gap);
        assert_eq!(
            (gap.head.as_str(), gap.tail.as_str()),
            ("a ******", "******* b")
        );
    }

    #[test]
    fn a_header_is_masked_byte_by_byte() {
        let mask = mask();
        let mut work = Work::new(&mask);
        let mut header = Header {
            name: "X".to_owned(),
            value: "a stra\u{c3}\u{9f}e-nummer-4".to_owned(),
        };
        work.header(&mut header);
        assert_eq!(header.value, "a ****\u{c2}\u{b7}**********");
    }
}
