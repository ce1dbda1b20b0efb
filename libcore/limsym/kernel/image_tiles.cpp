#include "limsym/kernel/image_tiles.hpp"

#include <utility>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/kernel/dual_book.hpp"

namespace limsym::kernel {

namespace {

// Records of column images under way at a time take about this much.
constexpr std::size_t record_bytes = std::size_t{32} << 20;
constexpr std::size_t most_groups = 8;

std::size_t groups_at_a_time(std::size_t group_bytes) {
    return std::clamp<std::size_t>(record_bytes / std::max<std::size_t>(1, group_bytes), 1, most_groups);
}

} // namespace

std::size_t image_tile_edge(std::size_t asked, std::size_t rows, std::size_t columns) {
    constexpr std::size_t grain = lanes<float>;
    constexpr std::size_t wanted_blocks = 8;
    const std::size_t longest = std::max<std::size_t>(1, std::max(rows, columns));
    const std::size_t even = (longest + wanted_blocks - 1) / wanted_blocks;
    const std::size_t rounded = (even + grain - 1) / grain * grain;
    return std::min({asked, rounded, most_groups * lanes<double>});
}

template <typename T>
ImageTiles<T>::ImageTiles(const network::Network& network, const arma::mat& x, const arma::mat* x2, std::size_t edge,
                          ImageChannels channels, double series_tolerance, const base::Monitor& monitor)
    : engine_(network, x.n_cols, channels, series_tolerance), edge_(edge), rows_(engine_.make_side(x)) {
    std::vector<Side*> sides{&rows_};
    if (x2 != nullptr) {
        columns_ = std::make_unique<Side>(engine_.make_side(*x2));
        sides.push_back(columns_.get());
    }
    engine_.prepare(sides, monitor);
}

template <typename T>
void ImageTiles<T>::load(const Side& side, std::size_t first_group, std::size_t last_group, std::vector<Images>& out) {
    if (out.size() < last_group - first_group) out.resize(last_group - first_group);
    for (std::size_t group = first_group; group < last_group; ++group) {
        Images& images = out[group - first_group];
        engine_.load_inputs(side, group, images.inputs);
        engine_.record(side, group, images.inputs, images.record);
    }
}

// One row image with groups of column images: all that there is to gather are the numbers of the row.
template <typename T>
void ImageTiles<T>::by_rows(Tile& tile, Bench& bench) {
    const std::size_t inputs = engine_.features();
    const std::size_t record = engine_.record_size();
    const std::size_t last_group = (tile.columns.end + lanes<T> - 1) / lanes<T>;
    const std::size_t step = groups_at_a_time(record * lanes<T> * sizeof(T));
    std::vector<T> out(engine_.channels() * lanes<T>);
    const auto split = [](const std::vector<T>& from, std::vector<T>& to) {
        const std::size_t size = from.size() / lanes<T>;
        to.resize(from.size());
        for (std::size_t k = 0; k < size; ++k) {
            for (std::size_t lane = 0; lane < lanes<T>; ++lane)
                to[lane * size + k] = from[k * lanes<T> + lane];
        }
    };
    for (std::size_t first = tile.columns.begin / lanes<T>; first < last_group; first += step) {
        const std::size_t last = std::min(first + step, last_group);
        load(columns(), first, last, bench.columns);
        for (std::size_t group = tile.rows.begin / lanes<T>; group * lanes<T> < tile.rows.end; ++group) {
            load(rows_, group, group + 1, bench.rows);
            split(bench.rows[0].inputs, bench.left.inputs);
            split(bench.rows[0].record, bench.left.record);
            for (std::size_t row = group * lanes<T>; row < (group + 1) * lanes<T>; ++row) {
                if (!tile.rows.contains(row)) continue;
                const std::size_t lane_of_row = row % lanes<T>;
                const Span wanted{tile.columns.begin, symmetric() ? std::min(row, tile.columns.end) : tile.columns.end};
                for (std::size_t g = first; g < last && g * lanes<T> < wanted.end; ++g) {
                    const Images& others = bench.columns[g - first];
                    engine_.pairs({bench.left.inputs.data() + lane_of_row * inputs,
                                   bench.left.record.data() + lane_of_row * record, others.inputs.data(),
                                   others.record.data(), false},
                                  out.data());
                    for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
                        const std::size_t column = g * lanes<T> + lane;
                        if (!wanted.contains(column)) continue;
                        for (std::size_t c = 0; c < engine_.channels(); ++c)
                            tile.channels[c](row - tile.rows.begin, column - tile.columns.begin) =
                                out[c * lanes<T> + lane];
                    }
                }
            }
        }
    }
}

