#include "common/standard_output.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include "limsym/base/error.hpp"

namespace limsym::cli {

namespace {
constexpr std::size_t buffer_size = 1U << 20U;
}

void StandardOutput::write(std::string_view bytes) {
    if (buffer_.size() + bytes.size() > buffer_size) flush();
    buffer_ += bytes;
    if (buffer_.size() >= buffer_size) flush();
}

void StandardOutput::flush() {
    std::string_view left = buffer_;
    while (!left.empty()) {
        const ssize_t written = ::write(STDOUT_FILENO, left.data(), left.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) {
            const int error = errno;
            buffer_.clear();
            if (error == EPIPE) throw PipeClosed();
            throw base::WorkError(std::string("write error: ") + std::strerror(error));
        }
        left.remove_prefix(static_cast<std::size_t>(written));
    }
    buffer_.clear();
}

void hold_standard_descriptors() {
    for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (::fcntl(descriptor, F_GETFD) >= 0) continue;
        // open() takes the lowest free number, which is this one.
        const int flags = descriptor == STDIN_FILENO ? O_WRONLY : descriptor == STDOUT_FILENO ? O_RDONLY : O_WRONLY;
        static_cast<void>(::open("/dev/null", flags));
    }
}

} // namespace limsym::cli
