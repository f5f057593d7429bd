/// A piece of the text, and where it starts there, in bytes.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    pub(super) text: &'a str,
    pub(super) at: usize,
}

impl<'a> Part<'a> {
    pub(super) fn whole(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    pub(super) fn is_empty(self) -> bool {
        self.text.is_empty()
    }

    /// What stands before and from this byte on.
    pub(super) fn split_at(self, index: usize) -> (Self, Self) {
        let (before, after) = self.text.split_at_checked(index).unwrap_or((self.text, ""));
        (
            Self {
                text: before,
                ..self
            },
            Self {
                text: after,
                at: self.at + before.len(),
            },
        )
    }

    /// What stands before and after the first of these characters.
    pub(super) fn cut(self, separator: char) -> Option<(Self, Self)> {
        self.text
            .find(separator)
            .map(|index| self.without(index, separator))
    }

    /// What stands before and after the last of these characters.
    pub(super) fn cut_last(self, separator: char) -> Option<(Self, Self)> {
        self.text
            .rfind(separator)
            .map(|index| self.without(index, separator))
    }

    /// The pieces between the separators.
    pub(super) fn pieces(self, separator: char) -> impl Iterator<Item = Self> {
        let mut rest = Some(self);
        std::iter::from_fn(move || {
            let part = rest?;
            let cut = part.cut(separator);
            rest = cut.map(|(_, after)| after);
            Some(cut.map_or(part, |(before, _)| before))
        })
    }

    fn without(self, index: usize, separator: char) -> (Self, Self) {
        let (before, rest) = self.split_at(index);
        let (_, after) = rest.split_at(separator.len_utf8());
        (before, after)
    }
}
