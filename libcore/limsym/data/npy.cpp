#include "limsym/data/npy.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>

#include "limsym/base/error.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/data/number_rows.hpp"

namespace limsym::data {

static_assert(std::endian::native == std::endian::little, "npy files are read and written without swapping");

namespace {

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;
constexpr std::size_t piece_bytes = std::size_t{4} << 20U;

struct Header {
    char kind = 'f'; // f, i or u
    std::size_t size = 8;
    bool fortran = false;
    std::vector<std::uint64_t> shape;
    std::uint64_t bytes = 0; // before the numbers begin

    /// Of the array as a matrix; further dimensions are flattened.
    [[nodiscard]] std::uint64_t columns() const {
        std::uint64_t product = 1;
        for (std::size_t i = 1; i < shape.size(); ++i)
            product = base::saturating_product(product, shape[i]);
        return product;
    }
};

/// The dictionary of an npy header: a literal of Python with three keys of fixed types.
class HeaderParser {
public:
    HeaderParser(const std::string& file, std::string_view text) : file_(file), text_(text) {}

    Header parse() {
        Header header;
        bool has_type = false;
        bool has_order = false;
        bool has_shape = false;
        take('{');
        while (!try_take('}')) {
            const std::string key(string());
            take(':');
            if (key == "descr" && !has_type) {
                has_type = true;
                type(header);
            } else if (key == "fortran_order" && !has_order) {
                has_order = true;
                header.fortran = boolean();
            } else if (key == "shape" && !has_shape) {
                has_shape = true;
                shape(header);
            } else {
                damaged();
            }
            if (!try_take(',')) {
                take('}');
                break;
            }
        }
        skip_blanks();
        if (!text_.empty() || !has_type || !has_order || !has_shape) damaged();
        return header;
    }

private:
    [[noreturn]] void damaged() const { throw base::InputError(file_, "has a damaged npy header"); }
    void skip_blanks() {
        while (!text_.empty() && (text_.front() == ' ' || text_.front() == '\n' || text_.front() == '\t'))
            text_.remove_prefix(1);
    }
    bool try_take(char c) {
        skip_blanks();
        if (!text_.starts_with(c)) return false;
        text_.remove_prefix(1);
        return true;
    }
    void take(char c) {
        if (!try_take(c)) damaged();
    }
    std::string_view string() {
        skip_blanks();
        const char quote = text_.empty() ? '\0' : text_.front();
        if (quote != '\'' && quote != '"') damaged();
        const std::size_t end = text_.find(quote, 1);
        if (end == std::string_view::npos) damaged();
        const std::string_view word = text_.substr(1, end - 1);
        text_.remove_prefix(end + 1);
        return word;
    }
    bool boolean() {
        skip_blanks();
        for (const auto& [word, value] : {std::pair{std::string_view("True"), true}, {"False", false}})
            if (text_.starts_with(word)) {
                text_.remove_prefix(word.size());
                return value;
            }
        damaged();
    }
    void type(Header& header) {
        skip_blanks();
        static constexpr std::string_view expected = "; expected one of <f8 <f4 <i8 <i4 |u1";
        if (text_.starts_with('['))
            throw base::InputError(file_, "holds records of several fields" + std::string(expected));
        const std::string_view name = string();
        for (const std::string_view known : {"<f8", "<f4", "<i8", "<i4", "|u1", "<u1"})
            if (name == known) {
                header.kind = name[1];
                header.size = static_cast<std::size_t>(name[2] - '0');
                return;
            }
        throw base::InputError(file_, "holds numbers of type " + base::quoted(name) + std::string(expected));
    }
    void shape(Header& header) {
        take('(');
        while (!try_take(')')) {
            skip_blanks();
            std::uint64_t size = 0;
            bool digits = false;
            while (!text_.empty() && text_.front() >= '0' && text_.front() <= '9') {
                digits = true;
                size = base::saturating_product(size, 10);
                if (__builtin_add_overflow(size, static_cast<std::uint64_t>(text_.front() - '0'), &size)) damaged();
                text_.remove_prefix(1);
            }
            if (!digits) damaged();
            header.shape.push_back(size);
            if (!try_take(',')) {
                take(')');
                break;
            }
        }
    }

