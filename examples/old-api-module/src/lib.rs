//! Roman numerals, with the API of PyO3 0.22.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

const NUMERALS: [(u32, &str); 13] = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
];

/// Return the Roman numeral of a number from 1 to 3999.
#[pyfunction]
fn to_roman(number: u32) -> PyResult<String> {
    if !(1..4000).contains(&number) {
        return Err(PyValueError::new_err("number must be from 1 to 3999"));
    }
    let mut rest = number;
    let mut text = String::new();
    for (value, numeral) in NUMERALS {
        while rest >= value {
            text.push_str(numeral);
            rest -= value;
        }
    }
    Ok(text)
}

/// Roman numerals.
#[pymodule]
fn roman(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add_function(wrap_pyfunction!(to_roman, module)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_sees_the_function() {
        pyo3::prepare_freethreaded_python();
        Python::with_gil(|py| {
            let function = wrap_pyfunction_bound!(to_roman, py).unwrap();
            let text: String = function.call1((2026,)).unwrap().extract().unwrap();
            assert_eq!(text, "MMXXVI");
        });
    }
}
