//! A whole number in digits, without memory of its own: several are written for every request.

/// As many digits as the largest has.
const MOST: usize = 20;

pub struct Decimal {
    digits: [u8; MOST],
    start: usize,
}

impl Decimal {
    pub fn of(mut number: u64) -> Decimal {
        let (mut digits, mut start) = ([b'0'; MOST], MOST - 1);
        while number > 9 {
            digits[start] = b'0' + (number % 10) as u8;
            number /= 10;
            start -= 1;
        }
        digits[start] = b'0' + number as u8;
        Decimal { digits, start }
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[self.start..]
    }

    pub fn as_str(&self) -> &str {
        // Digits are a text.
        std::str::from_utf8(self.as_bytes()).unwrap_or("0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_digits() {
        for number in [0, 7, 10, 99, 100, 1_234_567_890, u64::MAX] {
            assert_eq!(Decimal::of(number).as_str(), number.to_string());
        }
    }
}
