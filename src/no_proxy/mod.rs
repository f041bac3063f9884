//! NO_PROXY: the grammar of one entry, and the rules by which a list is brought into a form that the most
//! clients read as it was meant.

pub mod entry;
pub mod normalize;

pub use normalize::{Change, NoProxy, after_userinfo, normalize};
