#include "limsym/kernel/image_tiles.hpp"

#include <cmath>

#include "limsym/base/memory.hpp"
#include "limsym/base/parallel.hpp"

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
typename ImageTiles<T>::Group ImageTiles<T>::load(const Side& side, std::size_t group) {
    Group result;
    engine_.load_inputs(side, group, result.inputs);
    engine_.record(side, group, result.inputs, result.record);
    return result;
}

// The numbers of one lane.
template <typename T>
typename ImageTiles<T>::Group ImageTiles<T>::one_image(const Group& group, std::size_t lane) const {
    const auto gather = [&](const std::vector<T>& from) {
        std::vector<T> to(from.size() / lanes<T>);
        for (std::size_t k = 0; k < to.size(); ++k)
            to[k] = from[k * lanes<T> + lane];
        return to;
    };
    return {gather(group.inputs), gather(group.record)};
}

template <typename T>
void ImageTiles<T>::fill_row(std::size_t row, const Group& image, std::size_t column_block, std::size_t first_group,
                             const std::vector<Group>& groups, arma::Mat<T>* tiles, std::size_t tile_row) {
    const std::size_t begin = column_block * edge_;
    std::size_t end = begin + columns_in(column_block);
    if (symmetric()) end = std::min(end, row);
    std::vector<T> out(engine_.channels() * lanes<T>);
    for (std::size_t g = 0; g < groups.size(); ++g) {
        const std::size_t start = (first_group + g) * lanes<T>;
        if (start >= end || start + lanes<T> <= begin) continue;
        engine_.pairs(
            {image.inputs.data(), image.record.data(), groups[g].inputs.data(), groups[g].record.data(), false},
            out.data());
        for (std::size_t lane = 0; lane < lanes<T>; ++lane) {
            const std::size_t column = start + lane;
            if (column < begin || column >= end) continue;
            for (std::size_t c = 0; c < engine_.channels(); ++c)
                tiles[c](tile_row, column - begin) = out[c * lanes<T> + lane];
        }
    }
}

template <typename T>
std::vector<arma::Mat<T>> ImageTiles<T>::channel_tiles(std::size_t row_block, std::size_t column_block) {
    std::vector<arma::Mat<T>> tiles;
    for (std::size_t c = 0; c < engine_.channels(); ++c)
        tiles.emplace_back(edge_, edge_, arma::fill::none);
    const std::size_t row_begin = row_block * edge_;
    const std::size_t row_end = row_begin + rows_in(row_block);
    const std::size_t column_begin = column_block * edge_;
    const std::size_t column_end = column_begin + columns_in(column_block);
    const std::size_t last_group = (column_end + lanes<T> - 1) / lanes<T>;
    const std::size_t step = groups_at_a_time(engine_.record_size() * lanes<T> * sizeof(T));
    for (std::size_t first = column_begin / lanes<T>; first < last_group; first += step) {
        std::vector<Group> groups;
        for (std::size_t g = first; g < std::min(first + step, last_group); ++g)
            groups.push_back(load(columns(), g));
        const std::size_t row_groups = (row_end + lanes<T> - 1) / lanes<T> - row_begin / lanes<T>;
        const auto row_group_work = [&](std::size_t k, std::size_t first_lane, std::size_t last_lane) {
            const std::size_t group = row_begin / lanes<T> + k;
            const Group loaded = load(rows_, group);
            for (std::size_t lane = first_lane; lane < last_lane; ++lane) {
                const std::size_t row = group * lanes<T> + lane;
                if (row < row_begin || row >= row_end) continue;
                fill_row(row, one_image(loaded, lane), column_block, first, groups, tiles.data(), row - row_begin);
            }
        };
        if (engine_.pools()) {
            // Each pair is dear: rows are pieces of work of their own.
            base::parallel_for(row_groups * lanes<T>, [&](std::size_t k) {
                const std::size_t row = row_begin / lanes<T> * lanes<T> + k;
                const bool any = row >= row_begin && row < row_end && (!symmetric() || column_begin < row);
                if (any) row_group_work(k / lanes<T>, k % lanes<T>, k % lanes<T> + 1);
            });
        } else {
            for (std::size_t k = 0; k < row_groups; ++k)
                row_group_work(k, 0, lanes<T>);
        }
    }
    if (symmetric() && row_block == column_block) {
        for (std::size_t i = row_begin; i < row_end; ++i) {
            for (std::size_t c = 0; c < engine_.channels(); ++c)
                tiles[c](i - row_begin, i - row_begin) = rows_.own(c, i);
        }
    }
    return tiles;
}

ImageCost image_cost(const network::Network& network, std::size_t features, std::size_t channels,
                     std::size_t number_bytes) {
    using base::saturating_product;
    const ImageProgram program = compile_images(network, features);
    const std::uint64_t lane_count = 64 / number_bytes;
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
            } else if (std::holds_alternative<ImageActivationOp>(op.action)) {
                flops = 60.0;
                record += 2 * op.in.positions();
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
