// What the completions of all shells are made of.
#pragma once

#include <string>
#include <vector>

#include "common/generate.hpp"

namespace limsym::cli {

/// What a shell offers after an option.
enum class Offer { nothing, words, files };

[[nodiscard]] Offer offer_after(const OptionSpec& spec);

/// The words that follow the tool's name: subcommands, or first words of those of two.
[[nodiscard]] std::vector<std::string> first_words(const Tool& tool);
/// The second words of the subcommands that begin with `first`.
[[nodiscard]] std::vector<std::string> second_words(const Tool& tool, const std::string& first);

/// "nngp-kernel" as part of a shell function's name.
[[nodiscard]] std::string identifier(const std::string& name);

/// In single quotes for a POSIX shell, zsh and fish.
[[nodiscard]] std::string single_quoted(const std::string& text);

} // namespace limsym::cli
