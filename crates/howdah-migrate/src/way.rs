/// Which way a file leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// To what it describes.
    Forward,
    /// To what was before it.
    Back,
}
