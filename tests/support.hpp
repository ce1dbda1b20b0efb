// What unit tests share: temporary folders, and vectors that lie inside or outside the repository.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>

#include <doctest/doctest.h>
#include <unistd.h>

namespace limsym::tests {

/// A folder that disappears with the object.
class TemporaryFolder {
public:
    TemporaryFolder() {
        std::string name = (std::filesystem::temp_directory_path() / "limsym-test-XXXXXX").string();
        path_ = ::mkdtemp(name.data());
    }
    TemporaryFolder(const TemporaryFolder&) = delete;
    TemporaryFolder& operator=(const TemporaryFolder&) = delete;
    ~TemporaryFolder() { std::filesystem::remove_all(path_); }
    [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
    std::string file(const std::string& name, const std::string& content) const {
        std::ofstream(path_ / name, std::ios::binary) << content;
        return file(name);
    }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// A folder below the acceptance vectors ("golden/nngp-kernel"), or nothing: the test then says that it is skipped.
inline std::optional<std::string> shared_folder(const std::string& below) {
    const char* root = std::getenv("LIMSYM_SHARED");
    if (root != nullptr && std::filesystem::is_directory(std::filesystem::path(root) / below))
        return (std::filesystem::path(root) / below).string();
    MESSAGE("SKIPPED: " << std::string(doctest::getContextOptions()->currentTest->m_name) << " (needs " << below
                        << ")");
    return std::nullopt;
}

/// A file of tests/data.
inline std::string test_data(const std::string& name) {
    const char* root = std::getenv("LIMSYM_TEST_DATA");
    return (std::filesystem::path(root != nullptr ? root : "tests/data") / name).string();
}

inline std::string file_text(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// The message of the exception of type E that `work` throws; "" when it throws none.
template <typename E, typename Work>
std::string message_of(const Work& work) {
    try {
        static_cast<void>(work());
    } catch (const E& error) {
        return error.what();
    }
    return "";
}

} // namespace limsym::tests
