//! Which rows a process has to do.

use crate::error::ErrorKind;
use sha2::{Digest, Sha256};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;

/// One of the equal shares a job is cut into. They count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    index: u32,
    count: NonZeroU32,
}

/// What names no shard, or not one of this job.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum ShardError {
    /// Not of the form `3/16`.
    #[error("'{0}' is no shard; write it as 3/16: shards count from 0, so those of 16 are 0/16 to 15/16")]
    Form(String),
    /// A variable that names no shard.
    #[error(
        "{variable} is '{value}', which is no shard; write it as 3/16: shards count from 0, so those of 16 are 0/16 \
         to 15/16"
    )]
    Variable {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// A number that is not one.
    #[error("{variable} is '{value}', which is no number of a shard")]
    Number {
        /// The environment variable.
        variable: &'static str,
        /// Its value.
        value: String,
    },
    /// There is no such shard.
    #[error("{origin} names shard {index} of {count}; shards count from 0, so the last one is {}", count.get() - 1)]
    TooHigh {
        /// What named it.
        origin: &'static str,
        /// The shard named.
        index: u32,
        /// How many there are.
        count: NonZeroU32,
    },
    /// The number of the shard is known, but not how many there are.
    #[error("{0} says which shard this is, but not of how many; name the number of shards")]
    CountUnknown(&'static str),
    /// The number of shards is known, but not which one this is.
    #[error(
        "there are {0} shards and nothing says which one this is; name it, such as 0/{0}, or set LIGHTCNN_SHARD, \
         JOB_COMPLETION_INDEX or SLURM_ARRAY_TASK_ID"
    )]
    IndexUnknown(NonZeroU32),
    /// Two numbers of shards.
    #[error("{origin} says {shard}, and the number of shards named is {count}; drop one of them")]
    Counts {
        /// What named the shard.
        origin: &'static str,
        /// The shard it named.
        shard: Shard,
        /// The number named.
        count: NonZeroU32,
    },
}

impl ShardError {
    /// What kind of thing went wrong.
    pub fn kind(&self) -> ErrorKind {
        ErrorKind::InvalidInput
    }
}

impl Shard {
    /// The only shard of a job that is not cut.
    pub const WHOLE: Shard = Shard { index: 0, count: NonZeroU32::MIN };

    /// Shard `index` of `count`; nothing if there is no such shard.
    pub fn new(index: u32, count: NonZeroU32) -> Option<Shard> {
        (index < count.get()).then_some(Shard { index, count })
    }

    /// Its number, from 0.
    pub fn index(self) -> u32 {
        self.index
    }

    /// How many shards there are.
    pub fn count(self) -> NonZeroU32 {
        self.count
    }

    /// Whether the row of this key is one of the shard's. The first eight bytes of the key's SHA-256, read as a
    /// big-endian number, modulo the number of shards, are the row's shard: where a row belongs depends on its key
    /// alone.
    #[doc(hidden)]
    pub fn has(self, key: &str) -> bool {
        if self.count == NonZeroU32::MIN {
            return true;
        }
        let hash = Sha256::digest(key.as_bytes());
        let number = hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte));
        number % u64::from(self.count.get()) == u64::from(self.index)
    }

    /// Its folder in the folder of the job.
    #[doc(hidden)]
    pub fn folder(self) -> String {
        let width = (self.count.get() - 1).to_string().len().max(2);
        format!("shard-{:0width$}-of-{:0width$}", self.index, self.count)
    }

    /// The shard of this process, and what named it: `named`, `LIGHTCNN_SHARD`, Kubernetes' or Slurm's
    /// variables with `count`, the number of shards, else the whole job. `variable` looks up the environment; what is set
    /// and empty counts as unset.
    ///
    /// # Errors
    /// If what names the shard is of the wrong form, names none of the job, or leaves out how many there are.
    #[doc(hidden)]
    pub fn choose(
        named: Option<Shard>,
        count: Option<NonZeroU32>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(Shard, Option<&'static str>), ShardError> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let whole = match (named, variable(OWN)) {
            (Some(shard), _) => Some((shard, "the shard named")),
            (None, Some(value)) => match value.parse() {
                Ok(shard) => Some((shard, OWN)),
                Err(_) => return Err(ShardError::Variable { variable: OWN, value }),
            },
            (None, None) => None,
        };
        if let Some((shard, origin)) = whole {
            return match count {
                Some(count) if count != shard.count => Err(ShardError::Counts { origin, shard, count }),
                _ => Ok((shard, Some(origin))),
            };
        }
        for (origin, count_variable) in [(KUBERNETES, None), (SLURM, Some(SLURM_COUNT))] {
            let Some(value) = variable(origin) else { continue };
            let number = |variable: &'static str, value: String| {
                value.trim().parse::<u32>().map_err(|_| ShardError::Number { variable, value })
            };
            let index = number(origin, value)?;
            let told = count_variable.and_then(|name| Some((name, variable(name)?)));
            let count = match (count, told) {
                (Some(count), _) => count,
                (None, Some((name, value))) => NonZeroU32::new(number(name, value.clone())?)
                    .ok_or(ShardError::Number { variable: name, value })?,
                (None, None) => return Err(ShardError::CountUnknown(origin)),
            };
            let shard = Shard::new(index, count).ok_or(ShardError::TooHigh { origin, index, count })?;
            return Ok((shard, Some(origin)));
        }
        match count {
            Some(count) if count != NonZeroU32::MIN => Err(ShardError::IndexUnknown(count)),
            _ => Ok((Shard::WHOLE, None)),
        }
    }
}

