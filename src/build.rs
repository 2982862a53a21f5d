//! Rebuilds the crate when the data that it embeds changes.

fn main() {
    for data in ["cases", "specs", "tests/runtimes"] {
        println!("cargo:rerun-if-changed={data}");
    }
}
