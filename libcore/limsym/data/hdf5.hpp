// HDF5 through a module that is loaded on first use, because libhdf5 triples the start-up of a program linked to it.
//
// The module limsym_hdf5.so is looked for in $LIMSYM_MODULE_PATH, beside the program (../lib/limsym) and where it is
// installed.
#pragma once

#include <armadillo>
#include <map>
#include <string>
#include <vector>

#include "limsym/base/input.hpp"

struct LimsymHdf5File;

namespace limsym::data {

/// Scalar attributes of a file's root by name.
struct Hdf5Attributes {
    std::map<std::string, double> numbers;
    std::map<std::string, std::string> texts;
};

/// An HDF5 file that is open for reading. Every failure is an InputError at the file or at "FILE:/dataset".
class Hdf5Reader {
public:
    /// A file, or what comes packed or through a pipe. @throws WorkError when the module is missing
    explicit Hdf5Reader(base::InputFile& input);
    Hdf5Reader(const Hdf5Reader&) = delete;
    Hdf5Reader& operator=(const Hdf5Reader&) = delete;
    ~Hdf5Reader();

    /// Absolute paths in order: numeric datasets, single strings, and what is neither.
    [[nodiscard]] const std::vector<std::string>& matrices() const { return matrices_; }
    [[nodiscard]] const std::vector<std::string>& strings() const { return strings_; }
    [[nodiscard]] const std::vector<std::string>& others() const { return others_; }
    /// True for a numeric dataset of that path.
    [[nodiscard]] bool has(const std::string& path) const;
    /// The path of the only numeric dataset, else an error that names those there are.
    [[nodiscard]] const std::string& only_matrix() const;
    /// A numeric dataset (1-D: one column), all numbers finite (or NaN, where that is allowed).
    /// @param path with or without its first '/'
    [[nodiscard]] arma::mat matrix(const std::string& path, bool allow_nan = false) const;
    [[nodiscard]] std::string string(const std::string& path) const;
    /// Those that are finite numbers or single strings; others are an error.
    [[nodiscard]] Hdf5Attributes attributes() const;

private:
    [[nodiscard]] std::string known_matrices() const;

    std::string name_;
    std::string image_; // the bytes of a file that does not lie on disk as it is
    LimsymHdf5File* file_ = nullptr;
    std::vector<std::string> matrices_;
    std::vector<std::string> strings_;
    std::vector<std::string> others_;
};

/// Contents of a small HDF5 file: 2-D or 1-D numeric datasets and string datasets by absolute path ("/model/factor").
struct Hdf5Content {
    std::map<std::string, arma::mat> matrices;
    std::map<std::string, std::string> strings;
};

/// For work whose result will be HDF5. @throws WorkError when the module is missing
void require_hdf5();

/// One numeric dataset as a matrix (1-D: one column). @param dataset empty: the only one in the file, else an error
/// that names those there are. @throws InputError; WorkError when the module is missing
[[nodiscard]] arma::mat read_hdf5_matrix(const std::string& file, const std::string& dataset);
/// The same of an input that is open already, perhaps compressed or standard input.
[[nodiscard]] arma::mat read_hdf5_matrix(base::InputFile& file, const std::string& dataset);
/// Every dataset of a file that limsym wrote. @throws InputError on a damaged file
[[nodiscard]] Hdf5Content read_hdf5(const std::string& file);
/// Writes a file atomically, no compression.
void write_hdf5(const std::string& file, const Hdf5Content& content);

/// One dataset to be written, without a copy of its numbers.
struct Hdf5Dataset {
    std::string path;
    const arma::mat* numbers = nullptr;
};
/// The same bytes as the other form gives, without holding the matrices twice.
void write_hdf5(const std::string& file, const std::vector<Hdf5Dataset>& datasets,
                const std::map<std::string, std::string>& strings, const Hdf5Attributes& attributes = {});

} // namespace limsym::data
