//! Count the words of a text: a Python module that is written in Rust alone.

use pyo3::prelude::*;

/// Split a text at white space and return its words in lower case.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    text.split_whitespace()
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric()))
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
}

/// Count the words of a text.
#[pymodule]
mod wordcount {
    use std::collections::HashMap;

    use pyo3::exceptions::PyValueError;
    use pyo3::prelude::*;

    /// Return how many words the text has.
    #[pyfunction]
    fn count(text: &str) -> usize {
        super::words(text).count()
    }

    /// Return the `number` most frequent words with their counts.
    #[pyfunction]
    #[pyo3(signature = (text, number = 10))]
    fn most_common(text: &str, number: usize) -> PyResult<Vec<(String, usize)>> {
        if number == 0 {
            return Err(PyValueError::new_err("number must be at least 1"));
        }
        let mut counts = HashMap::new();
        for word in super::words(text) {
            *counts.entry(word).or_insert(0) += 1;
        }
        let mut pairs: Vec<_> = counts.into_iter().collect();
        pairs.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        pairs.truncate(number);
        Ok(pairs)
    }
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn punctuation_is_no_word() {
        let found: Vec<_> = words("One, two - THREE!").collect();
        assert_eq!(found, ["one", "two", "three"]);
    }

    #[test]
    fn python_sees_the_functions() {
        use pyo3::prelude::*;
        use pyo3::types::PyModule;

        Python::initialize();
        Python::attach(|py| {
            let module = PyModule::new(py, "host").unwrap();
            let wrapped = pyo3::wrap_pymodule!(crate::wordcount)(py);
            module.add("wordcount", wrapped).unwrap();
            let count: usize = module
                .getattr("wordcount")
                .and_then(|inner| inner.call_method1("count", ("a b c",)))
                .and_then(|value| value.extract())
                .unwrap();
            assert_eq!(count, 3);
        });
    }
}
