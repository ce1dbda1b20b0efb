// Bytes that come from a file or from standard input, decompressed on the way.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace limsym::base {

/// A readable file; "-" is standard input. gzip is recognised by content and unpacked.
class InputFile {
public:
    /// @throws InputError when the file cannot be opened (missing, a folder, no permission)
    explicit InputFile(std::string name);
    InputFile(InputFile&&) noexcept;
    InputFile& operator=(InputFile&&) noexcept;
    ~InputFile();

    /// As the user called it.
    [[nodiscard]] const std::string& name() const { return name_; }
    /// Up to `size` bytes into `buffer`; 0 at the end. @throws InputError on a read error or damaged gzip data
    std::size_t read(char* buffer, std::size_t size);
    /// The first bytes (at most 4096) without consuming them.
    [[nodiscard]] std::string_view peek();
    /// Bytes that the whole input holds, when that is known before it is read: a regular file that is not compressed.
    [[nodiscard]] std::optional<std::uint64_t> plain_size();
    /// Everything that is left. @throws InputError when it is more than `most` bytes
    [[nodiscard]] std::string read_all(std::size_t most = static_cast<std::size_t>(1) << 40U);

private:
    struct Stream;
    std::string name_;
    std::unique_ptr<Stream> stream_;
};

} // namespace limsym::base
