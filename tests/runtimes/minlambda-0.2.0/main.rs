//! The function as minlambda takes it: it is synchronous, and there is no context to show.

mod fixture;

fn main() {
    fixture::init();
    minlambda::run(|event| fixture::handler("minlambda/0.2.0", event, None))
}
