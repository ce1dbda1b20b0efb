// Files that appear whole or not at all.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace limsym::base {

/// Takes the bytes of a result in order. @throws WorkError when they cannot be written
using ByteSink = std::function<void(std::string_view)>;

/// A file that takes its name only at commit(); before that nothing is visible under the name, and nothing is left
/// behind when the object or the process dies. An existing device or pipe (/dev/stdout, /dev/null) is written directly.
class AtomicFile {
public:
    /// @throws InputError when no file can be made there
    explicit AtomicFile(std::string name);
    AtomicFile(const AtomicFile&) = delete;
    AtomicFile& operator=(const AtomicFile&) = delete;
    ~AtomicFile();

    [[nodiscard]] const std::string& name() const { return name_; }
    /// @throws WorkError on a full disk or another write error
    void write(std::string_view bytes);
    [[nodiscard]] ByteSink sink();
    /// A path that opens the unfinished file without giving it a name: only this process can, and nothing stays behind
    /// when it dies. Buffered bytes are written out first.
    [[nodiscard]] std::string descriptor_path();
    /// A path under which other libraries may open the unfinished file; buffered bytes are written out first. From then
    /// on the file has a temporary name beside the one it will take, which a killed process leaves behind.
    [[nodiscard]] std::string working_path();
    /// Flushes, and gives the file its name, replacing one of the same name. @throws WorkError
    void commit();

private:
    void flush();
    void give_temporary_name();

    std::string name_;
    std::string temporary_; // empty while the file has no name at all
    std::string buffer_;
    int descriptor_ = -1;
    bool direct_ = false;
};

/// Writes a whole file atomically.
void write_file(const std::string& name, std::string_view bytes);

} // namespace limsym::base
