//! Rate limits of rules: buckets that fill as the lane's time goes by, and of which every request takes its part.

use jiff::{SignedDuration, Timestamp};

use crate::scenario::effect::Limit;

/// What a limit says to one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota {
    pub limit: u64,
    /// How many more may come at once.
    pub remaining: u64,
    /// When all of them may again.
    pub reset: Timestamp,
    /// The request is one too many: the next one may come after so long.
    pub wait: Option<SignedDuration>,
}

/// When it is full again, counted from the beginning of 1970 in parts of a nanosecond: as many as `requests` says. So nothing
/// is rounded, however the two figures of a limit stand to each other.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Bucket(Option<i128>);

/// Figures beyond these change nothing that anybody could see, and keep what is counted within its bounds.
const MOST: u64 = 1_000_000_000;

impl Bucket {
    /// Takes one request's part.
    pub fn take(&mut self, limit: &Limit, now: Timestamp) -> Quota {
        let requests = i128::from(limit.requests.clamp(1, MOST));
        let (each, now) = (limit.per.as_nanos().max(1), now.as_nanosecond() * requests);
        let whole = each * i128::from(limit.burst.clamp(1, MOST));
        let full = self.0.unwrap_or(now).max(now);
        // What is missing for one more: the bucket may be empty, and no less.
        let missing = full + each - now - whole;
        let full = if missing > 0 { full } else { full + each };
        self.0 = Some(full);
        // A part of a nanosecond is waited for too.
        let after = |parts: i128| (parts + requests - 1) / requests;
        Quota {
            limit: limit.requests,
            remaining: u64::try_from((whole - (full - now)) / each).unwrap_or(0),
            reset: Timestamp::from_nanosecond(after(full)).unwrap_or(Timestamp::MAX),
            wait: (missing > 0).then(|| {
                let nanoseconds = i64::try_from(after(missing)).unwrap_or(i64::MAX);
                SignedDuration::from_nanos(nanoseconds)
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scenario::plan::CountBy;
    use crate::scenario::sample::noon;

    fn limit(requests: u64, per: SignedDuration, burst: u64) -> Limit {
        Limit { requests, per, burst, by: CountBy::Lane, retry_after: None, headers: true, problem: None }
    }

    #[test]
    fn ten_a_minute_and_five_at_once() {
        let (limit, mut bucket) = (limit(10, SignedDuration::from_mins(1), 5), Bucket::default());
        let after = |seconds| noon() + SignedDuration::from_secs(seconds);
        let taken: Vec<Quota> = (0..6).map(|_| bucket.take(&limit, noon())).collect();
        assert_eq!(taken.iter().map(|quota| quota.remaining).collect::<Vec<_>>(), [4, 3, 2, 1, 0, 0]);
        assert_eq!(taken[0], Quota { limit: 10, remaining: 4, reset: after(6), wait: None });
        assert_eq!(
            taken[5],
            Quota { limit: 10, remaining: 0, reset: after(30), wait: Some(SignedDuration::from_secs(6)) }
        );
        assert!(bucket.take(&limit, after(5)).wait.is_some());
        assert_eq!(bucket.take(&limit, after(6)), Quota { limit: 10, remaining: 0, reset: after(36), wait: None });
        assert_eq!(bucket.take(&limit, after(3_600)).remaining, 4);
    }

    #[test]
    fn extremes_are_borne() {
        for requests in [0, 1, u64::MAX] {
            for per in [SignedDuration::ZERO, SignedDuration::MIN, SignedDuration::MAX] {
                for now in [Timestamp::MIN, noon(), Timestamp::MAX] {
                    let (limit, mut bucket) = (limit(requests, per, requests), Bucket::default());
                    let taken: Vec<Quota> = (0..3).map(|_| bucket.take(&limit, now)).collect();
                    assert_eq!(taken[0].wait, None, "{limit:?} {now}");
                }
            }
        }
    }

    proptest! {
        /// Of any stretch of time no more are let in than the bucket holds and than flow in meanwhile; and whoever waits
        /// as told is let in, no sooner.
        #[test]
        fn no_stretch_has_more_than_its_share(
            requests in 1..50_u64, per in 1..100_000_i64, burst in 1..20_u64,
            gaps in proptest::collection::vec(0..20_000_i64, 1..80),
        ) {
            let (limit, mut bucket) = (limit(requests, SignedDuration::from_millis(per), burst), Bucket::default());
            let (mut now, mut let_in) = (noon(), Vec::new());
            let then = |mut bucket: Bucket, now| bucket.take(&limit, now);
            for gap in gaps {
                now += SignedDuration::from_micros(gap);
                let quota = bucket.take(&limit, now);
                match quota.wait {
                    None => let_in.push(now),
                    Some(wait) => {
                        prop_assert_eq!(quota.remaining, 0);
                        let too_soon = now + wait - SignedDuration::from_nanos(1);
                        prop_assert!(then(bucket, too_soon).wait.is_some());
                        prop_assert!(then(bucket, now + wait).wait.is_none());
                    }
                }
                let mut rest = bucket;
                let more = std::iter::repeat_with(|| rest.take(&limit, now)).take_while(|quota| quota.wait.is_none()).count();
                prop_assert_eq!(more as u64, quota.remaining, "as many more may come at once as is said");
                prop_assert_eq!(then(bucket, quota.reset).remaining, burst - 1);
            }
            for (first, from) in let_in.iter().enumerate() {
                for (last, until) in let_in.iter().enumerate().skip(first) {
                    let passed = until.duration_since(*from).as_nanos() * i128::from(requests) / (i128::from(per) * 1_000_000);
                    prop_assert!(((last - first + 1) as i128) <= i128::from(burst) + passed);
                }
            }
        }
    }
}
