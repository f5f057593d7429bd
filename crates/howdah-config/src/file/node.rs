/// A value of the file, with the place where it stands.
#[derive(Debug)]
pub(crate) struct Node {
    pub(super) content: Content,
    pub(super) line: usize,
    pub(super) column: usize,
    /// It carries a YAML tag such as `!env`.
    pub(super) tagged: bool,
}

#[derive(Debug)]
pub(super) enum Content {
    /// Nothing, `~` or `null`.
    Null,
    /// The text as it stands there, without its quotes.
    Scalar(String),
    List(Vec<Node>),
    Section(Vec<Entry>),
}

/// One `name: value`.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(super) name: String,
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) node: Node,
}
