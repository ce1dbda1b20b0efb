// Gram matrices between tools: limsym/kernel@1, limsym/matrix@1, tile stores, or any bare matrix file.
#pragma once

#include <armadillo>
#include <optional>
#include <string>

#include "limsym/base/memory.hpp"
#include "limsym/data/format.hpp"

namespace limsym::data {

struct GramMatrix {
    arma::mat values;    ///< rows x cols
    long log2_scale = 0; ///< true value = value * 2^log2_scale
};

/// @param which "nngp" or "ntk", which a document or store must hold (a bare matrix says neither and ignores it);
/// nothing: nngp where there are both, else the one there is Honours "layout":"lower" (mirrored to a full symmetric
/// matrix) and "log2_scale" of limsym/kernel@1; .h5 files with datasets /nngp or /ntk are read by that name unless
/// source.dataset says otherwise, their log2_scale from a dataset /log2_scale of one number.
/// @param memory that the whole matrix of a tile store, whose size is known before it is read, may take
/// @throws InputError as read_matrix; or when the document holds neither block, or not the one wanted; WorkError beyond
/// `memory`
[[nodiscard]] GramMatrix read_gram(const Source& source, const std::optional<std::string>& which,
                                   base::MemoryBudget memory = base::MemoryBudget::of_machine());

/// The values with their scale. @param file names the matrix in the error
/// @throws WorkError when the largest is beyond the range of double, or all are below it
[[nodiscard]] arma::mat scaled_values(GramMatrix gram, const std::string& file);

} // namespace limsym::data
