// limsym/symsat-model@1: models on disk.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "limsym/base/output.hpp"
#include "limsym/data/document.hpp"
#include "limsym/data/format.hpp"
#include "limsym/data/json.hpp"
#include "limsym/satnet/model.hpp"

namespace limsym::satnet {

/// A model document, or a bare symmetric matrix C of order n + 1 (json, csv, npy, h5).
/// @param symmetrise takes the mean of C with its transpose, else a C that is not symmetric to 1e-12 max|C| is refused
/// @throws InputError
[[nodiscard]] Model read_model(const data::Source& source, bool symmetrise = false);

/// A model document that was read. @throws InputError
[[nodiscard]] Model read_model(const data::Document& document, bool symmetrise = false);

/// @param head "tool", "version", "seed", "options" @param history training's lines, an array, or null
void write_model(const base::ByteSink& sink, const Model& model, const data::Json& head, const data::Json& history);

} // namespace limsym::satnet
