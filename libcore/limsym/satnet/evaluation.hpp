// How well a model completes boards whose answers are known.
#pragma once

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "limsym/base/monitor.hpp"
#include "limsym/satnet/completion.hpp"

namespace limsym::satnet {

struct Evaluation {
    std::size_t records = 0;
    std::size_t board_correct = 0; ///< every scored variable is right
    std::size_t cells = 0;         ///< cells with an unknown, scored variable
    std::size_t cell_correct = 0;
    std::optional<std::size_t> valid; ///< boards that violate no rule; nothing without a rule
    double loss = 0.0;                ///< mean cross-entropy over all scored variables
    double iters_mean = 0.0;
    std::size_t unconverged = 0;

    [[nodiscard]] double board_accuracy() const;
    [[nodiscard]] std::optional<double> cell_accuracy() const; ///< nothing without cells
};

/// Wilson's 95 % interval of `successes` of `count` > 0.
[[nodiscard]] std::pair<double, double> wilson_interval(std::size_t successes, std::size_t count);

/// Cells right and cells that count, by rounded values; and whether all scored variables are right.
struct BoardScore {
    std::size_t cells = 0;
    std::size_t correct = 0;
    bool board = true;
};
/// @param cells empty: every variable is one
[[nodiscard]] BoardScore score(const std::vector<std::size_t>& cells, const Assignment& record,
                               const std::vector<double>& rounded);

/// Completes all records, which have answers. @param first_index of the first record, for random draws
[[nodiscard]] Evaluation evaluate(const Model& model, const std::vector<Assignment>& records,
                                  const CompletionOptions& options, const base::Monitor& monitor);

} // namespace limsym::satnet
