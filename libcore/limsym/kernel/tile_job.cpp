#include "limsym/kernel/tile_job.hpp"

#include <filesystem>
#include <memory>
#include <unistd.h>

#include "limsym/base/error.hpp"
#include "limsym/base/hash.hpp"
#include "limsym/base/output.hpp"
#include "limsym/base/unfinished_files.hpp"
#include "limsym/data/matrix.hpp"
#include "limsym/kernel/gram_tiles.hpp"

namespace limsym::kernel {

namespace {

void check_resumable(const data::TileStore& store, const data::TileDescription& wanted) {
    const data::TileDescription& found = store.description();
    const auto check = [&](const std::string& what, const std::string& has, const std::string& needs) {
        if (has != needs)
            throw base::InputError(store.file(), "was made for another " + what + ": " + has + "; expected " + needs);
    };
    check("network", found.network_sha256, wanted.network_sha256);
    check("data set", found.data_sha256, wanted.data_sha256);
    check("kind", found.kind, wanted.kind);
    check("number type", found.single_precision ? "f32" : "f64", wanted.single_precision ? "f32" : "f64");
    check("tile edge", std::to_string(found.grid.edge), std::to_string(wanted.grid.edge));
    if (!(found == wanted)) throw base::InputError(store.file(), "was made for a matrix of another shape");
}

// The tiles of `wanted` that `held` has not; those it has are checked, and copied when `writer` is another file.
std::vector<std::uint64_t> left_to_do(const data::TileStore* held, const std::vector<std::uint64_t>& wanted,
                                      data::TileStoreWriter* copy_to, const base::Monitor& monitor) {
    std::vector<std::uint64_t> left;
    std::vector<char> bytes;
    for (const std::uint64_t t : wanted) {
        monitor.check();
        if (held == nullptr || !held->holds(t)) {
            left.push_back(t);
            continue;
        }
        held->read(t, bytes);
        if (copy_to != nullptr) copy_to->write(t, bytes);
    }
    return left;
}

void compute(const network::Network& network, const arma::mat& x, const arma::mat* x2, const TileJob& job,
             const std::vector<std::uint64_t>& tiles, data::TileStoreWriter& writer, const base::Monitor& monitor) {
    const UseTile use = [&](std::uint64_t t, const std::vector<char>& bytes) { writer.write(t, bytes); };
    if (job.single_precision) {
        gram_tiles<float>(network, x, x2, job.options, tiles, use, monitor);
    } else {
        gram_tiles<double>(network, x, x2, job.options, tiles, use, monitor);
    }
    writer.close();
}

// Gone with its owner, or with the process, unless it has been renamed.
class UnfinishedFile {
public:
    explicit UnfinishedFile(std::string path) : path_(std::move(path)) { base::remember_unfinished(path_); }
    UnfinishedFile(const UnfinishedFile&) = delete;
    UnfinishedFile& operator=(const UnfinishedFile&) = delete;
    ~UnfinishedFile() {
        ::unlink(path_.c_str());
        base::forget_unfinished(path_);
    }
    [[nodiscard]] const std::string& path() const { return path_; }

private:
    std::string path_;
};

bool same_file(const std::string& a, const std::string& b) {
    std::error_code ignored;
    return a == b || std::filesystem::equivalent(a, b, ignored);
}

// Gives a finished checkpoint its second name, without a copy where the file system can.
void publish(const std::string& checkpoint, const std::string& out) {
    if (same_file(checkpoint, out)) return;
    const UnfinishedFile temporary(out + "." + std::to_string(::getpid()) + ".tmp");
    std::error_code failed;
    std::filesystem::create_hard_link(checkpoint, temporary.path(), failed);
    if (failed) std::filesystem::copy_file(checkpoint, temporary.path(), failed);
    if (!failed) std::filesystem::rename(temporary.path(), out, failed);
    if (failed) throw base::WorkError(out, "cannot be written: " + failed.message());
}

} // namespace

data::TileDescription describe_tiles(const network::Network& network, const arma::mat& x, const arma::mat* x2,
                                     const TileJob& job) {
    data::TileDescription description;
    description.network_sha256 = network::network_sha256(network);
    description.data_sha256 = data::matrix_sha256(x);
    if (x2 != nullptr) description.data_sha256 = base::sha256_hex(description.data_sha256 + data::matrix_sha256(*x2));
    description.kind = job.options.nngp && job.options.ntk ? "both" : job.options.ntk ? "ntk" : "nngp";
    description.single_precision = job.single_precision;
    description.grid = {x.n_rows, x2 == nullptr ? x.n_rows : x2->n_rows, job.options.tile, x2 == nullptr};
    return description;
}

void write_tile_store(const network::Network& network, const arma::mat& x, const arma::mat* x2, const TileJob& job,
                      const std::string& out, const base::Monitor& monitor) {
    const data::TileDescription description = describe_tiles(network, x, x2, job);
    const std::vector<std::uint64_t> wanted = data::tiles_of(description.grid, job.shard);
    std::unique_ptr<data::TileStore> held;
    if (job.resume) {
        held = std::make_unique<data::TileStore>(*job.resume);
        check_resumable(*held, description);
    }
    if (!job.checkpoint) {
        base::AtomicFile file(out);
        data::TileStoreWriter writer(file.descriptor_path(), description, wanted, out);
        const auto left = left_to_do(held.get(), wanted, &writer, monitor);
        compute(network, x, x2, job, left, writer, monitor);
        file.commit();
        return;
    }
    if (held && same_file(*job.resume, *job.checkpoint) && held->listed() == wanted) {
        const auto left = left_to_do(held.get(), wanted, nullptr, monitor);
        data::TileStoreWriter writer(*held);
        compute(network, x, x2, job, left, writer, monitor);
    } else {
        // The old checkpoint stays until the new one holds as much.
        const UnfinishedFile fresh(*job.checkpoint + ".new");
        data::TileStoreWriter writer(fresh.path(), description, wanted, *job.checkpoint);
        const auto left = left_to_do(held.get(), wanted, &writer, monitor);
        std::error_code failed;
        std::filesystem::rename(fresh.path(), *job.checkpoint, failed);
        if (failed) throw base::WorkError(*job.checkpoint, "cannot be written: " + failed.message());
        compute(network, x, x2, job, left, writer, monitor);
    }
    publish(*job.checkpoint, out);
}

} // namespace limsym::kernel
