//! Which of many rows are meant: a bit for each.

use std::ops::Range;

const WORD: usize = u64::BITS as usize;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mask {
    words: Vec<u64>,
    rows: usize,
}

impl Mask {
    /// None of so many rows.
    pub fn none(rows: usize) -> Mask {
        Mask { words: vec![0; rows.div_ceil(WORD)], rows }
    }

    /// Those of so many rows that lie within a range.
    pub fn within(range: Range<usize>, rows: usize) -> Mask {
        let mut mask = Mask::none(rows);
        let (first, end) = (range.start.min(rows), range.end.min(rows));
        for (n, word) in mask.words.iter_mut().enumerate() {
            let (from, to) = (first.clamp(n * WORD, (n + 1) * WORD), end.clamp(n * WORD, (n + 1) * WORD));
            if from < to {
                *word = (u64::MAX >> (WORD - (to - from))) << (from - n * WORD);
            }
        }
        mask
    }

    pub fn all(rows: usize) -> Mask {
        Mask::within(0..rows, rows)
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The bytes that it takes.
    pub fn weight(&self) -> usize {
        size_of_val(&*self.words)
    }

    pub fn has(&self, row: usize) -> bool {
        self.words.get(row / WORD).is_some_and(|word| word >> (row % WORD) & 1 == 1)
    }

    pub fn set(&mut self, row: usize, on: bool) {
        if let Some(word) = self.words.get_mut(row / WORD).filter(|_| row < self.rows) {
            let bit = 1 << (row % WORD);
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    /// Keeps the rows whose value passes.
    pub fn retain<T: Copy>(&mut self, column: &[T], test: impl Fn(T) -> bool) {
        for (word, values) in self.words.iter_mut().zip(column.chunks(WORD)).filter(|(word, _)| **word != 0) {
            let bits = values.iter().enumerate().map(|(n, value)| u64::from(test(*value)) << n);
            *word &= bits.fold(0, |all, bit| all | bit);
        }
    }

    /// The same for two columns together.
    pub fn retain_pairs<A: Copy, B: Copy>(&mut self, one: &[A], other: &[B], test: impl Fn(A, B) -> bool) {
        let chunks = one.chunks(WORD).zip(other.chunks(WORD));
        for (word, (one, other)) in self.words.iter_mut().zip(chunks).filter(|(word, _)| **word != 0) {
            let bits = one.iter().zip(other).enumerate().map(|(n, (one, other))| u64::from(test(*one, *other)) << n);
            *word &= bits.fold(0, |all, bit| all | bit);
        }
    }

    pub fn and(&mut self, other: &Mask) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
    }

    pub fn or(&mut self, other: &Mask) {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
    }

    /// The rows in order, without the first `skipped` of them.
    pub fn rows(&self, skipped: usize) -> impl Iterator<Item = usize> {
        let (mut first, mut left) = (0, skipped);
        while let Some(ones) = self.words.get(first).map(|word| word.count_ones() as usize).filter(|ones| *ones <= left)
        {
            (first, left) = (first + 1, left - ones);
        }
        let words = self.words[first..].iter().enumerate();
        words.flat_map(move |(n, word)| Bits(*word).map(move |bit| (first + n) * WORD + bit)).skip(left)
    }
}

/// The places of a word's ones, lowest first.
struct Bits(u64);

impl Iterator for Bits {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        let bit = Some(self.0.trailing_zeros() as usize).filter(|bit| *bit < WORD)?;
        self.0 &= self.0 - 1;
        Some(bit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_holds_what_was_put_into_it() {
        for rows in [0, 1, 63, 64, 65, 200] {
            assert_eq!(Mask::all(rows).count(), rows);
            for range in [0..0, 0..1, 3..64, 63..65, 64..128, 5..199, 150..400] {
                let mask = Mask::within(range.clone(), rows);
                let expected: Vec<usize> = range.filter(|row| *row < rows).collect();
                assert_eq!(mask.rows(0).collect::<Vec<_>>(), expected);
                for skipped in [1, 60, 61, 64, 1_000] {
                    let rest: Vec<usize> = expected.iter().skip(skipped).copied().collect();
                    assert_eq!(mask.rows(skipped).collect::<Vec<_>>(), rest, "{skipped} of {rows}");
                }
            }
        }
    }

    #[test]
    fn columns_thin_it_out() {
        let (numbers, others): (Vec<u16>, Vec<u8>) = ((0..150).collect(), (0..150).map(|n| n as u8 % 2).collect());
        let mut mask = Mask::within(10..140, 150);
        mask.retain(&numbers, |number| number % 5 == 0);
        mask.retain_pairs(&numbers, &others, |number, other| number < 100 && other == 1);
        assert_eq!(mask.rows(0).collect::<Vec<_>>(), (10..100).filter(|n| n % 10 == 5).collect::<Vec<_>>());
        mask.set(15, false);
        mask.set(7, true);
        mask.set(1_000, true);
        let mut other = Mask::within(0..20, 150);
        other.and(&mask);
        assert_eq!(other.rows(0).collect::<Vec<_>>(), [7]);
        other.or(&Mask::within(8..9, 150));
        assert!(other.has(8) && other.has(7) && !other.has(9) && !other.has(9_999));
    }
}
