//! Endings of files that belong to other formats.

use std::path::Path;

/// Endings, in small letters, with the format that readers of such files expect.
const FOREIGN: [(&str, &str); 16] = [
    ("safetensors", "safetensors"),
    ("pt", "PyTorch's"),
    ("pth", "PyTorch's"),
    ("onnx", "ONNX"),
    ("gguf", "GGUF"),
    ("ggml", "GGML"),
    ("h5", "HDF5"),
    ("hdf5", "HDF5"),
    ("keras", "Keras'"),
    ("tflite", "TensorFlow Lite's"),
    ("pb", "TensorFlow's"),
    ("mlmodel", "Core ML's"),
    ("npy", "NumPy's"),
    ("npz", "NumPy's"),
    ("pkl", "Python's pickle"),
    ("pickle", "Python's pickle"),
];

/// The other format that a path's ending stands for.
pub(crate) fn foreign_format(path: &Path) -> Option<&'static str> {
    let ending = path.extension()?.to_str()?.to_lowercase();
    FOREIGN.iter().find(|(own, _)| *own == ending).map(|&(_, format)| format)
}
