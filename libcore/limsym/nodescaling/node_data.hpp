// Tables as training and test rows: inputs, one or more targets, classes as one-hot targets.
#pragma once

#include <armadillo>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "limsym/data/format.hpp"
#include "limsym/nodescaling/row_split.hpp"
#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

struct NodeData {
    arma::mat x;                       ///< n x d, in the table's units
    arma::mat y;                       ///< n x K; empty where the table was read for its inputs alone
    std::vector<std::uint32_t> labels; ///< classes, of one-hot targets
    std::string file;
    std::vector<std::string> features;
    std::vector<std::string> targets;
    // Where the columns stood, for further tables of the same kind.
    std::size_t columns = 0;
    bool has_header = false;
    std::vector<std::size_t> feature_index;
    std::vector<std::size_t> target_index;

    [[nodiscard]] std::size_t rows() const { return x.n_rows; }
    /// SHA-256 of the numbers.
    [[nodiscard]] std::string sha256() const;
};

/// Which columns are meant.
struct ColumnChoice {
    std::optional<std::string> target;   ///< names or 1-based numbers, in the order of the outputs
    std::optional<std::string> features; ///< default: all that are not targets
    bool one_hot = false;                ///< the one target is a class 0..K-1
    std::optional<std::size_t> classes;  ///< K; default: the largest class + 1
};

/// A table with targets. @throws InputError "d.csv: no column 'z'; columns are x1, x2, y"; at the row of a label that
/// is no class; when there is one class only
[[nodiscard]] NodeData read_node_data(const data::Source& source, const ColumnChoice& choice);
/// A further table with the same columns (found by name where both have a header).
[[nodiscard]] NodeData read_like(const data::Source& source, const NodeData& first, const ColumnChoice& choice);
/// The inputs of a table (targets, where they are named, are left out). @param inputs the model's d, if there is one
[[nodiscard]] NodeData read_inputs(const data::Source& source, const ColumnChoice& choice,
                                   std::optional<std::size_t> inputs);

/// "x.csv: 3 feature columns; the model has 2", "...: 1 targets; the model has 2 outputs".
void require_fit(const NodeData& data, const ShallowNetwork& network);

/// The rows of one part, in its order.
[[nodiscard]] NodeData part_of(const NodeData& data, const std::vector<std::size_t>& rows);

enum class StandardiseWhat { none, x, xy };
/// Units of the training rows. @throws InputError naming a constant target under xy
[[nodiscard]] std::optional<Units> measure_units(const NodeData& data, StandardiseWhat what);

/// Two rows (0-based) with equal inputs and other targets: no network can have loss 0 then.
[[nodiscard]] std::optional<std::pair<std::size_t, std::size_t>> conflicting_rows(const arma::mat& x,
                                                                                  const arma::mat& y);

} // namespace limsym::nodescaling
