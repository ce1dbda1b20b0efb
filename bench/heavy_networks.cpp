// Finite heavy-tailed networks, aggregated.
#include "limsym/base/parallel.hpp"
#include "limsym/stable/simulation.hpp"
#include "measure.hpp"

namespace limsym::bench {

namespace {

stable::HeavyLayer layer(double alpha) {
    stable::HeavyLayer result;
    result.alpha = alpha;
    result.weights = stable::StableWeight{alpha};
    result.activation = network::BlockActivation({network::ActivationKind::tanh, {}, {}, {}});
    result.growth = {0, -1, 1};
    return result;
}

} // namespace

void aggregated_networks(double alpha, std::size_t width, std::size_t nets, unsigned threads, std::size_t runs,
                         const std::string& result_file) {
    const base::ThreadLimit limit(threads);
    stable::HeavyNetwork network;
    network.unit_input = true;
    network.layers = {layer(alpha), layer(alpha), layer(alpha)};
    stable::SimulationOptions options;
    options.width = width;
    const stable::Simulation simulation(network, arma::mat{{1.0, -0.5}}, options);
    arma::vec outputs(nets);
    const auto run = [&] {
        base::parallel_for(nets, [&](std::size_t i) { outputs(i) = simulation.outputs(i)(0, 0); });
    };
    run();
    Record record;
    std::vector<double> times;
    for (std::size_t r = 0; r < runs; ++r)
        times.push_back(seconds(run) / static_cast<double>(nets));
    write_doubles(result_file, outputs);
    record.add("ours", times);
    record.print();
}

} // namespace limsym::bench
