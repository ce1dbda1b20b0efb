// What gen can draw, and how a record is written.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/command.hpp"
#include "limsym/base/random.hpp"
#include "limsym/satnet/one_hot.hpp"
#include "limsym/satnet/problem.hpp"

namespace limsym::tools {

/// Options of the boards; each belongs to some kinds only.
struct BoardOptions {
    std::optional<std::size_t> size;
    std::optional<std::string> givens;
    std::optional<std::size_t> corrupt;
    std::optional<std::string> hide;
    std::optional<std::size_t> moves;
    std::optional<std::string> graph;
    std::optional<std::size_t> colours;
    std::optional<double> hidden_fraction;
};

void declare(cli::Command& command, BoardOptions& options);

/// A kind of record: all cells have `cell_size` variables.
struct BoardSource {
    std::size_t cell_size = 0;
    std::optional<satnet::Problem> problem; ///< that gives the text form; nothing: there is none
    std::function<satnet::PartialAssignment(base::RandomStream)> make; ///< may be called from several threads
};

/// @throws InputError for an unknown kind, and options that have no say there
[[nodiscard]] BoardSource board_source(const std::string& kind, const BoardOptions& options);
/// @throws InputError when any of the options is given
void refuse_board_options(const BoardOptions& options, const std::string& kind);

/// limsym/assignment@1 on one line, without the final newline.
[[nodiscard]] std::string record_line(std::size_t id, const satnet::PartialAssignment& record);
/// "puzzle,solution".
[[nodiscard]] std::string board_line(const satnet::PartialAssignment& record, const satnet::Problem& problem);

} // namespace limsym::tools
