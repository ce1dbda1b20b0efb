// Standard output: buffered, and checked when it is flushed.
#pragma once

#include <string>
#include <string_view>

namespace limsym::cli {

/// The reader of a pipe has gone; no error, and nothing that a body should catch.
struct PipeClosed {};

class StandardOutput {
public:
    void write(std::string_view bytes);
    /// @throws base::WorkError "write error: ..." @throws PipeClosed
    void flush();

private:
    std::string buffer_;
};

/// Opens what is missing of the descriptors 0, 1 and 2 so that reading or writing them fails, and no file of ours
/// gets their numbers.
void hold_standard_descriptors();

} // namespace limsym::cli
