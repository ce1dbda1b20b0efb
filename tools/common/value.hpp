// Texts of the command line and of config files as values; every failure is an InputError that begins with the place.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "common/command.hpp"

namespace limsym::cli {

/// @param place begins the message ("--noise") @param name of the option in the range's text ("noise")
[[nodiscard]] double number_value(const std::string& text, const std::string& place, const Range& range,
                                  const std::string& name);

/// Whole numbers; 1e5 is 100000. The largest 2^53 values are accepted in exponent form, all 64 bits as digits.
[[nodiscard]] std::uint64_t whole_value(const std::string& text, const std::string& place, std::uint64_t least,
                                        std::uint64_t most, const std::string& name);
/// "width >= 1", "1 <= threads <= 1024", "a whole number >= 0"
[[nodiscard]] std::string whole_range_text(std::uint64_t least, std::uint64_t most, const std::string& name);

/// "0.1,0.5,2:4,1:2:0.25": at most 10^6 numbers.
[[nodiscard]] std::vector<double> number_list(const std::string& text, const std::string& place, const Range& range,
                                              const std::string& name);

[[nodiscard]] std::string choice_value(const std::string& text, const std::string& place,
                                       const std::vector<std::string>& choices);

} // namespace limsym::cli