// Each pair is dear: lanes are filled with whatever pairs there are, and groups of them are pieces of work.
template <typename T>
void ImageTiles<T>::by_pairs(Tile& tile, Bench& bench) {
    constexpr std::size_t chunk = 4 * lanes<T>;
    for (std::size_t i0 = tile.rows.begin / lanes<T> * lanes<T>; i0 < tile.rows.end; i0 += chunk) {
        for (std::size_t j0 = tile.columns.begin / lanes<T> * lanes<T>; j0 < tile.columns.end; j0 += chunk) {
            std::vector<std::pair<std::size_t, std::size_t>> pairs;
            for (std::size_t i = std::max(i0, tile.rows.begin); i < std::min(i0 + chunk, tile.rows.end); ++i) {
                const std::size_t end = std::min(j0 + chunk, tile.columns.end);
                for (std::size_t j = std::max(j0, tile.columns.begin); j < (symmetric() ? std::min(i, end) : end); ++j)
                    pairs.emplace_back(i, j);
            }
            if (pairs.empty()) continue;
            const auto end_group = [](std::size_t start, std::size_t end) {
                return (std::min(start + chunk, end) + lanes<T> - 1) / lanes<T>;
            };
            load(rows_, i0 / lanes<T>, end_group(i0, tile.rows.end), bench.rows);
            load(columns(), j0 / lanes<T>, end_group(j0, tile.columns.end), bench.columns);
            base::parallel_for((pairs.size() + lanes<T> - 1) / lanes<T>, [&](std::size_t batch) {
                std::unique_ptr<Bench> own = borrow();
                const auto pair_of = [&](std::size_t lane) {
                    return pairs[std::min(batch * lanes<T> + lane, pairs.size() - 1)];
                };
                const auto gather = [](const std::vector<T>& from, std::size_t lane_from, std::vector<T>& to,
                                       std::size_t lane) {
                    to.resize(from.size());
                    for (std::size_t k = 0; k < from.size(); k += lanes<T>)
                        to[k + lane] = from[k + lane_from];
                };
                for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
                    const auto [i, j] = pair_of(lane);
                    const Images& row = bench.rows[(i - i0) / lanes<T>];
                    const Images& column = bench.columns[(j - j0) / lanes<T>];
                    gather(row.inputs, i % lanes<T>, own->left.inputs, lane);
                    gather(row.record, i % lanes<T>, own->left.record, lane);
                    gather(column.inputs, j % lanes<T>, own->right.inputs, lane);
                    gather(column.record, j % lanes<T>, own->right.record, lane);
                }
                std::vector<T> out(engine_.channels() * lanes<T>);
                engine_.pairs({own->left.inputs.data(), own->left.record.data(), own->right.inputs.data(),
                               own->right.record.data(), true},
                              out.data());
                for (std::size_t lane = 0; lane < lanes<T> && batch * lanes<T> + lane < pairs.size(); ++lane) {
                    const auto [i, j] = pair_of(lane);
                    for (std::size_t c = 0; c < engine_.channels(); ++c)
                        tile.channels[c](i - tile.rows.begin, j - tile.columns.begin) = out[c * lanes<T> + lane];
                }
                give_back(std::move(own));
            });
        }
    }
}

