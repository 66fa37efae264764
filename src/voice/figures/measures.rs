//! Counts and means over a set of calls. A mean or a share of nothing is null.

use serde_json::{Value, json};

use super::Facts;

#[derive(Debug, Clone, Default)]
pub struct Measures {
    count: u64,
    completed: u64,
    resolved: u64,
    duration: Mean,
    response_time: Mean,
    score: Mean,
}

/// Sums are kept in whole thousandths, so that no order of the calls makes another mean.
#[derive(Debug, Clone, Copy, Default)]
struct Mean {
    thousandths: i64,
    count: u64,
}

impl Measures {
    pub fn add(&mut self, call: &Facts) {
        self.count += 1;
        self.completed += u64::from(call.status == "completed");
        self.resolved += u64::from(call.outcome == Some("issue_resolved"));
        self.duration.add(Some(f64::from(call.duration)));
        self.response_time.add(call.response_time);
        self.score.add(call.score);
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    pub fn average_score(&self) -> Value {
        self.score.rounded(100.0)
    }

    pub fn performance(&self) -> Value {
        json!({
            "conversations": self.count,
            "average_duration": self.duration.rounded(10.0),
            "average_response_time": self.response_time.rounded(100.0),
            "completion_rate": self.share(self.completed),
            "resolution_rate": self.share(self.resolved),
        })
    }

    /// One metric of a custom report by its name.
    pub fn metric(&self, name: &str) -> Option<Value> {
        Some(match name {
            "conversations" => self.count.into(),
            "average_duration" => self.duration.rounded(10.0),
            "average_response_time" => self.response_time.rounded(100.0),
            "average_sentiment_score" => self.average_score(),
            "completion_rate" => self.share(self.completed),
            "resolution_rate" => self.share(self.resolved),
            _ => return None,
        })
    }

    fn share(&self, part: u64) -> Value {
        match self.count {
            0 => Value::Null,
            count => rounded(part as f64 / count as f64, 1000.0),
        }
    }
}

impl Mean {
    fn add(&mut self, value: Option<f64>) {
        if let Some(value) = value {
            self.thousandths += (value * 1000.0).round() as i64;
            self.count += 1;
        }
    }

    fn rounded(self, parts: f64) -> Value {
        match self.count {
            0 => Value::Null,
            count => rounded(self.thousandths as f64 / 1000.0 / count as f64, parts),
        }
    }
}

fn rounded(value: f64, parts: f64) -> Value {
    let rounded = (value * parts).round() / parts;
    // Minus nothing is nothing.
    Value::from(if rounded == 0.0 { 0.0 } else { rounded })
}
