//! What every family of states can do. How rows are added differs from family to family.

/// The states of all groups for one aggregate.
pub(super) trait State {
    /// Makes room for this many groups; new ones have seen nothing.
    fn resize(&mut self, groups: usize);
    /// Adds the states of later rows: group `from` of `later` belongs to group `to` here.
    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>);
    /// Bytes owned.
    fn byte_len(&self) -> usize;
}

/// What is kept of one group, where that has one size and two become one.
pub(super) trait Part: Copy + Default {
    /// This one and that of later rows.
    fn and_later(self, later: Self) -> Self;
}

impl<P: Part> State for Vec<P> {
    fn resize(&mut self, groups: usize) {
        Vec::resize(self, groups, P::default());
    }

    fn merge(&mut self, later: &Self, pairs: impl Iterator<Item = (u32, u32)>) {
        pairs.for_each(|(from, to)| {
            let to = to as usize;
            self[to] = self[to].and_later(later[from as usize]);
        });
    }

    fn byte_len(&self) -> usize {
        self.capacity() * size_of::<P>()
    }
}

impl Part for u64 {
    fn and_later(self, later: u64) -> u64 {
        self + later
    }
}
