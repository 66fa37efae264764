//! What the user decided about checks and answers.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    /// Warnings are refusals.
    pub strict: bool,
    /// Our own answers are held against the contract too.
    pub check_answers: bool,
    /// Bodies are made from the schemas, even where the contract has examples.
    pub dynamic: bool,
    /// Refusals come as RFC 9457, whatever the contract's table says.
    pub plain_problems: bool,
    /// Scripts of any page may call the API.
    pub cors: bool,
    /// Answers that a rule of a scenario touched say so.
    pub rule_header: bool,
    /// Answers say when the files hold something else than what is served.
    pub stale_header: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            strict: false,
            check_answers: false,
            dynamic: false,
            plain_problems: false,
            cors: true,
            rule_header: true,
            stale_header: false,
        }
    }
}
