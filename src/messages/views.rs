//! What the list of messages shows.

use askama::Template;
use fleet::ids::MessageId;
use fleet::messages::Message;

use crate::web::page::Page;

/// The dialog behind the bell.
#[derive(Template)]
#[template(path = "messages/dialog.html")]
pub struct List {
    /// The newest ones, the newest first.
    pub messages: Vec<Message>,
}

/// The same as a page.
#[derive(Template)]
#[template(path = "messages/index.html")]
pub struct Index {
    /// The frame.
    pub page: Page,
    /// What it shows.
    pub list: List,
}

impl List {
    fn list(&self) -> &Self {
        self
    }

    /// The newest unread message on the screen, if any is unread.
    fn up_to(&self) -> Option<MessageId> {
        self.messages.iter().find(|message| message.read_at.is_none()).map(|message| message.id)
    }
}

impl Index {
    fn list(&self) -> &List {
        &self.list
    }
}
