//! Rebuilds the crate when the embedded data changes.

fn main() {
    for data in ["cases", "specs", "tests/runtimes"] {
        println!("cargo:rerun-if-changed={data}");
    }
}