    const std::string& file_;
    std::string_view text_;
};

void read_exactly(base::InputFile& file, char* to, std::size_t size) {
    while (size > 0) {
        const std::size_t got = file.read(to, size);
        if (got == 0) throw base::InputError(file.name(), "ends too early");
        to += got;
        size -= got;
    }
}

Header read_header(base::InputFile& file) {
    std::array<char, 8> start{};
    read_exactly(file, start.data(), start.size());
    if (std::string_view(start.data(), magic.size()) != magic)
        throw base::InputError(file.name(), "is not an npy file");
    const int version = start[6];
    if (version < 1 || version > 3 || start[7] != 0)
        throw base::InputError(file.name(), "has npy format version " + std::to_string(version) + "." +
                                                std::to_string(start[7]) + "; expected 1.0, 2.0 or 3.0");
    std::array<unsigned char, 4> length{};
    const std::size_t length_size = version == 1 ? 2 : 4;
    read_exactly(file, reinterpret_cast<char*>(length.data()), length_size);
    const std::size_t size = length[0] | static_cast<std::size_t>(length[1]) << 8U |
                             static_cast<std::size_t>(length[2]) << 16U | static_cast<std::size_t>(length[3]) << 24U;
    constexpr std::size_t longest = 1U << 16U;
    if (size > longest) throw base::InputError(file.name(), "has a damaged npy header");
    std::string text(size, '\0');
    read_exactly(file, text.data(), size);
    Header header = HeaderParser(file.name(), text).parse();
    header.bytes = start.size() + length_size + size;
    return header;
}

/// The numbers of an array, of which the file must hold exactly `size` bytes: known before memory is taken when the
/// file is a plain one, else everything is read first, so that a header cannot ask for what is not there.
class Payload {
public:
    /// @param before bytes of the file that were read
    Payload(base::InputFile& file, std::uint64_t before, std::uint64_t size) : file_(file) {
        std::optional<std::uint64_t> held = file.plain_size();
        if (held) {
            held = *held - before;
        } else {
            whole_ = file.read_all();
            held = whole_->size();
        }
        if (*held != size)
            throw base::InputError(file.name(), "holds " + std::to_string(*held) + " bytes of numbers; expected " +
                                                    std::to_string(size) + " by its header");
    }

