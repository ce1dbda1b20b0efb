// What the fuzz targets share: bytes as text, and the rule that only wrong input may be complained of.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include <sys/mman.h>
#include <unistd.h>

#include "limsym/base/error.hpp"

namespace limsym::fuzz {

/// Runs `work`; InputError is an answer as long as it is one line, anything else is a finding.
template <typename Work>
void expect_input_error_at_most(const Work& work) {
    try {
        work();
    } catch (const base::InputError& error) {
        const std::string_view message = error.what();
        if (message.empty() || message.find('\n') != std::string_view::npos) std::abort();
    }
}

/// The bytes as a file that can be opened by name.
class NamedBytes {
public:
    explicit NamedBytes(std::string_view bytes) : descriptor_(::memfd_create("fuzz", MFD_CLOEXEC)) {
        if (::write(descriptor_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size())) std::abort();
    }
    NamedBytes(const NamedBytes&) = delete;
    NamedBytes& operator=(const NamedBytes&) = delete;
    ~NamedBytes() { ::close(descriptor_); }
    [[nodiscard]] std::string name() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

private:
    int descriptor_;
};

} // namespace limsym::fuzz
