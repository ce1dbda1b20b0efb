#include "limsym/base/input.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "limsym/base/error.hpp"

namespace limsym::base {

struct InputFile::Stream {
    gzFile file = nullptr;
    std::optional<std::uint64_t> regular_size; // bytes in the file, packed or not, when it is a regular one
    std::array<char, 4096> ahead{};
    std::size_t ahead_begin = 0;
    std::size_t ahead_end = 0;

    explicit Stream(gzFile opened) : file(opened) {}
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;
    ~Stream() { gzclose(file); }
};

namespace {

std::string reason() {
    return std::strerror(errno);
}

} // namespace

InputFile::InputFile(std::string name) : name_(std::move(name)) {
    const int descriptor = name_ == "-" ? ::dup(STDIN_FILENO) : ::open(name_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) throw InputError(name_, "cannot be opened: " + reason());
    struct stat status {};
    if (::fstat(descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        ::close(descriptor);
        throw InputError(name_, "is a folder; expected a file");
    }
    const gzFile file = gzdopen(descriptor, "rb");
    if (file == nullptr) {
        ::close(descriptor);
        throw std::bad_alloc();
    }
    // A small file needs no large buffer.
    constexpr off_t least = 4096;
    constexpr off_t most = 1 << 20;
    gzbuffer(file, static_cast<unsigned>(S_ISREG(status.st_mode) ? std::clamp(status.st_size, least, most) : most));
    stream_ = std::make_unique<Stream>(file);
    // Standard input may be a file that was read in part.
    const off_t begin = S_ISREG(status.st_mode) ? ::lseek(descriptor, 0, SEEK_CUR) : -1;
    if (begin >= 0 && begin <= status.st_size)
        stream_->regular_size = static_cast<std::uint64_t>(status.st_size - begin);
}

InputFile::InputFile(InputFile&&) noexcept = default;
InputFile& InputFile::operator=(InputFile&&) noexcept = default;
InputFile::~InputFile() = default;

std::size_t InputFile::read(char* buffer, std::size_t size) {
    Stream& stream = *stream_;
    if (stream.ahead_begin < stream.ahead_end) {
        const std::size_t part = std::min(size, stream.ahead_end - stream.ahead_begin);
        std::memcpy(buffer, stream.ahead.data() + stream.ahead_begin, part);
        stream.ahead_begin += part;
        return part;
    }
    const int got = gzread(stream.file, buffer, static_cast<unsigned>(std::min<std::size_t>(size, 1U << 30U)));
    int status = Z_OK;
    const char* said = gzerror(stream.file, &status);
    if (got < 0 || status == Z_BUF_ERROR) {
        if (status == Z_ERRNO) throw InputError(name_, "cannot be read: " + reason());
        throw InputError(name_, status == Z_BUF_ERROR ? std::string("the gzip data ends too early")
                                                      : "damaged gzip data: " + std::string(said));
    }
    return static_cast<std::size_t>(got);
}

std::string_view InputFile::peek() {
    Stream& stream = *stream_;
    if (stream.ahead_begin == stream.ahead_end) {
        stream.ahead_begin = stream.ahead_end = 0;
        stream.ahead_end = read(stream.ahead.data(), stream.ahead.size());
    }
    return {stream.ahead.data() + stream.ahead_begin, stream.ahead_end - stream.ahead_begin};
}

std::optional<std::uint64_t> InputFile::plain_size() {
    return gzdirect(stream_->file) != 0 ? stream_->regular_size : std::nullopt;
}

std::string InputFile::read_all(std::size_t most) {
    std::string bytes;
    constexpr std::size_t step = 1U << 20U;
    for (;;) {
        const std::size_t before = bytes.size();
        bytes.resize(before + step);
        const std::size_t got = read(bytes.data() + before, step);
        bytes.resize(before + got);
        if (bytes.size() > most)
            throw InputError(name_, "is larger than " + std::to_string(most) + " bytes, the most accepted here");
        if (got == 0) return bytes;
    }
}

} // namespace limsym::base
