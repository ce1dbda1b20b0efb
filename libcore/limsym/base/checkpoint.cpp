#include "limsym/base/checkpoint.hpp"

#include <algorithm>
#include <charconv>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/input.hpp"
#include "limsym/base/output.hpp"

namespace limsym::base {

namespace {

// The file: a magic line, length-prefixed strings (kind, pairs of the identity, payload), and the SHA-256 of all that.
constexpr std::string_view magic = "LIMSYMC1\n";
constexpr std::size_t digest_size = 64;

void append(std::string& text, std::string_view part) {
    text += std::to_string(part.size());
    text += ':';
    text += part;
}

class Parts {
public:
    Parts(const std::string& file, std::string_view text) : file_(file), text_(text) {}
    std::string_view next() {
        const std::size_t colon = text_.find(':');
        std::size_t size = 0;
        if (colon == std::string_view::npos ||
            std::from_chars(text_.data(), text_.data() + colon, size).ptr != text_.data() + colon ||
            size > text_.size() - colon - 1)
            throw InputError(file_, "is a damaged checkpoint");
        const std::string_view part = text_.substr(colon + 1, size);
        text_.remove_prefix(colon + 1 + size);
        return part;
    }

private:
    const std::string& file_;
    std::string_view text_;
};

} // namespace

void save_checkpoint(const std::string& file, std::string_view kind, const Identity& identity,
                     std::string_view payload) {
    std::string text(magic);
    append(text, kind);
    append(text, std::to_string(identity.size()));
    for (const auto& [name, value] : identity) {
        append(text, name);
        append(text, value);
    }
    append(text, payload);
    text += sha256_hex(text);
    write_file(file, text);
}

std::string load_checkpoint(const std::string& file, std::string_view kind, const Identity& identity) {
    const std::string text = InputFile(file).read_all();
    if (!text.starts_with(magic)) throw InputError(file, "is not a checkpoint");
    if (text.size() < magic.size() + digest_size) throw InputError(file, "is a damaged checkpoint");
    const std::string_view body(text.data(), text.size() - digest_size);
    if (sha256_hex(body) != std::string_view(text).substr(body.size()))
        throw InputError(file, "is a damaged checkpoint: its checksum does not match");
    Parts parts(file, body.substr(magic.size()));
    if (const std::string_view found = parts.next(); found != kind)
        throw InputError(file, "is a checkpoint of " + quoted(found) + "; expected " + quoted(kind));
    std::size_t count = 0;
    const std::string_view digits = parts.next();
    std::from_chars(digits.begin(), digits.end(), count);
    for (std::size_t i = 0; i < std::max(count, identity.size()); ++i) {
        const std::string_view name = i < count ? parts.next() : std::string_view{};
        const std::string_view value = i < count ? parts.next() : std::string_view{};
        if (i >= identity.size())
            throw InputError(file,
                             "was made with " + std::string(name) + " " + quoted(value) + ", which is absent now");
        const auto& [wanted_name, wanted] = identity[i];
        if (name != wanted_name)
            throw InputError(file, "was made without " + wanted_name + ", which is " + quoted(wanted) + " now");
        if (value != wanted)
            throw InputError(file,
                             "was made with " + wanted_name + " " + quoted(value) + "; now it is " + quoted(wanted));
    }
    return std::string(parts.next());
}

} // namespace limsym::base
