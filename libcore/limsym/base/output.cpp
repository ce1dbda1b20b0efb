#include "limsym/base/output.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "limsym/base/error.hpp"
#include "limsym/base/unfinished_files.hpp"

namespace limsym::base {

namespace {

constexpr std::size_t buffer_size = 1U << 20U;

std::string reason() {
    return std::strerror(errno);
}

std::string folder_of(const std::string& name) {
    const std::size_t slash = name.rfind('/');
    return slash == std::string::npos ? "." : slash == 0 ? "/" : name.substr(0, slash);
}

std::string temporary_name(const std::string& name) {
    return name + "." + std::to_string(::getpid()) + ".tmp";
}

} // namespace

AtomicFile::AtomicFile(std::string name) : name_(std::move(name)) {
    struct stat status {};
    if (::stat(name_.c_str(), &status) == 0) {
        if (S_ISDIR(status.st_mode)) throw InputError(name_, "is a folder; expected a file to write");
        direct_ = !S_ISREG(status.st_mode);
    }
    if (direct_) {
        descriptor_ = ::open(name_.c_str(), O_WRONLY | O_CLOEXEC);
    } else {
        // A file without a name leaves nothing behind, whatever ends the process.
        descriptor_ = ::open(folder_of(name_).c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
        if (descriptor_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL)) {
            temporary_ = temporary_name(name_);
            remember_unfinished(temporary_);
            descriptor_ = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        }
    }
    if (descriptor_ < 0) throw InputError(name_, "cannot be written: " + reason());
}

AtomicFile::~AtomicFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (temporary_.empty()) return;
    ::unlink(temporary_.c_str());
    forget_unfinished(temporary_);
}

void AtomicFile::write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() >= buffer_size) flush();
    buffer_ += bytes;
    if (buffer_.size() >= buffer_size) flush();
}

ByteSink AtomicFile::sink() {
    return [this](std::string_view bytes) { write(bytes); };
}

void AtomicFile::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const ssize_t written = ::write(descriptor_, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) throw WorkError(name_, "write error: " + reason());
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

void AtomicFile::give_temporary_name() {
    if (direct_ || !temporary_.empty()) return;
    const std::string linked = temporary_name(name_);
    const std::string nameless = "/proc/self/fd/" + std::to_string(descriptor_);
    ::unlink(linked.c_str());
    remember_unfinished(linked);
    if (::linkat(AT_FDCWD, nameless.c_str(), AT_FDCWD, linked.c_str(), AT_SYMLINK_FOLLOW) != 0) {
        forget_unfinished(linked);
        throw WorkError(name_, "cannot be written: " + reason());
    }
    temporary_ = linked;
}

std::string AtomicFile::descriptor_path() {
    flush();
    return "/proc/self/fd/" + std::to_string(descriptor_);
}

std::string AtomicFile::working_path() {
    flush();
    give_temporary_name();
    return direct_ ? name_ : temporary_;
}

void AtomicFile::commit() {
    flush();
    if (!direct_) {
        give_temporary_name(); // a link cannot replace a file, a rename can
        if (::rename(temporary_.c_str(), name_.c_str()) != 0) throw WorkError(name_, "cannot be written: " + reason());
        forget_unfinished(temporary_);
        temporary_.clear();
    }
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) throw WorkError(name_, "write error: " + reason());
}

void write_file(const std::string& name, std::string_view bytes) {
    AtomicFile file(name);
    file.write(bytes);
    file.commit();
}

} // namespace limsym::base
