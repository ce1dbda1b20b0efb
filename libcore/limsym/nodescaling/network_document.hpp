// limsym/node-model@1: shallow networks as JSON or HDF5 (the same names: arrays as datasets, scalars as attributes).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "limsym/base/output.hpp"
#include "limsym/data/format.hpp"
#include "limsym/data/json.hpp"
#include "limsym/nodescaling/shallow_network.hpp"

namespace limsym::nodescaling {

/// Needs schema, activation, w, a, lambda; sigma_w is sqrt 2 where it is left out. What gamma, alpha and variant say is
/// kept, not checked against lambda.
/// @param source "-" is standard input @throws InputError at FILE:/pointer
[[nodiscard]] ShallowNetwork read_shallow_network(const data::Source& source);

/// @param head "schema","tool","version", then "seed" and "options" where there are any
void write_network_json(const base::ByteSink& sink, const data::Json& head, const ShallowNetwork& network);
/// Writes a file atomically. @throws WorkError when the HDF5 module is missing
void write_network_hdf5(const std::string& file, const data::Json& head, const ShallowNetwork& network);

/// Weights beyond which JSON is refused without being asked for twice: a million.
inline constexpr std::uint64_t most_json_weights = 1'000'000;

} // namespace limsym::nodescaling
