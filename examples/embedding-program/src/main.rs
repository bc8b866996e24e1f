//! A pocket calculator: a Rust program that asks Python to do the sums.

use std::process::ExitCode;

use pyo3::ffi::c_str;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyModule};

const SETTING: &std::ffi::CStr = c_str!(include_str!("setting.py"));

/// Evaluate one expression with the names of `setting.py` and return its text.
fn evaluate(expression: &str) -> PyResult<String> {
    Python::attach(|py| {
        let setting = PyModule::from_code(py, SETTING, c_str!("setting.py"), c_str!("setting"))?;
        let names = setting.getattr("NAMES")?.cast_into::<PyDict>()?;
        let value = py
            .import("builtins")?
            .call_method1("eval", (expression, names))?;
        Ok(value.str()?.to_string())
    })
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        eprintln!("usage: calculator EXPRESSION...");
        return ExitCode::from(2);
    }
    Python::initialize();
    match evaluate(&arguments.join(" ")) {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("calculator: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_math_module_are_known() {
        Python::initialize();
        assert_eq!(evaluate("floor(pi) ** 2").unwrap(), "9");
    }

    #[test]
    fn mistakes_are_python_errors() {
        Python::initialize();
        let error = evaluate("1 / 0").unwrap_err();
        assert!(error.to_string().contains("ZeroDivisionError"));
    }
}
