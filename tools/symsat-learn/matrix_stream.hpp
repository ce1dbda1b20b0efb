// The matrices in which symmetries are looked for: one, a model's, or a stream of them.
#pragma once

#include <armadillo>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "common/command.hpp"

namespace limsym::tools {

/// A symmetric matrix and what came with it.
struct MatrixRecord {
    arma::mat matrix;
    data::Json id;                            ///< null: none
    std::optional<std::string> labels_sha256; ///< of the partition that is to be found
    bool in_stream = false;                   ///< one of many: a line is written for it
};

/// Calls `use` for every matrix of an input: a matrix in any form, a limsym/symsat-model@1 (its C without the truth
/// variable and the auxiliary ones), or NDJSON with a matrix a line, with "id" and "labels_sha256" where it has them.
/// @throws InputError
void for_each_matrix(const std::string& file, bool symmetrise, const std::function<void(const MatrixRecord&)>& use,
                     cli::Context& context);

} // namespace limsym::tools
