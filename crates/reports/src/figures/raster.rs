//! Shades, and pictures of them as PNG inside of SVG.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::model::Colors;

/// How many shades there are, from the lowest to the highest number.
pub const SHADES: usize = 96;

/// The index of what has no number; it is transparent.
pub const NOTHING: u8 = SHADES as u8;

/// The index of +∞, which is gray.
pub const INFINITE: u8 = SHADES as u8 + 1;

/// Red, green and blue of a share of the way from the lowest to the highest number: the color map viridis, which is
/// read alike by all kinds of color vision and in gray, as the polynomials that Matt Zucker fitted to it.
fn viridis(share: f64) -> [u8; 3] {
    const COEFFICIENTS: [[f64; 3]; 7] = [
        [0.277_727_327_223_417_7, 0.005_407_344_544_966_578, 0.334_099_805_335_306_1],
        [0.105_093_043_108_577_4, 1.404_613_529_898_575, 1.384_590_162_594_685],
        [-0.330_861_828_725_556_3, 0.214_847_559_468_213, 0.095_095_163_028_236_59],
        [-4.634_230_498_983_486, -5.799_100_973_351_585, -19.332_440_956_279_87],
        [6.228_269_936_347_081, 14.179_933_366_805_09, 56.690_552_600_681_05],
        [4.776_384_997_670_288, -13.745_145_377_746_01, -65.353_032_633_372_34],
        [-5.435_455_855_934_631, 4.645_852_612_178_535, 26.312_435_249_583_2],
    ];
    let at = |channel: usize| COEFFICIENTS.iter().rev().fold(0.0, |sum, row| sum * share + row[channel]);
    [0, 1, 2].map(|channel| (255.0 * at(channel)).round().clamp(0.0, 255.0) as u8)
}

/// The same of the color map terrain of Matplotlib: straight lines between six colors.
fn terrain(share: f64) -> [u8; 3] {
    const STOPS: [(f64, [f64; 3]); 6] = [
        (0.0, [0.2, 0.2, 0.6]),
        (0.15, [0.0, 0.6, 1.0]),
        (0.25, [0.0, 0.8, 0.4]),
        (0.5, [1.0, 1.0, 0.6]),
        (0.75, [0.5, 0.36, 0.33]),
        (1.0, [1.0, 1.0, 1.0]),
    ];
    let after = STOPS.iter().position(|(at, _)| share <= *at).unwrap_or(STOPS.len() - 1).max(1);
    let ((from, low), (to, high)) = (STOPS[after - 1], STOPS[after]);
    let part = ((share - from) / (to - from)).clamp(0.0, 1.0);
    [0, 1, 2].map(|channel| (255.0 * (low[channel] + part * (high[channel] - low[channel]))).round() as u8)
}

impl Colors {
    /// Red, green and blue of a share of the way from the lowest to the highest number.
    fn of(self, share: f64) -> [u8; 3] {
        match self {
            Self::Viridis => viridis(share),
            Self::Terrain => terrain(share),
        }
    }
}

/// All shades as SVG writes colors, from the lowest to the highest.
#[must_use]
pub fn shades(colors: Colors) -> Vec<String> {
    (0..SHADES).map(|i| color(colors, i as f64 / (SHADES - 1) as f64, 1.0)).collect()
}

/// A shade as SVG writes colors, darker or lighter by a factor.
pub fn color(colors: Colors, share: f64, light: f64) -> String {
    let [r, g, b] = colors.of(share).map(|x| (f64::from(x) * light).round().clamp(0.0, 255.0) as u8);
    format!("#{r:02x}{g:02x}{b:02x}")
}

/// A picture of shades, row by row from the top, as a data URL.
///
/// # Panics
/// If there are not as many pixels as width times height.
pub fn image(colors: Colors, [width, height]: [usize; 2], pixels: &[u8]) -> String {
    assert_eq!(pixels.len(), width * height, "a shade for each pixel");
    let mut palette: Vec<u8> = (0..SHADES).flat_map(|i| colors.of(i as f64 / (SHADES - 1) as f64)).collect();
    palette.extend([0, 0, 0, 0xb4, 0xb8, 0xbd]);
    let mut transparency = vec![255; SHADES + 2];
    transparency[usize::from(NOTHING)] = 0;
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width as u32, height as u32);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_palette(palette);
    encoder.set_trns(transparency);
    encoder.set_compression(png::Compression::High);
    // Neighbors differ little, but indices are no amounts.
    encoder.set_filter(png::Filter::NoFilter);
    let written = encoder.write_header().and_then(|mut writer| writer.write_image_data(pixels));
    written.expect("memory takes all bytes");
    format!("data:image/png;base64,{}", STANDARD.encode(bytes))
}

/// The width and the shades of a picture.
#[cfg(test)]
pub fn pixels(image: &str) -> (usize, Vec<u8>) {
    let bytes = STANDARD.decode(image.trim_start_matches("data:image/png;base64,")).unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
    let mut found = vec![0; reader.output_buffer_size().unwrap()];
    let width = reader.next_frame(&mut found).unwrap().width as usize;
    (width, found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shades_are_those_of_viridis() {
        // The ends and the middle of the published table.
        for (share, expected) in [(0.0, [68, 1, 84]), (0.5, [33, 145, 140]), (1.0, [253, 231, 37])] {
            let found = viridis(share);
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 4), "{share}: {found:?}");
        }
        let luminance = |i: usize| {
            let [r, g, b] = viridis(i as f64 / (SHADES - 1) as f64).map(f64::from);
            0.2126 * r + 0.7152 * g + 0.0722 * b
        };
        assert!((1..SHADES).all(|i| luminance(i) > luminance(i - 1)), "in gray, higher is lighter");
    }

    #[test]
    fn terrain_goes_from_water_to_snow() {
        for (share, expected) in
            [(0.0, [51, 51, 153]), (0.2, [0, 179, 179]), (0.5, [255, 255, 153]), (1.0, [255, 255, 255])]
        {
            let found = Colors::Terrain.of(share);
            assert!(found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) <= 1), "{share}: {found:?}");
        }
    }

    #[test]
    fn pictures_are_small_and_can_be_read() {
        let pixels: Vec<u8> = (0..200 * 100).map(|i| (i % 200 / 3) as u8).collect();
        let image = image(Colors::Viridis, [200, 100], &pixels);
        assert!(image.len() < 1500, "{}", image.len());
        assert_eq!(super::pixels(&image), (200, pixels));
    }
}
