//! A vendor's file as a browser sends it, with what the person says of it.

use actix_multipart::form::MultipartForm;
use actix_multipart::form::tempfile::TempFile;
use actix_multipart::form::text::Text;
use fleet::identifiers::IccidForm;
use fleet::import_drafts::{self, Source};
use fleet::sim_files::{Column, ReadOptions};
use serde::Deserialize;

use crate::app::State;
use crate::web::active_company::ActiveCompany;
use crate::web::error::AppError;
use crate::web::forms::Choice;
use crate::web::upload::{self, Form, Unread, Upload};

/// What was sent.
pub struct Sent {
    upload: Upload,
    said: Said,
}

/// What the person says of the file.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Said {
    /// How ICCIDs are written: see [`ICCID_FORMS`].
    iccid_form: String,
    /// What each column is, as [`Column::name`] writes it; empty for one that is left out. None: as the file says.
    column: Vec<String>,
    /// What these columns are called.
    column_name: Vec<String>,
}

#[derive(MultipartForm)]
struct Parts {
    file: Option<TempFile>,
    rows: Option<TempFile>,
    iccid_form: Option<Text<String>>,
    column: Vec<Text<String>>,
    column_name: Vec<Text<String>>,
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    rows: String,
    #[serde(flatten)]
    said: Said,
}

/// How ICCIDs can be written, as forms say it, and in words.
pub const ICCID_FORMS: [(IccidForm, &str, &str); 4] = [
    (IccidForm::Complete, "complete", "With a check digit, which must be right"),
    (IccidForm::WithoutCheckDigit, "without_check_digit", "Without check digit: it is added"),
    (
        IccidForm::UncheckedTestProfile,
        "unchecked_test_profile",
        "Test profiles, whose check digit need not be right",
    ),
    (IccidForm::Swapped, "swapped", "As on the card: the digits of each pair swapped"),
];

/// The choices of the field.
pub fn iccid_forms() -> Vec<Choice> {
    ICCID_FORMS.iter().map(|(_, value, words)| Choice::new(*value, *words)).collect()
}

/// What a column can be taken as.
pub fn columns() -> Vec<Choice> {
    let known = Column::ALL.iter().map(|column| {
        let label = match column {
            Column::Type => "Type",
            Column::Label => "Label",
            other => other.label(),
        };
        Choice::new(column.name(), label)
    });
    std::iter::once(Choice::new("", "Leave out")).chain(known).collect()
}

impl Sent {
    /// Reads what somebody sends who may import.
    pub async fn read(unread: Unread, company: &ActiveCompany, state: &State) -> Result<Self, AppError> {
        Ok(match unread.read(company, state, import_drafts::may_import).await? {
            Form::Parts(Parts { file, rows, iccid_form, column, column_name }) => {
                let texts = |parts: Vec<Text<_>>| parts.into_iter().map(Text::into_inner).collect();
                let said = Said {
                    iccid_form: iccid_form.map(Text::into_inner).unwrap_or_default(),
                    column: texts(column),
                    column_name: texts(column_name),
                };
                Self { upload: Upload::of(file, rows), said }
            }
            Form::Fields(Typed { rows, said }) => Self { upload: Upload::Typed(rows), said },
        })
    }

    /// The file and how it is to be read.
    pub fn into_source(self) -> Result<Source<Box<dyn upload::Text>>, AppError> {
        let options = self.said.options()?;
        let (file, name) = self.upload.open()?;
        let name = name.unwrap_or_else(|| "Pasted rows".to_owned());
        Ok(Source { file, name, options, columns_of: self.said.column_name })
    }
}

impl Said {
    fn options(&self) -> Result<ReadOptions, AppError> {
        let unknown =
            || AppError::BadRequest("The form can't be read. Nothing was done. Reload the page.".into());
        let iccid_form = match self.iccid_form.as_str() {
            "" => IccidForm::default(),
            written => {
                let known = ICCID_FORMS.iter().find(|(_, value, _)| *value == written);
                known.map(|(form, ..)| *form).ok_or_else(unknown)?
            }
        };
        let column = |name: &String| match name.as_str() {
            "" => Ok(None),
            name => Column::named(name).map(Some).ok_or_else(unknown),
        };
        let columns: Vec<Option<Column>> = self.column.iter().map(column).collect::<Result<_, _>>()?;
        Ok(ReadOptions { iccid_form, columns: (!columns.is_empty()).then_some(columns) })
    }
}
