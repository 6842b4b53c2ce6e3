//! Types of std and of crates that many programs have: all of them arrive.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet, LinkedList, VecDeque};
use std::ffi::{CString, OsString};
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroU8, NonZeroU64, Saturating};
use std::ops::{Bound, RangeFrom, RangeInclusive};
use std::path::PathBuf;
use std::sync::atomic::AtomicU32;
use std::time::{Duration, SystemTime};
use std::{borrow::Cow, cell::Cell, cell::RefCell, cmp::Reverse, marker::PhantomData};

use serde::{Deserialize, Serialize};

use super::{check, decode, encode};

#[test]
fn types_of_std_arrive() {
    check(Duration::new(7, 8));
    check(SystemTime::UNIX_EPOCH + Duration::from_millis(1));
    check((1_u8..5, RangeInclusive::new(1, 2), RangeFrom { start: 'a' }, (..7_u32)));
    check((Bound::Included(1_u8), Bound::<u8>::Unbounded));
    check((IpAddr::from([1, 2, 3, 4]), Ipv6Addr::LOCALHOST, SocketAddr::from(([1; 16], 80))));
    check((CString::new("a").unwrap(), OsString::from("ß"), PathBuf::from("/x")));
    check((NonZeroU8::MIN, Some(NonZeroU64::MAX), Saturating(7_i8), Reverse(1_usize)));
    check(Some(Some(Some(None::<u8>))));
    check((PhantomData::<String>, Box::new(5_isize), Cell::new(1_u8), RefCell::new("x".to_string())));
    check((Cow::<'static, str>::Owned("x".into()), Box::<str>::from("y"), Box::<[u16]>::from([1, 2])));
    check((HashMap::from([(1_u8, "x".to_string())]), HashSet::from([1_u64]), BTreeSet::from([(1, 2)])));
    check((VecDeque::from([1_u8]), LinkedList::from([1.5_f32])));
    check((Ok::<u8, String>(1), Err::<u8, String>("x".into())));
    check((1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, [0_u8; 32]));
    check([[[1_u16; 3]; 2]; 2]);
    let heap: BinaryHeap<u8> = decode(encode(BinaryHeap::from([3, 1, 2])).unwrap()).unwrap();
    assert_eq!(heap.into_sorted_vec(), [1, 2, 3]);
    let number: AtomicU32 = decode(encode(AtomicU32::new(9)).unwrap()).unwrap();
    assert_eq!(number.into_inner(), 9);
}

#[test]
fn types_of_crates_arrive() {
    check(uuid::Uuid::from_u128(7 << 100));
    check(vec![uuid::Uuid::nil()]);
    check(serde_bytes::ByteBuf::from([1, 2]));
    check(serde_bytes::ByteArray::new([1, 2, 3]));
    let date = chrono::NaiveDate::from_ymd_opt(2026, 11, 29).unwrap();
    let time = date.and_hms_nano_opt(1, 2, 3, 4).unwrap();
    check((date, time, time.and_utc(), chrono::Weekday::Fri, chrono::Month::May));
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    struct With {
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
        #[serde(with = "chrono::serde::ts_milliseconds")]
        at: chrono::DateTime<chrono::Utc>,
    }
    check(With { bytes: vec![1], at: chrono::DateTime::UNIX_EPOCH });
}

/// What serde's other attributes make of a type, they make of it at both ends.
#[test]
fn renamed_borrowed_and_remote_types_arrive() {
    #[derive(Debug, Clone, PartialEq)]
    struct Far {
        secs: i64,
    }
    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Far", rename_all = "SCREAMING-KEBAB-CASE")]
    struct FarDef {
        secs: i64,
    }
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, rename = "Other")]
    struct Renamed<T> {
        #[serde(with = "FarDef")]
        the_far: Far,
        #[serde(rename = "type", alias = "kind", alias = "sort")]
        of: T,
        #[serde(alias = "x1", alias = "x2", default)]
        x: Option<u8>,
        #[serde(skip)]
        cached: Option<u8>,
        #[serde(default = "seven")]
        seven: u8,
    }
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    #[serde(transparent)]
    struct Transparent {
        only: Vec<u16>,
    }
    #[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
    #[serde(into = "u32", try_from = "u64")]
    struct Converted(u8);
    impl From<Converted> for u32 {
        fn from(Converted(number): Converted) -> Self {
            number.into()
        }
    }
    impl TryFrom<u64> for Converted {
        type Error = std::num::TryFromIntError;

        fn try_from(number: u64) -> Result<Self, Self::Error> {
            number.try_into().map(Self)
        }
    }
    fn seven() -> u8 {
        7
    }
    for x in [None, Some(1)] {
        let value =
            Renamed { the_far: Far { secs: 1 }, of: "t".to_string(), x, cached: None, seven: seven() };
        check(vec![value.clone(), value]);
    }
    check(Transparent { only: vec![1, 2] });
    check((Converted(7), Converted(8)));
}
