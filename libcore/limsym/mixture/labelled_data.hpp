// Rows with classes 0 ... K-1: tables with a target column, and images with labels in the idx files of MNIST.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/data/format.hpp"

namespace limsym::mixture {

struct LabelledData {
    arma::mat x; ///< d x n, ONE COLUMN A ROW OF THE DATA, as network/propagation.hpp takes batches
    std::vector<std::uint32_t> labels; ///< n classes; empty where they were not asked for
    std::string file;

    [[nodiscard]] std::size_t rows() const { return x.n_cols; }
    [[nodiscard]] std::size_t features() const { return x.n_rows; }
    /// The largest class + 1.
    [[nodiscard]] std::size_t classes() const;
    /// SHA-256 of the numbers and classes.
    [[nodiscard]] std::string sha256() const;
};

/// Where data lie and which part of them is meant.
struct DataRequest {
    data::Source source;
    std::optional<std::string> target;   ///< column of a table, by name or 1-based number
    std::optional<std::string> features; ///< columns of a table; default: all but the target
    std::optional<data::Source> labels;  ///< idx file of the classes of images; pixels are divided by 255
    std::optional<std::size_t> limit;    ///< the first rows only
    std::optional<std::size_t> classes;  ///< K: a class >= K is an error; default: 65536
    bool needs_labels = true;            ///< false: without target and labels the data have none
};

/// @throws InputError "d.csv:4: column 'y' is '7'; expected a class 0..2"; "FILE: 5 labels; expected 6, one for each
///   image"; naming --target or --labels when neither or both are there
[[nodiscard]] LabelledData read_labelled_data(const DataRequest& request, const base::MemoryBudget& budget);

} // namespace limsym::mixture
