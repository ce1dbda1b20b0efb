#include "limsym/data/tile_store.hpp"

#include <cstring>

#include "limsym/base/error.hpp"
#include "limsym/data/kernel_document.hpp"
#include "support.hpp"

using namespace limsym::data;
using limsym::base::InputError;
using limsym::tests::file_text;
using limsym::tests::message_of;
using limsym::tests::TemporaryFolder;

namespace {

TileDescription description(bool symmetric, std::string kind, bool single) {
    TileDescription d;
    d.network_sha256 = "n";
    d.data_sha256 = "d";
    d.kind = std::move(kind);
    d.single_precision = single;
    d.grid = {7, symmetric ? 7U : 5U, 3, symmetric};
    return d;
}

// Entry (i, j) of kind k is 100 k + 10 i + j, symmetric where asked.
std::vector<char> tile(const TileDescription& d, std::uint64_t t) {
    const auto [ti, tj] = d.grid.position(t);
    std::vector<char> bytes;
    for (std::uint64_t k = 0; k < d.kinds(); ++k)
        for (std::uint64_t r = 0; r < d.grid.height(ti); ++r)
            for (std::uint64_t c = 0; c < d.grid.width(tj); ++c) {
                const std::uint64_t i = ti * d.grid.edge + r;
                const std::uint64_t j = tj * d.grid.edge + c;
                const auto value = static_cast<double>(100 * k + (d.grid.symmetric ? i * j : 10 * i + j));
                const auto narrow = static_cast<float>(value);
                const char* raw =
                    d.single_precision ? reinterpret_cast<const char*>(&narrow) : reinterpret_cast<const char*>(&value);
                bytes.insert(bytes.end(), raw, raw + (d.single_precision ? sizeof narrow : sizeof value));
            }
    return bytes;
}

std::string store(const TemporaryFolder& folder, const std::string& name, const TileDescription& d,
                  const std::vector<std::uint64_t>& tiles, std::size_t written) {
    TileStoreWriter writer(folder.file(name), d, tiles);
    for (std::size_t k = written; k-- > 0;) // the order of writing must not matter
        writer.write(tiles[k], tile(d, tiles[k]));
    writer.close();
    return folder.file(name);
}

} // namespace

TEST_CASE("tile grid: numbers and positions") {
    for (const bool symmetric : {true, false}) {
        const TileGrid grid{10, symmetric ? 10U : 4U, 3, symmetric};
        for (std::uint64_t t = 0; t < grid.count(); ++t) {
            const auto [i, j] = grid.position(t);
            CHECK(grid.number(i, j) == t);
        }
        CHECK(grid.count() == (symmetric ? 10U : 8U));
        CHECK(grid.entries() == (symmetric ? 3U * 3 + 3 * 6 + 3 * 9 + 10 : 40U));
    }
    CHECK(TileGrid{10, 10, 3, true}.name(3) == "tile 3 (2,0)");
}

TEST_CASE("tile store: writes and reads back; merging shards gives the bytes of the whole") {
    const TemporaryFolder folder;
    for (const bool symmetric : {true, false})
        for (const char* kind : {"nngp", "both"})
            for (const bool single : {false, true}) {
                const TileDescription d = description(symmetric, kind, single);
                const auto all = tiles_of(d.grid, {});
                const std::string whole = store(folder, "whole.tiles", d, all, all.size());
                const arma::mat m = TileStore(whole).matrix("nngp");
                CHECK(arma::approx_equal(read_gram({whole, {}, ""}, "nngp").values, m, "absdiff", 0.0));
                CHECK(m(6, 4) == (symmetric ? 24.0 : 64.0));
                CHECK(m(1, 4) == (symmetric ? 4.0 : 14.0));
                if (d.kinds() == 2) CHECK(TileStore(whole).matrix("ntk")(6, 4) == m(6, 4) + 100.0);
                std::vector<std::string> parts;
                for (std::size_t k : {2U, 0U, 1U}) {
                    const auto own = tiles_of(d.grid, {k, 3});
                    parts.push_back(store(folder, "part" + std::to_string(k), d, own, own.size()));
                }
                merge_tile_stores(parts, folder.file("merged.tiles"));
                CHECK(file_text(folder.file("merged.tiles")) == file_text(whole));
            }
}

TEST_CASE("tile store: an unfinished store is valid and says what it holds") {
    const TemporaryFolder folder;
    const TileDescription d = description(true, "nngp", false);
    const auto all = tiles_of(d.grid, {});
    const TileStore unfinished(store(folder, "u", d, all, 2));
    CHECK(unfinished.holds(0));
    CHECK(unfinished.holds(1));
    CHECK(unfinished.first_missing() == 2U);
    CHECK(message_of<InputError>([&] { return unfinished.matrix("nngp"); }) ==
          unfinished.file() + ": is incomplete: tile 2 (1,1) is missing");
}

TEST_CASE("tile store: damage, foreign and missing parts are named") {
    const TemporaryFolder folder;
    const TileDescription d = description(true, "nngp", false);
    const auto all = tiles_of(d.grid, {});
    const std::string whole = store(folder, "whole", d, all, all.size());
    const std::string bytes = file_text(whole);
    for (std::size_t cut = 0; cut < bytes.size(); ++cut)
        CHECK_THROWS_AS(TileStore(folder.file("cut", bytes.substr(0, cut))), InputError);
    for (std::size_t at = 0; at < bytes.size(); at += 7) {
        std::string bad = bytes;
        bad[at] = static_cast<char>(bad[at] ^ 0x20);
        const std::string file = folder.file("bad", bad);
        // Blanks between entries and the two hashes carry no numbers; everything else must be noticed.
        try {
            const TileStore damaged(file);
            const arma::mat m = damaged.matrix("nngp");
            if (damaged.description() == d) CHECK(m(6, 6) == 36.0);
        } catch (const InputError& error) {
            CHECK(std::string(error.what()).starts_with(file));
        }
    }
    const std::string s0 = store(folder, "s0", d, tiles_of(d.grid, {0, 3}), 2);
    const std::string s1 = store(folder, "s1", d, tiles_of(d.grid, {1, 3}), 2);
    const std::string s2 = store(folder, "s2", d, tiles_of(d.grid, {2, 3}), 2);
    CHECK(message_of<InputError>([&] {
              return open_tile_parts({s0, s2});
          }) == "tile 1 (1,0) is missing; no file given holds it");
    CHECK(message_of<InputError>([&] {
              return open_tile_parts({s0, s1, s2, s1});
          }) == s1 + ": repeats tile 1 (1,0), which the same file holds already");
    TileDescription other = d;
    other.network_sha256 = "m";
    const std::string foreign = store(folder, "foreign", other, tiles_of(d.grid, {1, 3}), 2);
    CHECK(message_of<InputError>([&] { return open_tile_parts({s0, foreign, s2}); }).starts_with(foreign));
}
