#include "limsym/network/width_sweep.hpp"

#include <cmath>
#include <vector>

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include "gradient_check.hpp"
#include "limsym/network/jacobian_ntk.hpp"
#include "limsym/network/multilayer_perceptron.hpp"
#include "limsym/network/width_document.hpp"

using namespace limsym;
using network::WidthRow;
using network::WidthSweep;

namespace {

network::Network erf_network() {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation("erf", "-");
    shorthand.depth = 2;
    return network::make_network(shorthand);
}

} // namespace

TEST_CASE("distances of two kernels by hand") {
    const arma::mat limit{{2.0, -4.0}, {1.0, 2.0}};
    const arma::mat kernel{{2.5, -4.0}, {1.0, 4.0}};
    const network::KernelDistance distance = network::kernel_distance(kernel, limit);
    CHECK(distance.max_abs == 2.0);
    CHECK(distance.rel_max == 0.5);
    CHECK(distance.rel_fro == doctest::Approx(std::sqrt(4.25 / 25.0)).epsilon(1e-15));
}

TEST_CASE("a sweep over widths: items in order, shards are parts of the whole, networks are those of the seed") {
    const network::Network net = erf_network();
    const arma::mat x = tests::normal_matrix(2, 3, 1);
    const arma::mat limit = arma::eye(9, 9) + 0.1; // any matrix: distances are to what is given
    const WidthSweep sweep{{5, 40}, 3, 8};
    const std::vector<WidthRow> whole = network::sweep_widths(net, x, limit, sweep, {}, {});
    REQUIRE(whole.size() == 6);
    for (std::size_t i = 0; i < 6; ++i) {
        CHECK(whole[i].width == sweep.widths[i / 3]);
        CHECK(whole[i].repeat == i % 3);
        const network::MultilayerPerceptron shape =
            network::make_perceptron(net, {.inputs = 2, .width = whole[i].width, .outputs = 1});
        const arma::mat kernel = network::jacobian_ntk(shape, network::nested_parameters(shape, 8, i % 3), x);
        CHECK(whole[i].distance.max_abs == arma::abs(kernel - limit).max());
    }
    for (std::size_t k = 0; k < 4; ++k) {
        const std::vector<WidthRow> part = network::sweep_widths(net, x, limit, sweep, {k, 4}, {});
        REQUIRE(part.size() == (k < 2 ? 2 : 1));
        for (std::size_t i = 0; i < part.size(); ++i)
            CHECK(part[i].distance.rel_fro == whole[k + 4 * i].distance.rel_fro);
    }
}

TEST_CASE("summaries: means by width, intervals from the seed, the same through the document") {
    const WidthSweep sweep{{8, 16}, 4, 3};
    std::vector<WidthRow> rows;
    for (std::size_t i = 0; i < 8; ++i)
        rows.push_back({sweep.widths[i / 4], i % 4, {1.0, 0.1 * static_cast<double>(i + 1), 0.5}});
    const std::vector<network::WidthSummary> summary = network::summarise(sweep, rows);
    REQUIRE(summary.size() == 2);
    CHECK(summary[0].rel_max_mean == doctest::Approx(0.25).epsilon(1e-15));
    CHECK(summary[1].rel_max_mean == doctest::Approx(0.65).epsilon(1e-15));
    for (const network::WidthSummary& one : summary) {
        CHECK(one.repeats == 4);
        CHECK(one.rel_max_low < one.rel_max_mean);
        CHECK(one.rel_max_mean < one.rel_max_high);
    }
    const data::Json document{{"schema", network::width_schema},
                              {"seed", 3},
                              {"options", {{"width", {8, 16}}, {"repeats", 4}}},
                              {"rows", network::rows_json(rows)}};
    CHECK(network::summary_json(network::summarise_document(document, "w.json")) == network::summary_json(summary));
}
