// An epoch of maximum a posteriori training, as mogp-sample train does it; and what its products alone take.
#include <fstream>
#include <string>
#include <vector>

#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/mixture/map_training.hpp"
#include "limsym/numerics/blas.hpp"
#include "limsym/numerics/gemm.hpp"
#include "limsym/numerics/variates.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

constexpr std::uint64_t seed = 7;

template <typename T>
void write(const std::string& file, const T* values, std::size_t count) {
    std::ofstream(file, std::ios::binary)
        .write(reinterpret_cast<const char*>(values), static_cast<std::streamsize>(count * sizeof(T)));
}

mixture::LabelledData random_classes(std::size_t features, std::size_t rows, std::size_t classes) {
    mixture::LabelledData data;
    data.x = points(features, rows);
    base::RandomStream stream(seed, "classes");
    for (std::size_t i = 0; i < rows; ++i)
        data.labels.push_back(static_cast<std::uint32_t>(stream.below(classes)));
    return data;
}

// The three products of every step and stage, by the same tiles, and nothing else.
template <typename T>
double product_seconds(const network::MultilayerPerceptron& shape, std::size_t batch, std::size_t steps) {
    using numerics::Transpose;
    std::size_t widest = 0;
    for (const network::Stage& stage : shape.stages)
        widest = std::max({widest, stage.inputs, stage.outputs});
    const std::vector<T> weight(widest * widest, T(0.01));
    const std::vector<T> state(widest * batch, T(0.01));
    std::vector<T> result(widest * std::max(widest, batch));
    const auto product = [&](Transpose a, Transpose b, std::size_t m, std::size_t n, std::size_t k, const T* left,
                             std::size_t stride_left, const T* right, std::size_t stride_right) {
        const numerics::TileGrid tiles = numerics::product_tiles(m, n, k);
        base::parallel_for(tiles.count(), [&](std::size_t i) {
            const numerics::Tile t = tiles.tile(i);
            numerics::gemm<T>(a, b, t.rows, t.columns, k, T{1}, left + t.row * (a == Transpose::no ? 1 : stride_left),
                              stride_left, right + t.column * (b == Transpose::no ? stride_right : 1), stride_right,
                              T{0}, result.data() + t.row + t.column * m, m);
        });
    };
    return seconds([&] {
        for (std::size_t step = 0; step < steps; ++step)
            for (std::size_t l = 0; l < shape.stages.size(); ++l) {
                const std::size_t in = shape.stages[l].inputs;
                const std::size_t out = shape.stages[l].outputs;
                product(Transpose::no, Transpose::no, out, batch, in, weight.data(), out, state.data(), in);
                product(Transpose::no, Transpose::yes, out, in, batch, state.data(), out, state.data(), in);
                if (l > 0)
                    product(Transpose::yes, Transpose::no, in, batch, out, weight.data(), out, state.data(), out);
            }
    });
}

} // namespace

void training_epoch(const std::string& folder, std::size_t features, std::size_t width, std::size_t hidden,
                    std::size_t classes, std::size_t rows, std::size_t batch, const std::string& precision,
                    unsigned threads, std::size_t runs) {
    numerics::use_serial_blas();
    const base::ThreadLimit limit(threads);
    const mixture::LabelledData data = random_classes(features, rows, classes);
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("relu", "activation");
    shorthand.depth = hidden;
    shorthand.sigma_b = shorthand.readout_sigma_b = 1.0;
    const mixture::MapModel start = mixture::initial_map_model(
        network::make_network(shorthand), std::vector<mixture::Prior>(hidden, mixture::parse_prior("horseshoe")),
        features, width, classes, seed);
    mixture::MapTrainingOptions options;
    options.epochs = 1;
    options.batch = batch;
    options.rates = {{0.001}, {}};
    options.precision = precision == "f32" ? mixture::Precision::f32 : mixture::Precision::f64;
    options.seed = seed;

    std::vector<std::size_t> order(rows);
    base::RandomStream stream(seed, "shuffle", 0);
    numerics::fill_permutation(stream, order.data(), rows);
    write(folder + "/x.f64", data.x.memptr(), data.x.n_elem);
    write(folder + "/labels.u32", data.labels.data(), rows);
    write(folder + "/start.f64", start.parameters.data(), start.parameters.size());
    write(folder + "/order.u64", order.data(), rows);

    double loss = 0.0;
    std::vector<double> times;
    for (std::size_t i = 0; i <= runs; ++i) { // the first is not counted
        mixture::MapModel model = start;
        times.push_back(seconds([&] {
            mixture::train_map(model, data, nullptr, options, "",
                               [&](const mixture::MapEpoch& epoch) { loss = epoch.train_loss; }, {});
        }));
    }
    times.erase(times.begin());
    const double products = options.precision == mixture::Precision::f32
                                ? product_seconds<float>(start.shape, batch, rows / batch)
                                : product_seconds<double>(start.shape, batch, rows / batch);
    Record record;
    record.add("threads", threads);
    record.add("loss", loss);
    record.add("products", products);
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
