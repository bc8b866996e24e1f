//! The edit distance of two texts, for every CPython from 3.9 on.

use pyo3::prelude::*;

/// Edit distance of two texts.
#[pymodule]
mod editdistance {
    use pyo3::prelude::*;

    /// Return how many single-character edits turn `first` into `second`.
    #[pyfunction]
    fn distance(first: &str, second: &str) -> usize {
        let columns: Vec<char> = second.chars().collect();
        let mut previous: Vec<usize> = (0..=columns.len()).collect();
        for (row, left) in first.chars().enumerate() {
            let mut current = Vec::with_capacity(previous.len());
            current.push(row + 1);
            for (column, right) in columns.iter().enumerate() {
                let replaced = previous[column] + usize::from(left != *right);
                let shorter = previous[column + 1].min(current[column]) + 1;
                current.push(replaced.min(shorter));
            }
            previous = current;
        }
        previous[columns.len()]
    }

    /// Whether the module was compiled against the limited API.
    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        module.add("LIMITED_API", cfg!(Py_LIMITED_API))
    }
}
