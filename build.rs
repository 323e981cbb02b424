//! Packs `static/` into the binary: each served file gets a content hash in its name and is compressed here, once,
//! so that serving it costs a table look-up. The result is `$OUT_DIR/assets.rs`, included by `src/web/assets.rs`.

use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, io};

use sha2::{Digest, Sha256};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=static");
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("static");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // The best brotli takes seconds for the style sheet; while developing, a good one is enough.
    let quality = if env::var("PROFILE")? == "release" { 11 } else { 9 };

    let mut files = Vec::new();
    walk(&root, &mut files)?;
    files.sort();

    let mut table = String::from("pub(super) static ASSETS: &[Asset] = &[\n");
    for file in &files {
        if let Some(content_type) = content_type(file) {
            let name = file.strip_prefix(&root)?.to_str().ok_or("a file name under static/ is not UTF-8")?;
            pack(&mut table, name, file, content_type, &out, quality)?;
        }
    }
    table.push_str("];\n");
    fs::write(out.join("assets.rs"), table)?;
    Ok(())
}

/// Every file below `folder`.
fn walk(folder: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

/// What is served, and as what; licences, checksums and lists stay out of the binary.
fn content_type(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "css" => Some("text/css; charset=utf-8"),
        "js" => Some("text/javascript; charset=utf-8"),
        "svg" => Some("image/svg+xml; charset=utf-8"),
        "png" => Some("image/png"),
        "woff2" => Some("font/woff2"),
        _ => None,
    }
}

/// Compresses one file (unless an earlier build did) and appends its row to the table.
#[expect(clippy::unnecessary_debug_formatting, reason = "the debug form of a path is a Rust string literal")]
fn pack(
    table: &mut String,
    name: &str,
    file: &Path,
    content_type: &str,
    out: &Path,
    quality: u32,
) -> Result<(), Box<dyn Error>> {
    let content = fs::read(file)?;
    let hash = Sha256::digest(&content).iter().take(8).fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    });
    let brotli_file = out.join(format!("{hash}.{quality}.br"));
    if !brotli_file.exists() {
        fs::write(&brotli_file, brotli(&content, quality)?)?;
    }
    let gzip_file = out.join(format!("{hash}.zopfli.gz"));
    if !gzip_file.exists() {
        fs::write(&gzip_file, gzip(&content)?)?;
    }
    let (stem, extension) = name.rsplit_once('.').ok_or("a served file has an extension")?;
    writeln!(
        table,
        "    Asset {{ name: {name:?}, served: \"{stem}.{hash}.{extension}\", hash: {hash:?}, content_type: {content_type:?}, \
         identity: include_bytes!({file:?}), brotli: include_bytes!({brotli_file:?}), gzip: include_bytes!({gzip_file:?}) }},"
    )?;
    Ok(())
}

fn brotli(content: &[u8], quality: u32) -> io::Result<Vec<u8>> {
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, quality, 22);
    writer.write_all(content)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

/// For those that take no Brotli, as browsers do over plain HTTP and some proxies always.
fn gzip(content: &[u8]) -> io::Result<Vec<u8>> {
    let mut packed = Vec::new();
    zopfli::compress(zopfli::Options::default(), zopfli::Format::Gzip, content, &mut packed)?;
    Ok(packed)
}
