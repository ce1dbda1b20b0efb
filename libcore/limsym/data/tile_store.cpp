#include "limsym/data/tile_store.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fcntl.h>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/stat.h>
#include <unistd.h>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/memory.hpp"
#include "limsym/base/output.hpp"
#include "limsym/data/json.hpp"

namespace limsym::data {

static_assert(std::endian::native == std::endian::little, "tiles are stored in little-endian order");

namespace {

constexpr std::string_view magic = "LIMSYMT1";
constexpr std::size_t prefix_size = 16; // magic and header length
constexpr std::size_t entry_width = 64; // of "[I,J,crc32]," padded with blanks; divides a page
constexpr std::uint64_t most_tiles = 1U << 24U;

std::string reason() {
    return std::strerror(errno);
}

std::string entry_text(const TileGrid& grid, std::uint64_t t, std::optional<std::uint32_t> checksum, bool last) {
    const auto [i, j] = grid.position(t);
    std::string text = "[" + std::to_string(i) + "," + std::to_string(j) + ",";
    text += checksum ? std::to_string(*checksum) : "null";
    text += last ? "]" : "],";
    text.resize(entry_width, ' ');
    return text;
}

// The head of the header, up to the first entry, blank-padded so that entries never straddle a page.
std::string header_head(const TileDescription& d) {
    Json head;
    head["schema"] = "limsym/tiles@1";
    head["network_sha256"] = d.network_sha256;
    head["data_sha256"] = d.data_sha256;
    head["kind"] = d.kind;
    head["dtype"] = d.single_precision ? "f32" : "f64";
    head["rows"] = d.grid.rows;
    head["cols"] = d.grid.cols;
    head["tile"] = d.grid.edge;
    head["symmetric"] = d.grid.symmetric;
    std::string text = to_text(head);
    text.back() = ',';
    text += "\"tiles\":[";
    const std::size_t used = (prefix_size + text.size()) % entry_width;
    if (used != 0) text.append(entry_width - used, ' ');
    return text;
}

} // namespace

std::uint64_t TileGrid::count() const {
    return symmetric ? tile_rows() * (tile_rows() + 1) / 2 : base::saturating_product(tile_rows(), tile_cols());
}

std::pair<std::uint64_t, std::uint64_t> TileGrid::position(std::uint64_t t) const {
    if (!symmetric) return {t / tile_cols(), t % tile_cols()};
    auto i = static_cast<std::uint64_t>((std::sqrt(8.0 * static_cast<double>(t) + 1.0) - 1.0) / 2.0);
    while (i * (i + 1) / 2 > t)
        --i;
    while ((i + 1) * (i + 2) / 2 <= t)
        ++i;
    return {i, t - i * (i + 1) / 2};
}

std::uint64_t TileGrid::number(std::uint64_t i, std::uint64_t j) const {
    return symmetric ? i * (i + 1) / 2 + j : i * tile_cols() + j;
}

std::uint64_t TileGrid::entries() const {
    if (!symmetric) return base::saturating_product(rows, cols);
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < tile_rows(); ++i)
        total += height(i) * std::min(rows, (i + 1) * edge);
    return total;
}

std::string TileGrid::name(std::uint64_t t) const {
    const auto [i, j] = position(t);
    return "tile " + std::to_string(t) + " (" + std::to_string(i) + "," + std::to_string(j) + ")";
}

std::uint64_t TileDescription::tile_bytes(std::uint64_t t) const {
    const auto [i, j] = grid.position(t);
    return kinds() * grid.height(i) * grid.width(j) * (single_precision ? sizeof(float) : sizeof(double));
}

bool starts_tile_store(std::string_view first_bytes) {
    return first_bytes.starts_with(magic);
}

