// Values of hyperparameters to try.
#pragma once

#include <string>
#include <vector>

#include "limsym/data/json.hpp"
#include "limsym/process/scale_prior.hpp"

namespace limsym::process {

/// Values to try; an empty list keeps the network's or the option's value. Trials run in nested loops in this order,
/// the last fastest.
struct Grid {
    std::vector<double> sigma_w;
    std::vector<double> sigma_b;
    std::vector<double> noise;
    std::vector<ScalePrior> scale_prior;

    [[nodiscard]] std::size_t size() const;
};
/// {"sigma_w":[...],"sigma_b":[...],"noise":[...],"scale_prior":[SPEC...]}, any of them.
[[nodiscard]] Grid read_grid(const std::string& file);
/// The document that read_grid reads.
[[nodiscard]] data::Json to_json(const Grid& grid);

} // namespace limsym::process
