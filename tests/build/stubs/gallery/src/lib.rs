//! One of everything that a type stub has to say.

use std::collections::HashMap;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple, PyType};

pyo3::create_exception!(gallery._core, PaintError, PyValueError, "Paint that ran dry.");

/// A picture.
///
/// Its title says "what" it is; a path like C:\new is no escape.
#[pyclass(module = "gallery._core", subclass)]
struct Picture {
    #[pyo3(get, set)]
    title: String,
    #[pyo3(get)]
    year: Option<u32>,
    price: f64,
}

#[pymethods]
impl Picture {
    /// How many sides every picture has.
    #[classattr]
    const SIDES: u8 = 4;

    #[new]
    #[pyo3(signature = (title, year=None, *, price=1.5))]
    fn new(title: String, year: Option<u32>, price: f64) -> Self {
        Picture { title, year, price }
    }

    /// What it costs.
    #[getter]
    fn price(&self) -> f64 {
        self.price
    }

    #[setter]
    fn set_price(&mut self, value: f64) {
        self.price = value;
    }

    #[deleter]
    fn delete_price(&mut self) {
        self.price = 0.0;
    }

    #[classmethod]
    fn blank(_cls: &Bound<'_, PyType>) -> Self {
        Picture::new("blank".to_owned(), None, 0.0)
    }

    #[staticmethod]
    #[pyo3(signature = (*titles, sep=", ", **options))]
    fn join(titles: &Bound<'_, PyTuple>, sep: &str, options: Option<&Bound<'_, PyDict>>) -> PyResult<String> {
        let titles: Vec<String> = titles.extract()?;
        let _ = options;
        Ok(titles.join(sep))
    }

    #[pyo3(signature = (other, /, weight=1, *, exact=false))]
    fn mix(&self, other: &Picture, weight: i64, exact: bool) -> Picture {
        let _ = (weight, exact);
        Picture::new(format!("{} {}", self.title, other.title), self.year, self.price)
    }

    fn __len__(&self) -> usize {
        self.title.len()
    }

    fn __getitem__(&self, index: usize) -> PyResult<char> {
        self.title.chars().nth(index).ok_or_else(|| PyValueError::new_err("no such letter"))
    }

    fn __repr__(&self) -> String {
        format!("Picture({:?})", self.title)
    }

    fn __add__(&self, other: &Picture) -> Picture {
        self.mix(other, 1, false)
    }

    fn __richcmp__(&self, other: &Picture, op: pyo3::basic::CompareOp) -> bool {
        op.matches(self.title.cmp(&other.title))
    }

    fn __bool__(&self) -> bool {
        !self.title.is_empty()
    }

    fn __contains__(&self, letter: char) -> bool {
        self.title.contains(letter)
    }

    fn __call__(&self, factor: f64) -> f64 {
        self.price * factor
    }

    fn __enter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    #[pyo3(signature = (*_args))]
    fn __exit__(&self, _args: &Bound<'_, PyTuple>) -> bool {
        false
    }
}

/// Letters of a title, one after the other.
#[pyclass(module = "gallery._core")]
struct Letters {
    letters: std::vec::IntoIter<char>,
}

#[pymethods]
impl Letters {
    #[new]
    fn new(text: &str) -> Self {
        Letters { letters: text.chars().collect::<Vec<_>>().into_iter() }
    }

    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    fn __next__(&mut self) -> Option<char> {
        self.letters.next()
    }
}

/// A portrait is a picture of somebody.
#[pyclass(module = "gallery._core", extends = Picture)]
struct Portrait {
    #[pyo3(get)]
    sitter: String,
}

#[pymethods]
impl Portrait {
    #[new]
    fn new(sitter: String) -> PyClassInitializer<Self> {
        let picture = Picture::new(format!("portrait of {sitter}"), None, 1.0);
        PyClassInitializer::from(picture).add_subclass(Portrait { sitter })
    }
}

/// Colours, as a simple enum.
#[pyclass(module = "gallery._core", eq, eq_int, hash, frozen, from_py_object)]
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Colour {
    Red,
    #[pyo3(name = "GREEN")]
    Green,
}

/// Shapes, as a complex enum.
#[pyclass(module = "gallery._core", from_py_object)]
#[derive(Clone)]
enum Shape {
    Circle { radius: f64 },
    Box(f64, f64),
}

/// Hang pictures up.
///
/// Returns how many there are.
#[pyfunction]
fn hang(pictures: Vec<PyRef<'_, Picture>>, places: HashMap<String, Vec<u32>>) -> usize {
    pictures.len() + places.len()
}

#[pyfunction]
#[pyo3(signature = (colour, fallback=None))]
fn paint(colour: Colour, fallback: Option<Shape>) -> PyResult<(Colour, Option<Shape>)> {
    Ok((colour, fallback))
}

#[pyfunction]
#[pyo3(signature = (value: "str | bytes", *, count: "collections.abc.Sequence[int]" = None) -> "typing.Literal['done']")]
fn annotated(value: Bound<'_, PyAny>, count: Option<Bound<'_, PyAny>>) -> &'static str {
    let _ = (value, count);
    "done"
}

#[pyfunction]
fn anything(value: Bound<'_, PyAny>) -> Bound<'_, PyAny> {
    value
}

/// A module of pictures.
#[pymodule]
mod _core {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::{
        Colour, Letters, PaintError, Picture, Portrait, Shape, annotated, anything, hang, paint,
    };

    #[pymodule_export]
    const OPENED: u32 = 1889;

    /// A room of the gallery.
    #[pymodule]
    mod room {
        use pyo3::prelude::*;

        /// Count the doors.
        #[pyfunction]
        fn doors(picture: &crate::Picture) -> u32 {
            let _ = picture;
            2
        }

        #[pymodule_export]
        const FLOOR: &str = "ground \"floor\"";
    }
}