    void read(void* to, std::size_t size) {
        if (!whole_) {
            read_exactly(file_, static_cast<char*>(to), size);
            return;
        }
        std::memcpy(to, whole_->data() + at_, size);
        at_ += size;
    }

private:
    base::InputFile& file_;
    std::optional<std::string> whole_;
    std::size_t at_ = 0;
};

[[noreturn]] void refuse_number(const std::string& file, std::uint64_t row, std::uint64_t column, double value) {
    throw base::InputError(file, "row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) + " is " +
                                     (std::isnan(value) ? "nan"
                                      : value > 0       ? "inf"
                                                        : "-inf") +
                                     "; expected a finite number");
}

/// @param swap makes a number of the bytes in the file
template <typename Number, typename Swap>
arma::mat read_array(base::InputFile& file, const Header& header, const Swap& swap) {
    const std::uint64_t rows = header.shape[0];
    const std::uint64_t columns = header.columns();
    const std::uint64_t count = base::saturating_product(rows, columns);
    constexpr std::uint64_t most = std::uint64_t{1} << 48U;
    if (count > most || rows > most || columns > most)
        throw base::InputError(file.name(), "says that it holds " + std::to_string(rows) + " x " +
                                                std::to_string(columns) + " numbers, more than a file can");
    Payload payload(file, header.bytes, count * sizeof(Number));
    arma::mat out(rows, columns, arma::fill::none);
    if (count == 0) return out;
    std::vector<Number> piece;
    const bool by_column = header.fortran || columns == 1;
    const std::uint64_t length = by_column ? rows : columns;
    const std::uint64_t lines = by_column ? columns : rows;
    const std::uint64_t per_piece = std::max<std::uint64_t>(1, piece_bytes / (length * sizeof(Number)));
    for (std::uint64_t first = 0; first < lines; first += per_piece) {
        const std::uint64_t height = std::min(per_piece, lines - first);
        piece.resize(height * length);
        payload.read(piece.data(), piece.size() * sizeof(Number));
        for (Number& number : piece)
            number = swap(number);
        if (by_column) {
            std::copy(piece.begin(), piece.end(), out.colptr(first));
        } else {
            place_rows(piece.data(), height, length, out, first);
        }
    }
    return out;
}

constexpr auto keep = [](auto number) { return number; };

void check_finite(const std::string& file, const arma::mat& values, bool allow_nan = false) {
    for (arma::uword c = 0; c < values.n_cols; ++c) {
        const double* const column = values.colptr(c);
        double sum = 0.0; // stays 0 when all are finite
        for (arma::uword r = 0; r < values.n_rows; ++r)
            sum += column[r] * 0.0;
        if (sum == 0.0) continue;
        for (arma::uword r = 0; r < values.n_rows; ++r)
            if (!std::isfinite(column[r]) && !(allow_nan && std::isnan(column[r])))
                refuse_number(file, r, c, column[r]);
    }
}

template <typename Number>
void write_array(const base::ByteSink& sink, const arma::Mat<Number>& matrix) {
    std::string header = "{'descr': '<f" + std::to_string(sizeof(Number)) + "', 'fortran_order': False, 'shape': (" +
                         std::to_string(matrix.n_rows) + ", " + std::to_string(matrix.n_cols) + "), }";
    constexpr std::size_t before = 10;
    header.append(alignment - 1 - (before + header.size()) % alignment, ' ');
    header += '\n';
    std::string start(magic);
    start += '\x01';
    start += '\0';
    start += static_cast<char>(header.size() & 0xffU);
    start += static_cast<char>(header.size() >> 8U);
    sink(start + header);
    if (matrix.is_empty()) return;
    const arma::uword per_piece = std::max<arma::uword>(1, piece_bytes / 4 / (matrix.n_cols * sizeof(Number)));
    std::vector<Number> piece;
    for (arma::uword first = 0; first < matrix.n_rows; first += per_piece) {
        const arma::uword count = std::min(per_piece, matrix.n_rows - first);
        piece.resize(count * matrix.n_cols);
        take_rows(matrix, first, count, piece.data());
        sink({reinterpret_cast<const char*>(piece.data()), piece.size() * sizeof(Number)});
    }
}

} // namespace

arma::mat read_npy(base::InputFile& file, const NpyOptions& options) {
    const Header header = read_header(file);
    const bool flattened = options.flatten && header.shape.size() > 2 && !header.fortran;
    if (header.shape.empty() || (header.shape.size() > 2 && !flattened))
        throw base::InputError(file.name(), "holds an array of " + std::to_string(header.shape.size()) +
                                                " dimensions; expected 1 or 2");
    if (header.kind == 'u') return read_array<std::uint8_t>(file, header, keep);
    if (header.kind == 'i')
        return header.size == 8 ? read_array<std::int64_t>(file, header, keep)
                                : read_array<std::int32_t>(file, header, keep);
    arma::mat values =
        header.size == 8 ? read_array<double>(file, header, keep) : read_array<float>(file, header, keep);
    check_finite(file.name(), values, options.allow_nan);
    return values;
}

arma::mat read_idx(base::InputFile& file) {
    std::array<unsigned char, 4> start{};
    read_exactly(file, reinterpret_cast<char*>(start.data()), start.size());
    if (start[0] != 0 || start[1] != 0 || start[3] == 0) throw base::InputError(file.name(), "is not an idx file");
    if (start[2] < 0x08 || start[2] > 0x0e || start[2] == 0x0a)
        throw base::InputError(file.name(), "holds idx numbers of an unknown type; expected 08 09 0b 0c 0d or 0e");
    Header header;
    for (unsigned i = 0; i < start[3]; ++i) {
        std::array<unsigned char, 4> size{};
        read_exactly(file, reinterpret_cast<char*>(size.data()), size.size());
        header.shape.push_back((std::uint64_t{size[0]} << 24U) | (std::uint64_t{size[1]} << 16U) |
                               (std::uint64_t{size[2]} << 8U) | size[3]);
    }
    header.bytes = start.size() * (1U + start[3]);
    const auto swapped = [](auto number) {
        std::array<unsigned char, sizeof(number)> bytes{};
        std::memcpy(bytes.data(), &number, bytes.size());
        std::reverse(bytes.begin(), bytes.end());
        std::memcpy(&number, bytes.data(), bytes.size());
        return number;
    };
    arma::mat values;
    switch (start[2]) {
    case 0x08:
        return read_array<std::uint8_t>(file, header, keep);
    case 0x09:
        return read_array<std::int8_t>(file, header, keep);
    case 0x0b:
        return read_array<std::int16_t>(file, header, swapped);
    case 0x0c:
        return read_array<std::int32_t>(file, header, swapped);
    case 0x0d:
        values = read_array<float>(file, header, swapped);
        break;
    case 0x0e:
        values = read_array<double>(file, header, swapped);
        break;
    default:
        throw base::InputError(file.name(), "holds idx numbers of an unknown type; expected 08 09 0b 0c 0d or 0e");
    }
    check_finite(file.name(), values);
    return values;
}

void write_npy(const base::ByteSink& sink, const arma::mat& matrix) {
    write_array(sink, matrix);
}

void write_npy(const base::ByteSink& sink, const arma::fmat& matrix) {
    write_array(sink, matrix);
}

} // namespace limsym::data
