//! Whether the values of a column rise from zone to zone, told by the zone records alone, and whether they do from row
//! to row, which the writer saw and wrote down.

use super::StoredColumn;
use crate::Result;
use colq_column::{Bounds, Order, ZoneSummary};
use colq_format::Sorted;
use std::sync::OnceLock;

/// The order of a column, found out once.
#[derive(Debug, Default)]
pub(crate) struct FoundOrder(OnceLock<Option<Order>>);

impl StoredColumn {
    /// How the rows lie, where they rise and none is NULL or NaN.
    pub(crate) fn order(&self) -> Result<Option<Order>> {
        if let Some(order) = self.found_order.0.get() {
            return Ok(*order);
        }
        let order = match self.zones_rise()? {
            true if self.entry.sorted == Some(Sorted::Ascending) => Some(Order::Rows),
            true => Some(Order::Zones),
            false => None,
        };
        Ok(*self.found_order.0.get_or_init(|| order))
    }

    fn zones_rise(&self) -> Result<bool> {
        // Codes stand in the order in which their texts came, which says nothing of the texts.
        if self.may_have_nulls() || self.entry.dictionary.is_some() {
            return Ok(false);
        }
        let mut before: Option<Bounds> = None;
        for zone in 0..self.full_zones() + u64::from(self.tail.row_count > 0) {
            let bounds = self.zone_summary(zone)?.and_then(|summary| without_gaps(&summary));
            let Some(bounds) = bounds else { return Ok(false) };
            if before.is_some_and(|before| !is_at_or_above(bounds, before)) {
                return Ok(false);
            }
            before = Some(bounds);
        }
        Ok(true)
    }
}

/// The bounds of a zone all of whose rows are within them.
fn without_gaps(summary: &ZoneSummary) -> Option<Bounds> {
    summary.bounds.filter(|_| summary.null_count == 0 && summary.nan_count == 0)
}

/// True when no value of a zone lies below one of the zone before.
fn is_at_or_above(bounds: Bounds, before: Bounds) -> bool {
    match (before, bounds) {
        (Bounds::Signed { max, .. }, Bounds::Signed { min, .. }) => min >= max,
        (Bounds::Unsigned { max, .. }, Bounds::Unsigned { min, .. })
        | (Bounds::Prefix { max, .. }, Bounds::Prefix { min, .. }) => min >= max,
        (Bounds::Float { max, .. }, Bounds::Float { min, .. }) => min >= max,
        _ => false,
    }
}
