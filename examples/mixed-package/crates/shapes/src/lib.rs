//! Geometry of the plane. Knows nothing about Python.

/// A point of the plane.
pub type Point = (f64, f64);

/// Return the signed area of a polygon: positive if it runs counterclockwise.
pub fn signed_area(corners: &[Point]) -> f64 {
    let next = corners.iter().cycle().skip(1);
    let twice: f64 = corners
        .iter()
        .zip(next)
        .map(|(a, b)| a.0 * b.1 - b.0 * a.1)
        .sum();
    twice / 2.0
}

/// Return the length of the path through all points.
pub fn path_length(points: &[Point]) -> f64 {
    points
        .windows(2)
        .map(|pair| (pair[1].0 - pair[0].0).hypot(pair[1].1 - pair[0].1))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUARE: [Point; 4] = [(0.0, 0.0), (2.0, 0.0), (2.0, 2.0), (0.0, 2.0)];

    #[test]
    fn area_of_a_square() {
        assert_eq!(signed_area(&SQUARE), 4.0);
    }

    #[test]
    fn length_of_an_open_square() {
        assert_eq!(path_length(&SQUARE), 6.0);
    }
}
