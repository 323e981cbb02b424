//! The address of a page of the grid: filter, order, columns, page size and place, all in the query string.

use actix_web::{FromRequest, HttpRequest, dev::Payload};
use fleet::ids::SavedViewUid;
use fleet::sims::{self, Columns, GridRequest, PAGE_SIZES, Place, SimFilter, Start};
use form_urlencoded::{Serializer, parse};

use crate::tree::TreeQuery;
use crate::web::error::AppError;

/// What an address of the grid asks for.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GridAddress {
    /// The page; how many rows it has, says the person's layout unless `size` does.
    pub request: GridRequest,
    /// How many rows, if the address says so.
    pub size: Option<u16>,
    /// Which columns, if the address says so; else the person's own.
    pub columns: Option<Columns>,
    /// The saved view that it was made from.
    pub view: Option<SavedViewUid>,
    /// The accounts of the tree that are meant, instead of the company in focus alone.
    pub tree: Option<TreeQuery>,
}

/// What an address has one of, beside what its filter has one of.
const ONCE: [&str; 8] = ["sort", "dir", "size", "columns", "view", "after", "before", "tree"];

impl GridAddress {
    /// Reads a query string; what can't be meant is refused with a sentence.
    pub fn parse(query: &str) -> Result<Self, AppError> {
        sims::require_one_value(query, &ONCE).map_err(AppError::from_query)?;
        let filter = SimFilter::from_query(query).map_err(AppError::from_query)?;
        let is_search = filter.is_search();
        let tree = TreeQuery::parse(query)?;
        if tree.is_some() {
            sims::check_tree_filter(&filter).map_err(AppError::from_query)?;
        }
        let mut address =
            Self { request: GridRequest { filter, ..GridRequest::default() }, tree, ..Self::default() };
        let (mut after, mut before) = (None, None);
        for (key, value) in parse(query.as_bytes()) {
            let request = &mut address.request;
            match &*key {
                _ if value.is_empty() => {}
                "sort" => request.sort = value.parse().map_err(|_| refused("There is no such order."))?,
                "dir" => request.descending = direction(&value)?,
                "size" => address.size = Some(size(&value)?),
                "columns" => address.columns = Some(Columns::parse(&value)),
                // So that no view is meant, not even the one that the person begins with.
                "view" if value == "none" => {}
                "view" => address.view = Some(value.parse().map_err(|_| refused("There is no such view."))?),
                "after" => after = Some(value),
                "before" => before = Some(value),
                _ => {}
            }
        }
        let place = |text: &str| {
            Place::parse(text, is_search)
                .ok_or_else(|| refused("The address names no place in this list. Go to its first page."))
        };
        address.request.start = match (after, before) {
            (Some(text), _) => Start::After(place(&text)?),
            (None, Some(text)) => Start::Before(place(&text)?),
            (None, None) => Start::First,
        };
        Ok(address)
    }

    /// The same with another request.
    #[must_use]
    pub fn with(&self, change: impl FnOnce(&mut GridRequest)) -> Self {
        let mut other = self.clone();
        change(&mut other.request);
        other
    }

    /// The first page, of so many rows as the person likes.
    #[must_use]
    pub fn first_page(&self) -> Self {
        Self { size: None, ..self.with(|request| request.start = Start::First) }
    }

    /// As a view keeps it.
    #[must_use]
    pub fn as_view(&self) -> Self {
        Self { view: None, tree: None, ..self.first_page() }
    }

    /// Which SIMs are meant, as the selection is kept under, and as the dialogs send it.
    pub fn selection_query(&self) -> String {
        let filter = self.request.filter.to_query();
        match &self.tree {
            Some(tree) => Serializer::new(filter).extend_pairs(tree.fields()).finish(),
            None => filter,
        }
    }

    /// The query string; what is usual is left out.
    pub fn to_query(&self) -> String {
        let mut query = Serializer::new(self.request.filter.to_query());
        for (name, value) in self.look() {
            query.append_pair(name, &value);
        }
        match &self.request.start {
            Start::First => &mut query,
            Start::After(place) => query.append_pair("after", &place.to_text()),
            Start::Before(place) => query.append_pair("before", &place.to_text()),
        };
        query.finish()
    }

    /// The address.
    pub fn to_address(&self) -> String {
        let query = self.to_query();
        if query.is_empty() { "/fleet".to_owned() } else { format!("/fleet?{query}") }
    }

    /// Everything but filter and place, as fields.
    pub fn look(&self) -> Vec<(&'static str, String)> {
        let (request, usual) = (&self.request, GridRequest::default());
        let mut fields = Vec::new();
        if request.sort != usual.sort {
            fields.push(("sort", request.sort.as_str().to_owned()));
        }
        if request.descending {
            fields.push(("dir", "desc".to_owned()));
        }
        fields.extend(self.size.map(|size| ("size", size.to_string())));
        fields.extend(self.columns.as_ref().map(|columns| ("columns", columns.to_text())));
        fields.extend(self.view.map(|view| ("view", view.to_string())));
        fields.extend(self.tree.iter().flat_map(TreeQuery::fields));
        fields
    }
}

fn direction(value: &str) -> Result<bool, AppError> {
    match value {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(refused("A list is sorted upwards (asc) or downwards (desc).")),
    }
}

fn size(value: &str) -> Result<u16, AppError> {
    let size = value.parse().ok().filter(|size| PAGE_SIZES.contains(size));
    size.ok_or_else(|| refused("A page has 25, 50, 100 or 250 rows."))
}

fn refused(sentence: &'static str) -> AppError {
    AppError::BadRequest(sentence.into())
}

impl FromRequest for GridAddress {
    type Error = AppError;
    type Future = std::future::Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::parse(request.query_string()))
    }
}
