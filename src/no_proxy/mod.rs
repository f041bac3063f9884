//! NO_PROXY: the grammar of one entry, and the rules by which a list is brought into a form that the most
//! clients read as it was meant.

pub mod change;
pub mod entry;
pub mod normalize;
pub mod range;
mod reason;
pub mod rescue;

pub use change::{Action, Addition, Change, Origin};
pub use normalize::{NoProxy, after_userinfo, normalize};
pub use rescue::Known;
