//! How receivers check a signature (Standard Webhooks), in the languages that most of them are written in. Each is a
//! file of its own in `docs/verify`, which the tests run where its language is installed.

/// One language's code.
#[derive(Clone, Copy, Debug)]
pub struct SignatureExample {
    /// `Node.js`
    pub language: &'static str,
    /// The end of its file's name.
    pub extension: &'static str,
    /// A function over the secret, the headers and the body's bytes.
    pub code: &'static str,
}

/// All of them.
pub const SIGNATURE_EXAMPLES: [SignatureExample; 6] = [
    example("Node.js", "mjs", include_str!("../../docs/verify/verify.mjs")),
    example("Python", "py", include_str!("../../docs/verify/verify.py")),
    example("Go", "go", include_str!("../../docs/verify/verify.go")),
    example("Rust", "rs", include_str!("../../docs/verify/verify.rs")),
    example("Ruby", "rb", include_str!("../../docs/verify/verify.rb")),
    example("PHP", "php", include_str!("../../docs/verify/verify.php")),
];

const fn example(language: &'static str, extension: &'static str, code: &'static str) -> SignatureExample {
    SignatureExample { language, extension, code }
}
