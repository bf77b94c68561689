//! Numbers as readers of a page want them.

/// A number with three significant digits, and from a thousand on as a whole number; very large and very small ones are
/// powers of ten, infinity is `∞` and no number is `–`.
///
/// ```
/// use sgdlab_reports::page::human;
/// assert_eq!(human(2116.4), "2116");
/// assert_eq!(human(20_220.0), "20\u{202f}220");
/// assert_eq!(human(0.0316227766017), "0.0316");
/// assert_eq!(human(3.16227766017e-5), "3.16 × 10⁻⁵");
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
    let text = format!("{:.2e}", x.abs());
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let digits = digits.trim_end_matches('0').trim_end_matches('.');
    let sign = if x < 0.0 { "−" } else { "" };
    match exponent.parse().unwrap_or(0) {
        power if x != 0.0 && !(-4..7).contains(&power) => {
            let factor = if digits == "1" { String::new() } else { format!("{digits} × ") };
            format!("{sign}{factor}10{}", exponent.chars().map(raised).collect::<String>())
        }
        3.. => format!("{sign}{}", grouped(&x.abs().round().to_string())),
        _ => format!("{sign}{}", text.parse().unwrap_or(x.abs())),
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

/// Digits in groups of three, from five of them on, as on the axes of figures.
fn grouped(digits: &str) -> String {
    let mut out = String::new();
    if digits.len() < 5 {
        return digits.to_owned();
    }
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
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
    fn three_digits_are_shown() {
        let cases = [
            (0.0, "0"),
            (-0.0, "0"),
            (1.0, "1"),
            (-12.5, "−12.5"),
            (999.96, "1000"),
            (1234.5, "1235"),
            (20_220.0, "20\u{202f}220"),
            (-1_166_400.0, "−1\u{202f}166\u{202f}400"),
            (9_999_999.0, "10⁷"),
            (999.4, "999"),
            (1.5e9, "1.5 × 10⁹"),
            (1e-5, "10⁻⁵"),
            (-2.5e-10, "−2.5 × 10⁻¹⁰"),
            (0.000_316_227_766, "0.000316"),
            (f64::NAN, "–"),
            (f64::NEG_INFINITY, "−∞"),
        ];
        for (x, text) in cases {
            assert_eq!(human(x), text, "{x:e}");
        }
    }
}