template <typename T>
std::vector<arma::Mat<T>> ImageTiles<T>::channel_tiles(std::size_t row_block, std::size_t column_block) {
    Tile tile;
    tile.rows = {row_block * edge_, row_block * edge_ + rows_in(row_block)};
    tile.columns = {column_block * edge_, column_block * edge_ + columns_in(column_block)};
    for (std::size_t c = 0; c < engine_.channels(); ++c)
        tile.channels.emplace_back(edge_, edge_, arma::fill::none);
    std::unique_ptr<Bench> bench = borrow();
    if (engine_.pools())
        by_pairs(tile, *bench);
    else
        by_rows(tile, *bench);
    give_back(std::move(bench));
    if (symmetric() && row_block == column_block) {
        for (std::size_t i = tile.rows.begin; i < tile.rows.end; ++i) {
            for (std::size_t c = 0; c < engine_.channels(); ++c)
                tile.channels[c](i - tile.rows.begin, i - tile.rows.begin) = rows_.own(c, i);
        }
    }
    return std::move(tile.channels);
}

template <typename T>
std::unique_ptr<typename ImageTiles<T>::Bench> ImageTiles<T>::borrow() {
    {
        const std::lock_guard lock(mutex_);
        if (!spare_.empty()) {
            std::unique_ptr<Bench> bench = std::move(spare_.back());
            spare_.pop_back();
            return bench;
        }
    }
    return std::make_unique<Bench>();
}

template <typename T>
void ImageTiles<T>::give_back(std::unique_ptr<Bench> bench) {
    const std::lock_guard lock(mutex_);
    spare_.push_back(std::move(bench));
}

ImageCost image_cost(const network::Network& network, std::size_t features, std::size_t channels,
                     std::size_t number_bytes, double series_tolerance) {
    using base::saturating_product;
    const ImageProgram program = compile_images(network, features);
    const std::uint64_t lane_count = 64 / number_bytes;
    DualBook book(series_tolerance);
    ImageCost cost;
    std::uint64_t positions = program.input.positions();
    std::uint64_t record = 0;
    std::uint64_t stored = 0;
    for (const Stage& stage : program.stages) {
        const bool all = stage.units.size() > 1;
        cost.displacements = cost.displacements || all;
        for (std::size_t k = stage.first; k < stage.last; ++k) {
            const ImageOp& op = program.ops[k];
            positions = std::max<std::uint64_t>(positions, op.out.positions());
            double flops = 2.0;
            if (const auto* affine = std::get_if<WindowedAffineOp>(&op.action)) {
                flops = static_cast<double>(affine->windows.size[0] + affine->windows.size[1]);
            } else if (const auto* action = std::get_if<ImageActivationOp>(&op.action)) {
                const std::uint64_t terms = book.planned_terms(action->activation, channels > 1);
                flops = 60.0 + 2.0 * static_cast<double>(terms);
                record += (3 + terms) * op.in.positions();
            }
            const auto places = static_cast<double>(op.out.positions());
            cost.pair_flops += flops * (channels > 1 ? 1.5 : 1.0) * (all ? places * places : places);
        }
        for (const StoredSlot& output : stage.outputs) {
            const auto classes = [](const std::set<long>& needed, std::size_t size) {
                return std::min<std::uint64_t>(needed.size(), size);
            };
            stored += classes(output.needed.rows, output.extent.height) *
                      classes(output.needed.columns, output.extent.width) * output.extent.positions();
            cost.image_bytes += output.extent.positions() * channels * number_bytes;
        }
    }
    cost.pair_flops += 2.0 * static_cast<double>(features) *
                       (cost.displacements ? static_cast<double>(program.input.positions()) : 1.0);
    const std::uint64_t planes = 4 * program.slots * channels + 4;
    const std::uint64_t lane_numbers = saturating_product(planes, positions) + saturating_product(stored, channels);
    const std::uint64_t group_bytes = (record + features) * lane_count * number_bytes;
    cost.thread_bytes =
        saturating_product(lane_numbers, lane_count * number_bytes) + (groups_at_a_time(group_bytes) + 2) * group_bytes;
    return cost;
}

template class ImageTiles<double>;
template class ImageTiles<float>;

} // namespace limsym::kernel
