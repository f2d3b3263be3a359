//! What AWS has refused, and until when it is not sent again.

use super::{Memory, Refusal};
use crate::{aws::Meaning, fleet::ObjectKey, plan::Which};
use jiff::{SignedDuration, Timestamp};

impl Memory {
    /// AWS refused an effect of this generation, in that sense so often in a row: it is not sent again before `until`.
    pub(in super::super) fn refuse(
        &self,
        key: &ObjectKey,
        generation: i64,
        which: Which,
        meaning: Meaning,
        until: impl FnOnce(u32) -> Timestamp,
    ) {
        let mut inner = self.inner();
        let refusals = inner.refusals.entry(key.clone()).or_default();
        let before = refusals.iter().position(|refusal| refusal.which == which).map(|i| refusals.swap_remove(i));
        let again = before.filter(|before| before.generation == generation && before.meaning == meaning);
        let times = again.map_or(0, |before| before.times).saturating_add(1);
        refusals.push(Refusal { generation, which, meaning, until: until(times), times });
    }

    /// Which effects of this generation are not to be sent yet, and for how long?
    pub(in super::super) fn refused(
        &self,
        key: &ObjectKey,
        generation: i64,
        now: Timestamp,
    ) -> Vec<(Which, SignedDuration)> {
        let inner = self.inner();
        let refusals = inner.refusals.get(key).map_or(&[][..], Vec::as_slice);
        let held = refusals.iter().filter(|refusal| refusal.generation == generation && refusal.until > now);
        held.map(|refusal| (refusal.which.clone(), refusal.until.duration_since(now))).collect()
    }

    /// AWS has carried an effect out.
    pub(in super::super) fn carried_out(&self, key: &ObjectKey, which: &Which) {
        if let Some(refusals) = self.inner().refusals.get_mut(key) {
            refusals.retain(|refusal| refusal.which != *which);
        }
    }

    /// A person asked to try again, by that annotation: once for each value of it.
    pub(in super::super) fn clear_refusals(&self, key: &ObjectKey, wish: String) {
        let mut inner = self.inner();
        if inner.wishes.insert(key.clone(), wish.clone()) != Some(wish) {
            inner.refusals.remove(key);
        }
    }
}
