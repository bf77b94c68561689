//! Numbers as readers of a page want them.

/// A number with four significant digits: `2 116` is `2,116`, ten million and more, and less than a ten-thousandth, are powers of
/// ten, infinity is `∞` and no number is `–`.
///
/// ```
/// use sgdlab_reports::page::human;
/// assert_eq!(human(2116.4), "2,116");
/// assert_eq!(human(0.0316227766017), "0.03162");
/// assert_eq!(human(3.16227766017e-5), "3.162 × 10⁻⁵");
/// assert_eq!(human(1e7), "10⁷");
/// assert_eq!(human(f64::INFINITY), "∞");
/// ```
#[must_use]
pub fn human(x: f64) -> String {
    if x.is_nan() {
        return "–".to_owned();
    }
    if x.is_infinite() {
        return if x > 0.0 { "∞" } else { "−∞" }.to_owned();
    }
    let rounded: f64 = format!("{x:.3e}").parse().unwrap_or(x);
    let size = rounded.abs();
    if size != 0.0 && !(1e-4..1e7).contains(&size) {
        return power(rounded);
    }
    let text = if size >= 1000.0 { format!("{:.0}", x) } else { format!("{rounded}") };
    match text.strip_prefix('-') {
        Some(digits) => format!("−{}", grouped(digits)),
        None => grouped(&text),
    }
}

/// A mantissa and a power of ten.
fn power(x: f64) -> String {
    let text = format!("{x:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let raised: String = exponent.chars().map(raised).collect();
    match mantissa {
        "1" => format!("10{raised}"),
        "-1" => format!("−10{raised}"),
        _ => format!("{} × 10{raised}", mantissa.replace('-', "−")),
    }
}

fn raised(digit: char) -> char {
    match digit {
        '-' => '⁻',
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        _ => digit.to_digit(10).and_then(|d| char::from_u32(0x2070 + d)).unwrap_or(digit),
    }
}

/// Whole digits in groups of three; what stands after a point is left alone.
fn grouped(text: &str) -> String {
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut out = String::new();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// A share of one in percent, which is 0 or 100 only if it is exactly so.
///
/// ```
/// use sgdlab_reports::page::percent;
/// assert_eq!([0.0, 0.0004, 0.256, 0.9999, 1.0].map(percent), ["0 %", "<0.1 %", "25.6 %", ">99.9 %", "100 %"]);
/// ```
#[must_use]
pub fn percent(share: f64) -> String {
    let percent = share * 100.0;
    if percent.is_nan() {
        "–".to_owned()
    } else if percent > 0.0 && percent < 0.1 {
        "<0.1 %".to_owned()
    } else if percent < 100.0 && percent > 99.9 {
        ">99.9 %".to_owned()
    } else {
        format!("{} %", (percent * 10.0).round() / 10.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_digits_are_shown() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-12.5, "−12.5"),
            (999.96, "1,000"),
            (20_220.0, "20,220"),
            (-1_166_400.0, "−1,166,400"),
            (9_999_999.0, "10⁷"),
            (1.5e9, "1.5 × 10⁹"),
            (1e-5, "10⁻⁵"),
            (-2.5e-10, "−2.5 × 10⁻¹⁰"),
            (0.000_316_227_766, "0.0003162"),
            (f64::NAN, "–"),
            (f64::NEG_INFINITY, "−∞"),
        ];
        for (x, text) in cases {
            assert_eq!(human(x), text, "{x:e}");
        }
    }
}
