//! QR codes, drawn as the path of an SVG.

use qrcode::{Color, QrCode};

use crate::web::error::AppError;

/// Light modules around the code, without which it is not recognised.
const QUIET: usize = 4;

/// A QR code: a square of `size` by `size` modules, and the path of the dark ones.
pub struct Qr {
    /// Modules on a side, the quiet ones included.
    pub size: usize,
    /// The path, in modules.
    pub path: String,
}

impl Qr {
    /// The code of `text`.
    pub fn of(text: &str) -> Result<Self, AppError> {
        let code = QrCode::new(text).map_err(|error| AppError::Internal(error.to_string()))?;
        let width = code.width();
        let dark = code.to_colors().into_iter().enumerate().filter(|(_, colour)| *colour == Color::Dark);
        let path: Vec<String> =
            dark.map(|(n, _)| format!("M{} {}h1v1h-1z", n % width + QUIET, n / width + QUIET)).collect();
        Ok(Self { size: width + 2 * QUIET, path: path.concat() })
    }
}
