//! Asks the linker for what the split must know (see `crates/xtask/src/split.rs`),
//! where the module is going to be split.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if cfg!(feature = "split") {
        println!("cargo::rustc-link-arg-cdylib=--emit-relocs");
    }
}
