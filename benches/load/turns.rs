//! Servers that differ in one thing are driven in turns, so that a slow moment of the machine falls on all, and each is told
//! beside the first.

use crate::client::Load;
use crate::process::Served;
use crate::{measure, median};

pub fn print(what: &str, servers: &[(&str, Served)], requests: &[String], rounds: u64, load: &Load) {
    println!("| {what} | requests/s | of the first | us of processor | of the first |");
    println!("|---|---|---|---|---|");
    let mut speeds: Vec<Vec<f64>> = vec![Vec::new(); servers.len()];
    let (mut ratios, mut cpu, mut shares) = (speeds.clone(), speeds.clone(), speeds.clone());
    for round in 0..=rounds {
        let run: Vec<_> = servers.iter().map(|(_, served)| measure(served, requests, load)).collect();
        // The first round warms all of them up.
        for (place, measured) in run.iter().enumerate().filter(|_| round > 0) {
            speeds[place].push(measured.per_second);
            ratios[place].push(measured.per_second / run[0].per_second);
            cpu[place].push(measured.cpu_micros);
            shares[place].push(measured.cpu_micros / run[0].cpu_micros);
        }
    }
    for (place, (name, _)) in servers.iter().enumerate() {
        let [speed, ratio, cpu, share] =
            [&mut speeds, &mut ratios, &mut cpu, &mut shares].map(|figures| median(&mut figures[place]));
        println!("| {name} | {speed:.0} | {ratio:.2} | {cpu:.1} | {share:.2} |");
    }
}