namespace {

void read_at(int descriptor, const std::string& file, std::uint64_t offset, char* bytes, std::uint64_t size) {
    while (size > 0) {
        const ssize_t got = ::pread(descriptor, bytes, size, static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw base::InputError(file, "cannot be read: " + reason());
        if (got == 0) throw base::InputError(file, "is a truncated tile store");
        bytes += got;
        offset += static_cast<std::uint64_t>(got);
        size -= static_cast<std::uint64_t>(got);
    }
}

TileDescription read_description(ObjectReader& reader) {
    reader.schema("limsym/tiles@1", true);
    TileDescription d;
    const auto whole = [&](const std::string& key) {
        return static_cast<std::uint64_t>(reader.integer(key, std::nullopt, 1, 1LL << 40));
    };
    d.network_sha256 = reader.string("network_sha256", std::nullopt);
    d.data_sha256 = reader.string("data_sha256", std::nullopt);
    d.kind = reader.choice("kind", {"nngp", "ntk", "both"}, std::nullopt);
    d.single_precision = reader.choice("dtype", {"f64", "f32"}, std::nullopt) == "f32";
    d.grid.rows = whole("rows");
    d.grid.cols = whole("cols");
    d.grid.edge = whole("tile");
    d.grid.symmetric = reader.boolean("symmetric", false);
    if (d.grid.symmetric && d.grid.rows != d.grid.cols) reader.fail("cols", "differs from rows in a symmetric store");
    if (d.grid.count() > most_tiles) reader.fail("tile", "makes too many tiles");
    return d;
}

} // namespace

TileStore::TileStore(std::string file) : file_(std::move(file)) {
    descriptor_ = base::FileDescriptor(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!descriptor_.open()) throw base::InputError(file_, "cannot be opened: " + reason());
    const int number = descriptor_.number();
    struct stat status {};
    if (::fstat(number, &status) != 0 || !S_ISREG(status.st_mode))
        throw base::InputError(file_, "is not a regular file; a tile store must be one");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    char prefix[prefix_size];
    if (size < prefix_size) throw base::InputError(file_, "is not a tile store");
    read_at(number, file_, 0, prefix, prefix_size);
    if (std::string_view(prefix, magic.size()) != magic) throw base::InputError(file_, "is not a tile store");
    std::uint64_t header_size = 0;
    std::memcpy(&header_size, prefix + magic.size(), sizeof header_size);
    if (header_size > size - prefix_size) throw base::InputError(file_, "is a truncated tile store");
    std::string header(header_size, '\0');
    read_at(number, file_, prefix_size, header.data(), header_size);

    const Json document = parse_json(header, file_);
    ObjectReader reader(document, file_, "");
    description_ = read_description(reader);
    const Json& list = reader.at("tiles");
    reader.finish();
    if (!list.is_array()) reader.fail("tiles", "is not an array");
    const TileGrid& grid = description_.grid;
    places_.resize(grid.count());
    std::vector<char> seen(places_.size(), 0);
    std::uint64_t offset = prefix_size + header_size;
    for (const Json& entry : list) {
        const auto whole = [](const Json& value) {
            return value.is_number_integer() && value.get<std::int64_t>() >= 0;
        };
        if (!entry.is_array() || entry.size() != 3 || !whole(entry[0]) || !whole(entry[1]) ||
            !(entry[2].is_null() || whole(entry[2])))
            reader.fail("tiles", "holds an entry that is not [I,J,crc32]");
        const auto i = entry[0].get<std::uint64_t>();
        const auto j = entry[1].get<std::uint64_t>();
        if (i >= grid.tile_rows() || j >= (grid.symmetric ? i + 1 : grid.tile_cols()))
            reader.fail("tiles", "holds a tile outside the matrix");
        const std::uint64_t t = grid.number(i, j);
        if (seen[t] != 0) reader.fail("tiles", "holds " + grid.name(t) + " twice");
        seen[t] = 1;
        listed_.push_back(t);
        const std::uint64_t bytes = description_.tile_bytes(t);
        if (!entry[2].is_null()) {
            if (offset > size || bytes > size - offset)
                throw base::InputError(file_, "is a truncated tile store: " + grid.name(t) + " is cut off");
            if (entry[2].get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max())
                reader.fail("tiles", "holds a checksum that is not a CRC-32");
            places_[t] = Place{offset, entry[2].get<std::uint32_t>()};
        }
        offset += bytes;
    }
    if (size > offset) throw base::InputError(file_, "is a damaged tile store: it is longer than its tiles");
}

bool TileStore::holds(std::uint64_t t) const {
    return places_[t].has_value();
}

std::optional<std::uint64_t> TileStore::first_missing() const {
    for (std::uint64_t t = 0; t < places_.size(); ++t)
        if (!places_[t]) return t;
    return std::nullopt;
}

void TileStore::read(std::uint64_t t, std::vector<char>& bytes) const {
    const Place& place = places_[t].value();
    bytes.resize(description_.tile_bytes(t));
    read_at(descriptor_.number(), file_, place.offset, bytes.data(), bytes.size());
    if (base::crc32(bytes.data(), bytes.size()) != place.checksum)
        throw base::InputError(file_, "is damaged: the checksum of " + description_.grid.name(t) + " does not match");
}

namespace {

template <typename T>
void place_block(const char* bytes, std::uint64_t height, std::uint64_t width, std::uint64_t row, std::uint64_t col,
                 bool mirror, arma::mat& out) {
    for (std::uint64_t r = 0; r < height; ++r)
        for (std::uint64_t c = 0; c < width; ++c) {
            T value;
            std::memcpy(&value, bytes + (r * width + c) * sizeof(T), sizeof(T));
            out(row + r, col + c) = static_cast<double>(value);
            if (mirror) out(col + c, row + r) = static_cast<double>(value);
        }
}

} // namespace

void TileStore::place(std::uint64_t t, const std::string& which, arma::mat& out) const {
    const TileDescription& d = description_;
    std::vector<char> bytes;
    read(t, bytes);
    const auto [i, j] = d.grid.position(t);
    const char* block = bytes.data() + (d.kind == "both" && which == "ntk" ? bytes.size() / 2 : 0);
    const bool mirror = d.grid.symmetric && i != j;
    const auto place_numbers = d.single_precision ? place_block<float> : place_block<double>;
    place_numbers(block, d.grid.height(i), d.grid.width(j), i * d.grid.edge, j * d.grid.edge, mirror, out);
}

arma::mat TileStore::matrix(const std::string& which) const {
    const TileDescription& d = description_;
    if (d.kind != "both" && d.kind != which) throw base::InputError(file_, "holds " + d.kind + ", not " + which);
    if (const auto missing = first_missing())
        throw base::InputError(file_, "is incomplete: " + d.grid.name(*missing) + " is missing");
    arma::mat out(d.grid.rows, d.grid.cols, arma::fill::none);
    for (std::uint64_t t = 0; t < d.grid.count(); ++t)
        place(t, which, out);
    return out;
}

namespace {

void write_at(int descriptor, const std::string& file, std::uint64_t offset, const char* bytes, std::uint64_t size) {
    while (size > 0) {
        const ssize_t put = ::pwrite(descriptor, bytes, size, static_cast<off_t>(offset));
        if (put < 0 && errno == EINTR) continue;
        if (put < 0) throw base::WorkError(file, "write error: " + reason());
        bytes += put;
        offset += static_cast<std::uint64_t>(put);
        size -= static_cast<std::uint64_t>(put);
    }
}

} // namespace

// Places every tile of the file. @returns everything before the first tile, no tile computed
std::string TileStoreWriter::lay_out() {
    std::string header = header_head(description_);
    first_entry_ = prefix_size + header.size();
    for (std::size_t k = 0; k < tiles_.size(); ++k)
        header += entry_text(description_.grid, tiles_[k], std::nullopt, k + 1 == tiles_.size());
    header += "]}\n";
    const std::uint64_t header_size = header.size();
    offsets_.push_back(prefix_size + header_size);
    for (const std::uint64_t t : tiles_)
        offsets_.push_back(offsets_.back() + description_.tile_bytes(t));
    std::string prefix(magic);
    prefix.append(reinterpret_cast<const char*>(&header_size), sizeof header_size);
    return prefix + header;
}

TileStoreWriter::TileStoreWriter(const TileStore& unfinished)
    : file_(unfinished.file()), description_(unfinished.description()), tiles_(unfinished.listed()) {
    const std::string head = lay_out();
    descriptor_ = base::FileDescriptor(::open(file_.c_str(), O_RDWR | O_CLOEXEC));
    if (!descriptor_.open()) throw base::InputError(file_, "cannot be written: " + reason());
    // Only the checksums may differ; they begin after the magic, the length and the description.
    std::string found(first_entry_, '\0');
    read_at(descriptor_.number(), file_, 0, found.data(), found.size());
    if (head.compare(0, first_entry_, found) != 0)
        throw base::InputError(file_, "is laid out in another way; expected a store that this program wrote");
}

TileStoreWriter::TileStoreWriter(const std::string& file, const TileDescription& description,
                                 std::vector<std::uint64_t> tiles, std::string shown)
    : file_(shown.empty() ? file : std::move(shown)), description_(description), tiles_(std::move(tiles)) {
    const std::string head = lay_out();
    // A file that is open elsewhere under this name, or linked to another, keeps its bytes. The unnamed files of
    // AtomicFile are reached through a path of /proc that cannot be removed, and are empty.
    if (!file.starts_with("/proc/")) ::unlink(file.c_str());
    descriptor_ = base::FileDescriptor(::open(file.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
    if (!descriptor_.open()) throw base::InputError(file_, "cannot be written: " + reason());
    if (::ftruncate(descriptor_.number(), static_cast<off_t>(offsets_.back())) != 0)
        throw base::WorkError(file_, "write error: " + reason());
    write_at(descriptor_.number(), file_, 0, head.data(), head.size());
}

void TileStoreWriter::write(std::uint64_t t, const std::vector<char>& bytes) {
    const auto found = std::lower_bound(tiles_.begin(), tiles_.end(), t);
    if (found == tiles_.end() || *found != t || bytes.size() != description_.tile_bytes(t))
        throw std::logic_error("a tile that does not belong to this store");
    const auto k = static_cast<std::size_t>(found - tiles_.begin());
    write_at(descriptor_.number(), file_, offsets_[k], bytes.data(), bytes.size());
    const std::string entry =
        entry_text(description_.grid, t, base::crc32(bytes.data(), bytes.size()), k + 1 == tiles_.size());
    write_at(descriptor_.number(), file_, first_entry_ + k * entry_width, entry.data(), entry.size());
}

void TileStoreWriter::close() {
    if (!descriptor_.close()) throw base::WorkError(file_, "write error: " + reason());
}

std::vector<std::uint64_t> tiles_of(const TileGrid& grid, const base::Shard& shard) {
    std::vector<std::uint64_t> tiles;
    for (std::uint64_t t = shard.index; t < grid.count(); t += shard.count)
        tiles.push_back(t);
    return tiles;
}

std::vector<TileStore> open_tile_parts(const std::vector<std::string>& parts) {
    std::vector<TileStore> stores;
    for (const std::string& part : parts) {
        stores.emplace_back(part);
        const TileDescription& first = stores.front().description();
        const TileDescription& own = stores.back().description();
        const auto differs = [&](const std::string& what, const std::string& a, const std::string& b) {
            if (a != b)
                throw base::InputError(part, "is a part of another matrix: its " + what + " is " + a + ", that of " +
                                                 parts.front() + " is " + b);
        };
        differs("network", own.network_sha256, first.network_sha256);
        differs("data", own.data_sha256, first.data_sha256);
        differs("kind", own.kind, first.kind);
        if (!(own == first)) throw base::InputError(part, "is cut otherwise than " + parts.front());
    }
    const TileGrid& grid = stores.front().description().grid;
    for (std::uint64_t t = 0; t < grid.count(); ++t) {
        const TileStore* holder = nullptr;
        for (const TileStore& store : stores) {
            if (!store.holds(t)) continue;
            if (holder != nullptr)
                throw base::InputError(store.file(),
                                       "repeats " + grid.name(t) + ", which " +
                                           (holder->file() == store.file() ? "the same file" : holder->file()) +
                                           " holds already");
            holder = &store;
        }
        if (holder == nullptr) throw base::InputError(grid.name(t) + " is missing; no file given holds it");
    }
    return stores;
}

arma::mat matrix_of_parts(const std::vector<TileStore>& parts, const std::string& which) {
    const TileGrid& grid = parts.front().description().grid;
    arma::mat out(grid.rows, grid.cols, arma::fill::none);
    for (const TileStore& part : parts)
        for (const std::uint64_t t : part.listed())
            if (part.holds(t)) part.place(t, which, out);
    return out;
}

void merge_tile_stores(const std::vector<std::string>& parts, const std::string& out) {
    const std::vector<TileStore> stores = open_tile_parts(parts);
    const TileDescription& description = stores.front().description();
    base::AtomicFile file(out);
    TileStoreWriter writer(file.descriptor_path(), description, tiles_of(description.grid, base::Shard{}), out);
    std::vector<char> bytes;
    for (const TileStore& store : stores)
        for (const std::uint64_t t : store.listed())
            if (store.holds(t)) {
                store.read(t, bytes);
                writer.write(t, bytes);
            }
    writer.close();
    file.commit();
}

} // namespace limsym::data
