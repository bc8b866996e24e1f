//! `geometry._paths`: paths through points.

use pyo3::prelude::*;

/// Paths through points.
#[pymodule]
mod _paths {
    use pyo3::prelude::*;

    /// A path that grows point by point.
    #[pyclass]
    #[derive(Default)]
    struct Path {
        points: Vec<shapes::Point>,
    }

    #[pymethods]
    impl Path {
        #[new]
        fn new() -> Self {
            Self::default()
        }

        /// Go straight to a point.
        fn go(&mut self, x: f64, y: f64) {
            self.points.push((x, y));
        }

        /// The length of the path.
        #[getter]
        fn length(&self) -> f64 {
            shapes::path_length(&self.points)
        }

        fn __len__(&self) -> usize {
            self.points.len()
        }
    }
}
