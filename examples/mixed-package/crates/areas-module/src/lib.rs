//! `geometry._areas`: areas of polygons.

use pyo3::prelude::*;

/// Areas of polygons.
#[pymodule]
mod _areas {
    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// Return the signed area of a polygon with at least three corners.
    #[pyfunction]
    fn signed_area(corners: Vec<shapes::Point>) -> PyResult<f64> {
        if corners.len() < 3 {
            let text = format!("a polygon has 3 corners or more, not {}", corners.len());
            return Err(PyValueError::new_err(text));
        }
        Ok(shapes::signed_area(&corners))
    }
}
