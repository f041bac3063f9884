//! NO_PROXY: the grammar of one entry, and the rules that rewrite a list into the form that most clients read as its
//! author meant the list.

pub mod change;
pub mod entry;
pub mod normalize;
pub mod range;
mod reason;
pub mod rescue;

pub use change::{Action, Addition, Change, Origin};
pub use normalize::{NoProxy, after_userinfo, normalize};
pub use rescue::Known;
