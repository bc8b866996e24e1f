//! Tell rustc which Python the crate is compiled for (`cfg(Py_LIMITED_API)`).

fn main() {
    pyo3_build_config::use_pyo3_cfgs();
}
