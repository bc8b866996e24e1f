//! `polygon-area`: print the area of a polygon given as `x,y` words.

use std::process::ExitCode;

fn parse(word: &str) -> Option<shapes::Point> {
    let (x, y) = word.split_once(',')?;
    Some((x.parse().ok()?, y.parse().ok()?))
}

fn main() -> ExitCode {
    let corners: Option<Vec<_>> = std::env::args().skip(1).map(|word| parse(&word)).collect();
    match corners {
        Some(corners) if corners.len() >= 3 => {
            println!("{}", shapes::signed_area(&corners).abs());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: polygon-area X,Y X,Y X,Y...");
            ExitCode::from(2)
        }
    }
}
