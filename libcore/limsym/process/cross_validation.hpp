// Cross-validation: every split chooses its hyperparameters on its training part alone and is judged on its test part.
#pragma once

#include <armadillo>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/memory.hpp"
#include "limsym/base/monitor.hpp"
#include "limsym/data/json.hpp"
#include "limsym/process/grid_search.hpp"
#include "limsym/process/model.hpp"

namespace limsym::process {

/// Test rows (0-based, ascending) of every split; the complement, in order, is the training part.
using Splits = std::vector<std::vector<std::size_t>>;

/// Line k: the test rows of split k, comma-separated. @throws InputError FILE:LINE for a number out of range, repeated
///   or not whole, an empty line, a split without training rows
[[nodiscard]] Splits read_splits(const std::string& file, std::size_t rows);
/// Row p_i goes to fold i mod `folds`, p a seeded permutation. @throws InputError when there are fewer rows than folds
[[nodiscard]] Splits random_folds(std::size_t rows, std::size_t folds, std::uint64_t seed);
/// One split with round(fraction * rows) test rows, at least 1.
[[nodiscard]] Splits random_holdout(std::size_t rows, double fraction, std::uint64_t seed);

struct CrossValidation {
    network::Network network;
    arma::mat x; ///< original units
    arma::mat y;
    Splits splits;
    Grid grid;
    RegressionOptions options;
    Objective objective = Objective::evidence;
    Standardise standardise = Standardise::xy;
    bool unit_norm = false;
    std::string place; ///< the data file, for messages
};

struct CrossValidated {
    std::vector<data::Json> records;            ///< limsym/cv-split@1, in the order of `which`
    std::optional<double> smallest_sample_size; ///< effective, over the splits; of importance sampling
};

/// Takes the records one by one in order, each as soon as it and those before it are done; from any thread, one at a
/// time. When a split fails, those before it have been given.
using UseRecord = std::function<void(const data::Json&)>;

/// @param which indices into splits
[[nodiscard]] CrossValidated cross_validate(const CrossValidation& work, const std::vector<std::size_t>& which,
                                            const base::MemoryBudget& memory, const base::Monitor& monitor,
                                            const UseRecord& use = {});

/// splits, mean and stderr (sample standard deviation over sqrt(splits); null for one split) of such records, appended
/// to `record`.
void append_summary(data::Json& record, const std::vector<data::Json>& splits);

/// Hash of everything that shapes the records.
[[nodiscard]] std::string job_of(const CrossValidation& work);

} // namespace limsym::process
