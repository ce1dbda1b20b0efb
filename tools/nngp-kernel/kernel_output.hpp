// Gram matrices as `kernel` and `merge` write them.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "common/command.hpp"
#include "limsym/kernel/gram.hpp"

namespace limsym::tools {

/// What limsym/kernel@1 says besides the matrices.
struct KernelRecord {
    data::Json options;
    std::string network_sha256;
    std::string kind;
    std::string layout; ///< "full" or "lower"
    bool symmetric = true;
    bool diagonal = false;
};

/// The options that shape a Gram matrix.
[[nodiscard]] data::Json kernel_options(const std::string& which, const std::string& layout, bool single_precision,
                                        std::uint64_t tile);

/// @throws InputError when the form cannot hold the kinds or the layout
void check_kernel_form(const std::string& kind, const std::string& layout, const cli::Context& context);
/// Does -o FILE.tiles ask for a tile store?
[[nodiscard]] bool named_tile_store(const cli::Context& context);
/// For a result that is a tile store. @throws InputError without -o, or when --to or the name of the file say otherwise
void check_tile_store_form(const cli::Context& context);

/// In the form asked for: the document, or the bare matrix, or datasets. T = double or float.
template <typename T>
void write_kernel(const KernelRecord& record, const kernel::Gram<T>& gram, cli::Context& context);

} // namespace limsym::tools
