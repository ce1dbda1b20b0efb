#include "limsym/kernel/gram_tiles.hpp"

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/tile_store.hpp"
#include "limsym/kernel/tile_job.hpp"
#include "support.hpp"

using namespace limsym;
using tests::TemporaryFolder;

namespace {

arma::mat points(std::size_t rows, std::uint64_t index) {
    base::RandomStream stream(3, "points", index);
    arma::mat x(rows, 5);
    for (double& value : x)
        value = 2.0 * stream.uniform() - 1.0;
    return x;
}

network::Network relu_network() {
    network::Shorthand shorthand;
    shorthand.depth = 2;
    shorthand.sigma_b = 0.3;
    return network::make_network(shorthand);
}

template <typename T>
std::string store(const std::string& file, const arma::mat& x, const arma::mat* x2, std::size_t edge) {
    data::TileDescription description;
    description.network_sha256 = "network";
    description.kind = "both";
    description.single_precision = sizeof(T) == sizeof(float);
    description.grid = {x.n_rows, x2 == nullptr ? x.n_rows : x2->n_rows, edge, x2 == nullptr};
    const auto tiles = data::tiles_of(description.grid, {});
    data::TileStoreWriter writer(file, description, tiles);
    kernel::GramOptions options;
    options.ntk = true;
    options.tile = edge;
    kernel::gram_tiles<T>(relu_network(), x, x2, options, tiles,
                          [&](std::uint64_t t, const std::vector<char>& bytes) { writer.write(t, bytes); });
    writer.close();
    return file;
}

} // namespace

TEST_CASE("gram tiles: the store holds the Gram matrix, symmetric and rectangular, both precisions") {
    const TemporaryFolder folder;
    const arma::mat x = points(61, 1);
    const arma::mat x2 = points(23, 2);
    kernel::GramOptions options;
    options.ntk = true;
    const kernel::Gram<double> square = kernel::gram<double>(relu_network(), x, options);
    const kernel::Gram<double> cross = kernel::gram<double>(relu_network(), x, x2, options);
    for (const std::size_t edge : {2U, 16U, 64U}) {
        const data::TileStore symmetric(store<double>(folder.file("s"), x, nullptr, edge));
        CHECK(arma::abs(symmetric.matrix("nngp") - square.nngp).max() < 1e-14);
        CHECK(arma::abs(symmetric.matrix("ntk") - square.ntk).max() < 1e-13);
        CHECK(symmetric.matrix("ntk").is_symmetric());
        const data::TileStore rectangular(store<double>(folder.file("r"), x, &x2, edge));
        CHECK(arma::abs(rectangular.matrix("ntk") - cross.ntk).max() < 1e-13);
        const data::TileStore single(store<float>(folder.file("f"), x, nullptr, edge));
        CHECK(arma::abs(single.matrix("ntk") - square.ntk).max() < 2e-5);
    }
}

TEST_CASE("gram tiles: the same bytes for any number of threads") {
    const TemporaryFolder folder;
    const arma::mat x = points(61, 1);
    std::string one;
    for (const unsigned threads : {1U, 2U, 4U}) {
        const base::ThreadLimit limit(threads);
        const std::string bytes = tests::file_text(store<double>(folder.file("t"), x, nullptr, 8));
        if (one.empty()) one = bytes;
        CHECK(bytes == one);
    }
}

TEST_CASE("tile job: stopped at any tile, resumed to the bytes of an uninterrupted run") {
    const TemporaryFolder folder;
    const base::ThreadLimit limit(1);
    const arma::mat x = points(40, 1);
    kernel::TileJob job;
    job.options.tile = 8;
    job.options.ntk = true;
    kernel::write_tile_store(relu_network(), x, nullptr, job, folder.file("whole"));
    const std::string whole = tests::file_text(folder.file("whole"));
    for (const int stop_after : {1, 5, 14}) {
        int asked = 0;
        base::Monitor monitor;
        monitor.stop_requested = [&] { return ++asked > 15 + stop_after; }; // 15 checks before the first tile
        kernel::TileJob stopped = job;
        stopped.checkpoint = folder.file("state");
        CHECK_THROWS_AS(kernel::write_tile_store(relu_network(), x, nullptr, stopped, folder.file("out"), monitor),
                        base::Interrupted);
        CHECK(!std::filesystem::exists(folder.file("out")));
        CHECK(data::TileStore(folder.file("state")).holds(0));
        kernel::TileJob resumed = job;
        resumed.resume = folder.file("state");
        if (stop_after == 5) resumed.checkpoint = folder.file("state");  // goes on in place
        if (stop_after == 14) resumed.checkpoint = folder.file("other"); // and in another file
        kernel::write_tile_store(relu_network(), x, nullptr, resumed, folder.file("out"));
        CHECK(tests::file_text(folder.file("out")) == whole);
        std::filesystem::remove(folder.file("out"));
    }
}

TEST_CASE("tile job: resuming another matrix is refused with both hashes") {
    const TemporaryFolder folder;
    const arma::mat x = points(10, 1);
    kernel::TileJob job;
    job.options.tile = 4;
    job.shard = {0, 2};
    kernel::write_tile_store(relu_network(), x, nullptr, job, folder.file("part"));
    kernel::TileJob resumed = job;
    resumed.resume = folder.file("part");
    const std::string said = tests::message_of<base::InputError>(
        [&] { kernel::write_tile_store(relu_network(), points(10, 2), nullptr, resumed, folder.file("out")); });
    CHECK(said.starts_with(folder.file("part") + ": was made for another data set: "));
    CHECK(said.find(kernel::describe_tiles(relu_network(), x, nullptr, job).data_sha256) != std::string::npos);
    CHECK(!std::filesystem::exists(folder.file("out")));
}
