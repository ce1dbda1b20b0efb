// What shapes the records of a sweep; shards of one sweep agree in its hash.
#pragma once

#include <armadillo>

#include "limsym/data/json.hpp"
#include "limsym/network/network.hpp"
#include "limsym/process/grid.hpp"
#include "limsym/process/model.hpp"
#include "limsym/process/regression.hpp"

namespace limsym::process {

/// @param x, y the whole table, original units
[[nodiscard]] data::Json job_document(const network::Network& network, const arma::mat& x, const arma::mat& y,
                                      const Grid& grid, const RegressionOptions& options, Standardise standardise,
                                      bool unit_norm);

} // namespace limsym::process
