//! What single rooms cost: `cargo bench --bench rooms`.

fn main() {
    divan::main();
}
