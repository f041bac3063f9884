//! NO_PROXY: the grammar of one entry, and the rules by which a list is brought into a form that the most
//! clients read as it was meant.

pub mod change;
pub mod entry;
pub mod normalize;
mod of_job;
pub mod range;
mod reason;
pub mod rescue;

pub use change::{Action, Change, Origin};
pub use normalize::{NoProxy, after_userinfo, normalize};
pub use of_job::of_job;
pub use rescue::Known;
