//! What the help shows.

use askama::Template;

use super::topics::{GROUPS, Group, Topic};
use crate::web::page::Page;

/// The list of topics.
#[derive(Template)]
#[template(path = "help/index.html")]
pub struct Index {
    /// The frame.
    pub page: Page,
}

impl Index {
    fn groups() -> &'static [Group] {
        &GROUPS
    }
}

/// One topic.
#[derive(Template)]
#[template(path = "help/show.html")]
pub struct Show {
    /// The frame.
    pub page: Page,
    /// The topic.
    pub topic: Topic,
}

impl Show {
    fn others(&self) -> impl Iterator<Item = &'static Topic> {
        let own = self.topic;
        GROUPS.iter().flat_map(|group| group.topics).filter(move |topic| **topic != own)
    }
}