const OWN: &str = "LIGHTCNN_SHARD";
const KUBERNETES: &str = "JOB_COMPLETION_INDEX";
const SLURM: &str = "SLURM_ARRAY_TASK_ID";
const SLURM_COUNT: &str = "SLURM_ARRAY_TASK_COUNT";

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Shard, ShardError> {
        let parsed = text.split_once('/').and_then(|(index, count)| {
            Shard::new(index.trim().parse().ok()?, NonZeroU32::new(count.trim().parse().ok()?)?)
        });
        parsed.ok_or_else(|| ShardError::Form(text.to_string()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(named: &str, count: u32, variables: &[(&str, &str)]) -> Result<String, ShardError> {
        let named = (!named.is_empty()).then(|| named.parse().unwrap());
        let variable = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_string())
        };
        let (shard, origin) = Shard::choose(named, NonZeroU32::new(count), &variable)?;
        Ok(format!("{shard} {}", origin.unwrap_or("-")))
    }

    #[test]
    fn every_scheduler_names_its_shard() {
        let own = (OWN, "3/16");
        let kubernetes = (KUBERNETES, "3");
        let slurm = [(SLURM, "3"), (SLURM_COUNT, "16")];
        for (named, count, variables, expected) in [
            ("", 0, &[][..], "0/1 -"),
            ("", 1, &[], "0/1 -"),
            ("3/16", 0, &[("LIGHTCNN_SHARD", "4/16")], "3/16 the shard named"),
            ("3/16", 16, &[], "3/16 the shard named"),
            ("", 0, &[own, kubernetes], "3/16 LIGHTCNN_SHARD"),
            ("", 16, &[kubernetes, slurm[0]], "3/16 JOB_COMPLETION_INDEX"),
            ("", 0, &slurm, "3/16 SLURM_ARRAY_TASK_ID"),
            // Set and empty is unset, as templates leave it.
            ("", 0, &[(OWN, ""), (KUBERNETES, ""), (SLURM, "")], "0/1 -"),
            ("", 0, &[(OWN, ""), (KUBERNETES, ""), slurm[0], slurm[1]], "3/16 SLURM_ARRAY_TASK_ID"),
            ("", 20, &[slurm[0], (SLURM_COUNT, "")], "3/20 SLURM_ARRAY_TASK_ID"),
            // A part of the array, sent again.
            ("", 20, &slurm, "3/20 SLURM_ARRAY_TASK_ID"),
        ] {
            assert_eq!(choose(named, count, variables).unwrap(), expected);
        }
    }

    #[test]
    fn what_names_no_shard_says_what_to_do() {
        let slurm_index = (SLURM, "3");
        for (named, count, variables, expected) in [
            ("", 16, &[][..], "such as 0/16"),
            ("3/16", 8, &[], "drop one"),
            ("", 0, &[("LIGHTCNN_SHARD", "16/16")], "LIGHTCNN_SHARD is '16/16'"),
            (
                "",
                0,
                &[("LIGHTCNN_SHARD", "0-2")],
                "LIGHTCNN_SHARD is '0-2', which is no shard; write it as 3/16",
            ),
            ("", 0, &[("LIGHTCNN_SHARD", " ")], "LIGHTCNN_SHARD is ' '"),
            ("", 0, &[slurm_index, (SLURM_COUNT, "")], "SLURM_ARRAY_TASK_ID says which shard this is"),
            ("", 0, &[(KUBERNETES, "3")], "name the number of shards"),
            ("", 3, &[(KUBERNETES, "3")], "the last one is 2"),
            ("", 3, &[(KUBERNETES, "three")], "'three'"),
            ("", 0, &[(SLURM, "1"), (SLURM_COUNT, "0")], "SLURM_ARRAY_TASK_COUNT"),
        ] {
            let error = choose(named, count, variables).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for text in ["", "3", "3/0", "/", "1/1", "-1/4", "a/b"] {
            assert_eq!(text.parse::<Shard>(), Err(ShardError::Form(text.to_string())));
        }
    }

    /// Written down: a job begun by one version is gone on with by another.
    #[test]
    fn rows_stay_where_they_are() {
        let shard = |key: &str, count: u32| {
            let all = (0..count).filter_map(|index| Shard::new(index, NonZeroU32::new(count)?));
            let all: Vec<u32> = all.filter(|shard| shard.has(key)).map(Shard::index).collect();
            assert_eq!(all.len(), 1);
            all[0]
        };
        // printf a.png | sha256sum: 7f071235805fbf58, then more.
        assert_eq!([shard("a.png", 16), shard("a.png", 7), shard("b.png", 16)], WRITTEN_DOWN);
        let sixteen = NonZeroU32::new(16).unwrap();
        for index in 0..16 {
            let shard = Shard::new(index, sixteen).unwrap();
            let rows = (0..16_000).filter(|row| shard.has(&format!("faces/{row:06}.jpg"))).count();
            assert!((900..1100).contains(&rows), "{rows} of 16,000 rows in shard {shard}");
        }
    }

    const WRITTEN_DOWN: [u32; 3] = [8, 1, 4];

    #[test]
    fn folders_sort_as_the_shards_do() {
        let folder = |index, count| Shard::new(index, NonZeroU32::new(count).unwrap()).unwrap().folder();
        assert_eq!(Shard::WHOLE.folder(), "shard-00-of-01");
        assert_eq!(folder(3, 16), "shard-03-of-16");
        assert_eq!(folder(7, 100), "shard-07-of-100");
        assert_eq!(folder(7, 1000), "shard-007-of-1000");
    }
}
