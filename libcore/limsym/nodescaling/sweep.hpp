// Training over a grid of scales, widths and seeds, in shards, and the summary over seeds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "limsym/base/shard.hpp"
#include "limsym/data/json.hpp"

namespace limsym::nodescaling {

/// A key of the grid with its values.
struct GridAxis {
    std::string key; ///< gamma, alpha, m or seed
    std::vector<double> values;
};

/// One combination; a key that is not in the grid is absent.
struct GridPoint {
    std::optional<double> gamma;
    std::optional<double> alpha;
    std::optional<std::size_t> m;
    std::optional<std::uint64_t> seed;
};
/// All combinations, the last axis fastest.
[[nodiscard]] std::vector<GridPoint> grid_points(const std::vector<GridAxis>& axes);

/// For every setting of gamma, alpha and m: how many runs, means and standard deviations (divisor runs - 1, null with
/// one run) of train_loss, test_loss, ntg_eigmin and wdiff_max over those that ended well.
/// @param rows records of limsym/node-sweep@1, in order
[[nodiscard]] data::Json summarise_sweep(const data::Json& rows);

/// The document of a whole sweep, or of a shard of it.
[[nodiscard]] data::Json sweep_document(data::Json head, const data::Json& rows,
                                        const std::optional<base::Shard>& shard);

/// Shards in any order, put together: what the sweep without --shard writes, to the byte.
/// @throws InputError naming the file that is damaged, foreign or given twice, or the first shard that is missing
[[nodiscard]] data::Json merge_sweep(const std::vector<std::string>& files);

} // namespace limsym::nodescaling
