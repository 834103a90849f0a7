//! The headers of pages: Thrift's compact protocol, and of Parquet's `PageHeader` what a reader needs.

use super::damage::damaged;
use parquet::basic::Encoding;
use parquet::errors::Result;
use std::io::{self, Read};

/// What comes before a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    /// Bytes of the page, unpacked.
    pub unpacked: usize,
    /// Bytes of the page in the file.
    pub packed: usize,
    pub kind: Kind,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Kind {
    Data {
        values: u32,
        encoding: Encoding,
        def: Encoding,
        rep: Encoding,
    },
    DataV2 {
        values: u32,
        nulls: u32,
        rows: u32,
        encoding: Encoding,
        def_bytes: u32,
        rep_bytes: u32,
        is_compressed: bool,
    },
    Dictionary {
        values: u32,
        encoding: Encoding,
    },
    /// Nobody writes pages of this kind, and what would be in them is not known.
    Index,
}

/// Structs within structs that are passed over.
const DEEPEST: usize = 16;

/// The numbers of a struct by their fields; booleans are 0 and 1.
type Numbers = [Option<i64>; 9];

/// Reads the header at the start of `source`, of which `left` bytes are the column's, and says how long it is.
///
/// # Errors
/// If it is damaged.
pub(super) fn read(source: impl Read, left: u64) -> Result<(Header, u64)> {
    let mut compact = Compact { source: source.take(left) };
    let mut inner: [Option<Numbers>; 9] = [None; 9];
    let outer = compact.numbers(Some(&mut inner), DEEPEST)?;
    let length = left - compact.source.limit();
    let of = |numbers: &Numbers, field: usize| -> Result<u32> {
        let number = numbers[field].ok_or_else(|| damaged(format!("a page header without field {field}")))?;
        u32::try_from(number).map_err(|_| damaged(format!("a page header with {number} in field {field}")))
    };
    let encoding = |numbers: &Numbers, field| of(numbers, field).and_then(encoding);
    let part =
        |field: usize| inner[field].ok_or_else(|| damaged(format!("a page header without part {field}")));
    let kind = match of(&outer, 1)? {
        0 => {
            let data = part(5)?;
            Kind::Data {
                values: of(&data, 1)?,
                encoding: encoding(&data, 2)?,
                def: encoding(&data, 3)?,
                rep: encoding(&data, 4)?,
            }
        }
        1 => Kind::Index,
        2 => {
            let dictionary = part(7)?;
            Kind::Dictionary { values: of(&dictionary, 1)?, encoding: encoding(&dictionary, 2)? }
        }
        3 => {
            let data = part(8)?;
            Kind::DataV2 {
                values: of(&data, 1)?,
                nulls: of(&data, 2)?,
                rows: of(&data, 3)?,
                encoding: encoding(&data, 4)?,
                def_bytes: of(&data, 5)?,
                rep_bytes: of(&data, 6)?,
                is_compressed: data[7] != Some(0),
            }
        }
        other => return Err(damaged(format!("a page of kind {other}"))),
    };
    Ok((Header { unpacked: of(&outer, 2)? as usize, packed: of(&outer, 3)? as usize, kind }, length))
}

fn encoding(number: u32) -> Result<Encoding> {
    Ok(match number {
        0 => Encoding::PLAIN,
        2 => Encoding::PLAIN_DICTIONARY,
        3 => Encoding::RLE,
        #[expect(deprecated, reason = "old files name it for levels that they do not have")]
        4 => Encoding::BIT_PACKED,
        5 => Encoding::DELTA_BINARY_PACKED,
        6 => Encoding::DELTA_LENGTH_BYTE_ARRAY,
        7 => Encoding::DELTA_BYTE_ARRAY,
        8 => Encoding::RLE_DICTIONARY,
        9 => Encoding::BYTE_STREAM_SPLIT,
        other => return Err(damaged(format!("a page of encoding {other}"))),
    })
}

struct Compact<R> {
    source: io::Take<R>,
}

impl<R: Read> Compact<R> {
    fn byte(&mut self) -> Result<u8> {
        let mut byte = [0];
        self.source.read_exact(&mut byte)?;
        Ok(byte[0])
    }

    fn varint(&mut self) -> Result<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
        Err(damaged("a page header with a number that does not end"))
    }

    fn zigzag(&mut self) -> Result<i64> {
        let number = self.varint()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// The numbers of a struct, and those of the structs in it.
    fn numbers(&mut self, mut inner: Option<&mut [Option<Numbers>; 9]>, depth: usize) -> Result<Numbers> {
        let mut numbers: Numbers = [None; 9];
        let mut field = 0_i64;
        loop {
            let head = self.byte()?;
            let kind = head & 0x0f;
            if kind == 0 {
                return Ok(numbers);
            }
            field = match head >> 4 {
                0 => self.zigzag()?,
                step => field.saturating_add(step.into()),
            };
            let at = usize::try_from(field).ok().filter(|at| *at < numbers.len());
            match (kind, at, &mut inner) {
                (1 | 2, Some(at), _) => numbers[at] = Some((kind == 1).into()),
                (4..=6, Some(at), _) => numbers[at] = Some(self.zigzag()?),
                (12, Some(at), Some(inner)) => inner[at] = Some(self.numbers(None, depth - 1)?),
                _ => self.skip(kind, depth)?,
            }
        }
    }

    /// Passes over the value of a field.
    fn skip(&mut self, kind: u8, depth: usize) -> Result<()> {
        match kind {
            1 | 2 => {}
            3 => self.pass(1)?,
            4..=6 => _ = self.varint()?,
            7 => self.pass(8)?,
            8 => {
                let length = self.varint()?;
                self.pass(length)?;
            }
            9 | 10 => {
                let head = self.byte()?;
                let count = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
                for _ in 0..count {
                    self.element(head & 0x0f, depth)?;
                }
            }
            11 => {
                let count = self.varint()?;
                let kinds = if count > 0 { self.byte()? } else { 0 };
                for _ in 0..count {
                    self.element(kinds >> 4, depth)?;
                    self.element(kinds & 0x0f, depth)?;
                }
            }
            12 if depth > 0 => _ = self.numbers(None, depth - 1)?,
            _ => return Err(damaged(format!("a page header with a field of kind {kind}"))),
        }
        Ok(())
    }

    /// Passes over a value in a list, where a boolean has a byte.
    fn element(&mut self, kind: u8, depth: usize) -> Result<()> {
        match (kind, depth) {
            (1 | 2, _) => self.pass(1),
            (_, 0) => Err(damaged("a page header of structs in structs without end")),
            _ => self.skip(kind, depth - 1),
        }
    }

    fn pass(&mut self, length: u64) -> Result<()> {
        match io::copy(&mut (&mut self.source).take(length), &mut io::sink())? == length {
            true => Ok(()),
            false => Err(damaged("a page header that is cut off")),
        }
    }
}
