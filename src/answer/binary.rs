//! Small files that are what their media type says, for answers whose content no schema describes.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A picture of one transparent point.
const PNG: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";
const GIF: &str = "R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7";

pub fn file(media_type: &str) -> Vec<u8> {
    match media_type {
        "image/png" | "image/*" => STANDARD.decode(PNG).unwrap_or_default(),
        "image/gif" => STANDARD.decode(GIF).unwrap_or_default(),
        "audio/wav" | "audio/x-wav" | "audio/wave" | "audio/*" => silence(),
        "application/zip" => [b"PK\x05\x06".as_slice(), &[0; 18]].concat(),
        "application/pdf" => {
            b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n\
              trailer<</Root 1 0 R>>\n%%EOF\n"
                .to_vec()
        }
        _ => (0..16).collect(),
    }
}

/// A hundredth of a second without a sound.
fn silence() -> Vec<u8> {
    const RATE: u32 = 8_000;
    let samples = vec![0u8; RATE as usize / 100 * 2];
    let length = samples.len() as u32;
    let mut wave = b"RIFF".to_vec();
    wave.extend((36 + length).to_le_bytes());
    wave.extend(b"WAVEfmt ");
    wave.extend(16u32.to_le_bytes());
    // Uncompressed, one channel.
    wave.extend([1, 0, 1, 0]);
    wave.extend(RATE.to_le_bytes());
    wave.extend((RATE * 2).to_le_bytes());
    // Two bytes for each sample.
    wave.extend([2, 0, 16, 0]);
    wave.extend(b"data");
    wave.extend(length.to_le_bytes());
    wave.extend(samples);
    wave
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_begin_as_their_kind_does() {
        assert!(file("image/png").starts_with(b"\x89PNG\r\n"));
        assert!(file("image/gif").starts_with(b"GIF89a"));
        assert!(file("application/pdf").starts_with(b"%PDF-"));
        assert_eq!(file("application/zip").len(), 22);
        let wave = file("audio/wav");
        assert_eq!(u32::from_le_bytes(wave[4..8].try_into().unwrap()) as usize + 8, wave.len());
        assert!(!file("application/octet-stream").is_empty());
    }
}
