// Invariances and extremes of Gram matrices.
#include <cmath>
#include <string>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/matrix_check.hpp"
#include "networks.hpp"
#include "support.hpp"

using namespace limsym;
using network::ActivationKind;

namespace {

network::Network parsed(const std::string& layers) {
    return network::read_network(data::parse_json(R"({"layers":[)" + layers + "]}", "net.json"), "net.json");
}

kernel::GramOptions both_kernels() {
    kernel::GramOptions options;
    options.ntk = true;
    return options;
}

network::Network relu_net(std::size_t depth, double sigma_w, double sigma_b) {
    return tests::perceptron(tests::activation_of(ActivationKind::relu), depth, sigma_w, sigma_b);
}

} // namespace

TEST_CASE("kernels are positive semidefinite on 200 points, whatever the layers") {
    const arma::mat x = tests::scattered(200, 3);
    const std::string dense = R"({"dense":{"sigma_w":1.4,"sigma_b":0.3}})";
    for (const std::string activation : {R"("relu")",
                                         R"({"leaky_relu":{"alpha":0.2}})",
                                         R"("abs")",
                                         R"("sign")",
                                         R"("erf")",
                                         R"("sigmoid_like")",
                                         R"("gelu")",
                                         R"("gabor")",
                                         R"("sin")",
                                         R"("cos")",
                                         R"("rbf")",
                                         R"("gaussian")",
                                         R"({"exp":{"b":0.5}})",
                                         R"({"polynomial":{"coef":[0.1,1,0.2]}})",
                                         R"({"rectified_monomial":{"degree":2}})",
                                         R"("tanh")",
                                         R"("sigmoid")",
                                         R"("softplus")",
                                         R"("swish")",
                                         R"("identity")"}) {
        CAPTURE(activation);
        const auto result = kernel::gram<double>(parsed(dense + R"(,{"activation":)" + activation + "}," + dense +
                                                        R"(,{"layer_norm":{}},
                {"activation":)" + activation + R"(},{"dense":{}})"),
                                                 x, both_kernels());
        for (const arma::mat* k : {&result.nngp, &result.ntk}) {
            const auto check = kernel::check_matrix(*k, 1e-12);
            CHECK(check.asymmetry == 0.0);
            CHECK(check.psd);
        }
    }
}

TEST_CASE("two sets of rows that are the same") {
    arma::mat x = tests::scattered(50, 4);
    x.row(7) = x.row(3);
    x.row(9) = -x.row(4);
    const auto net = relu_net(5, 1.5, 0.0);
    const auto own = kernel::gram<double>(net, x, both_kernels());
    const auto cross = kernel::gram<double>(net, x, x, both_kernels());
    const double scale = arma::abs(own.ntk).max();
    CHECK(arma::abs(own.nngp - cross.nngp).max() < 1e-12 * scale);
    CHECK(arma::abs(own.ntk - cross.ntk).max() < 1e-12 * scale);
    CHECK(own.nngp(7, 3) == own.nngp(3, 3));
    CHECK(own.ntk(7, 3) == own.ntk(3, 3));
    // Rows that differ by 1e-9: the angle is lost in rounding, but no more than it.
    arma::mat moved = x;
    moved *= 1.0 + 1e-9;
    const auto near = kernel::gram<double>(net, x, moved, both_kernels());
    CHECK(arma::abs(near.ntk - own.ntk).max() < 1e-7 * scale);
}

TEST_CASE("scaling sigma_w scales homogeneous kernels; rows of zeros are kernels of the biases") {
    arma::mat x = tests::scattered(20, 3);
    x.row(5).zeros();
    const auto one = kernel::gram<double>(relu_net(3, 1.0, 0.0), x, both_kernels());
    const auto two = kernel::gram<double>(relu_net(3, 2.0, 0.0), x, both_kernels());
    CHECK(arma::abs(two.nngp - 64.0 * one.nngp).max() < 1e-13 * arma::abs(two.nngp).max());
    CHECK(arma::abs(one.nngp.row(5)).max() == 0.0);
    CHECK(one.ntk.is_finite());
    const auto biased = kernel::gram<double>(relu_net(3, 1.0, 0.5), x, both_kernels());
    CHECK(biased.nngp(5, 5) == doctest::Approx(0.5 * (0.25 + 0.5 * (0.25 + 0.5 * 0.25))));
}

TEST_CASE("layers that overflow are named; homogeneous networks carry a scale instead") {
    const arma::mat x = tests::scattered(6, 3);
    const auto blown = parsed(R"({"dense":{}},{"activation":"exp"},{"dense":{}},{"activation":"exp"},
        {"dense":{"sigma_w":30}},{"activation":"exp"},{"dense":{}})");
    CHECK(tests::message_of<base::WorkError>([&] {
              return kernel::gram<double>(blown, x, {});
          }).starts_with("layer 6 overflows (log2 variance "));
    CHECK(tests::message_of<base::WorkError>([&] {
              return kernel::gram<double>(relu_net(40, 1e5, 0.1), x, {});
          }).starts_with("layer 63 overflows (log2 variance 10"));

    const auto deep = kernel::gram<double>(relu_net(40, 1e5, 0.0), x, both_kernels());
    const auto plain = kernel::gram<double>(relu_net(40, 1.0, 0.0), x, both_kernels());
    // K scales with sigma_w^80 = 10^400
    const double factor = std::exp2(400 * std::log2(10.0) - static_cast<double>(deep.log2_scale));
    CHECK(deep.log2_scale > 0);
    CHECK(arma::abs(deep.nngp - factor * plain.nngp).max() < 1e-10 * arma::abs(deep.nngp).max());
    CHECK(deep.ntk.is_finite());
    const auto vanishing = kernel::gram<double>(relu_net(40, 1e-5, 0.0), x, {});
    CHECK(vanishing.log2_scale < 0);
    CHECK(arma::abs(vanishing.nngp).max() > 1e-100);
    CHECK(kernel::gram<float>(relu_net(40, 50.0, 0.0), x, {}).log2_scale > 0);
    CHECK(kernel::gram<double>(relu_net(40, 50.0, 0.0), x, {}).log2_scale == 0);
}

TEST_CASE("a hundred thousand layers take no memory") {
    const auto net = parsed(R"({"repeat":{"times":33000,"layers":[{"dense":{"sigma_w":1.4142135623730951}},
        {"activation":"relu"}]}},{"dense":{}})");
    const auto result = kernel::gram<double>(net, tests::scattered(4, 3), {});
    CHECK(result.nngp.is_finite());
    // Correlations of critical networks go to 1.
    CHECK(result.nngp(1, 0) / std::sqrt(result.nngp(0, 0) * result.nngp(1, 1)) == doctest::Approx(1).epsilon(1e-6));
}

TEST_CASE("inputs of unit scale, shapes, plans") {
    const arma::mat x = tests::scattered(6, 4);
    auto net = relu_net(2, 1.0, 0.0);
    const auto mean = kernel::gram<double>(net, x, {});
    net.unit_input = true;
    CHECK(arma::abs(kernel::gram<double>(net, x, {}).nngp - 4.0 * mean.nngp).max() < 1e-14);
    net.input_shape = {{1, 1, 5}};
    CHECK(tests::message_of<base::InputError>([&] { return kernel::gram<double>(net, x, {}); }).find("4 columns") !=
          std::string::npos);
    net.input_shape.reset();
    using Layout = kernel::GramLayout;
    CHECK(kernel::plan_gram(net, {6, 6, 4, true}, both_kernels(), false, Layout::full).bytes == 576);
    CHECK(kernel::plan_gram(net, {6, 6, 4, true}, {}, true, Layout::lower).bytes == 84);
    CHECK(kernel::plan_gram(net, {6, 6, 4, true}, {}, false, Layout::diagonal).bytes == 48);
    // Series keep their coefficients of every row: tanh has tens of them, a closed form none.
    const auto peak = [](const std::string& activation, std::uint64_t rows) {
        const auto shallow = parsed(R"({"dense":{}},{"activation":")" + activation + R"("},{"dense":{}})");
        return kernel::plan_gram(shallow, {rows, rows, 4, true}, {}, false, Layout::full).bytes_peak;
    };
    CHECK(peak("tanh", 100) - peak("erf", 100) > 100 * 8 * 20);
    CHECK(peak("tanh", 100) - peak("erf", 100) < 100 * 8 * 300);
    CHECK(kernel::plan_gram(net, {1ULL << 40U, 1ULL << 40U, 4, true}, {}, false, Layout::full).bytes == UINT64_MAX);
}

TEST_CASE("a kernel that dies away below double is refused, and rows whose squares do are taken as 0 with a warning") {
    const arma::mat x{{1.0, 2.0}, {3.0, 1.0}};
    const arma::mat tiny = 1e-300 * x;
    std::vector<std::string> warnings;
    base::Monitor monitor;
    monitor.warn = [&](std::string_view sentence) { warnings.emplace_back(sentence); };
    const auto message = [&](const network::Network& net, const arma::mat& at) {
        return tests::message_of<base::WorkError>([&] { return kernel::gram<double>(net, at, {}, monitor); });
    };
    // tanh is of the first order at 0 and not homogeneous: nothing can be rescaled.
    const auto tanh_net = [](double sigma_w, double sigma_b) {
        return tests::perceptron(tests::activation_of(ActivationKind::tanh), 2, sigma_w, sigma_b);
    };
    for (const network::Network& net : {relu_net(2, 1.0, 0.0), tanh_net(1.0, 0.0)}) {
        CHECK(message(net, tiny).starts_with("the kernel of the inputs underflows (log2 variance below -1022)"));
        CHECK(tests::message_of<base::WorkError>([&] {
                  return kernel::gram_diagonal(net, tiny, {});
              }).starts_with("the kernel of the inputs underflows"));
    }
    CHECK(warnings.size() == 2);
    CHECK(warnings[0] == "input row 1 and 1 more are so small that the squares leave the range of double, and taken as "
                         "0; try larger units");
    for (const network::Network& net : {relu_net(2, 1e-200, 0.0), tanh_net(1e-160, 0.0)})
        CHECK(message(net, x).starts_with("layer 1 underflows (log2 variance below -1022)"));
    CHECK(tests::message_of<base::WorkError>([&] {
              return kernel::gram<float>(relu_net(2, 1e-25, 0.0), x, {});
          }).find("--dtype f64") != std::string::npos);
    // A bias, a residual path or inputs that are 0 leave a kernel, or mean its absence.
    CHECK(kernel::gram<double>(relu_net(2, 1e-200, 0.1), x, {}).nngp(0, 1) == doctest::Approx(0.5 * 0.01));
    CHECK(kernel::gram<double>(relu_net(2, 1.0, 0.1), tiny, {}).nngp(0, 0) > 0.0);
    CHECK(kernel::gram<double>(relu_net(2, 1.0, 0.0), arma::mat(2, 2, arma::fill::zeros), {}).nngp(0, 0) == 0.0);
    CHECK(
        kernel::gram<double>(parsed(R"({"dense":{}},{"activation":{"expr":"0*x"}},{"dense":{}})"), x, {}).nngp(0, 0) ==
        0.0);
    // One row among others.
    const arma::mat mixed{{1.0, 2.0}, {1e-200, 1e-200}};
    warnings.clear();
    const arma::mat k = kernel::gram<double>(relu_net(1, 1.0, 0.0), mixed, {}, monitor).nngp;
    CHECK(k(0, 0) == doctest::Approx(1.25));
    CHECK(k(0, 1) == 0.0);
    CHECK(k(1, 1) == 0.0);
    CHECK(warnings.size() == 1);
}

TEST_CASE("images: a kernel that dies away below double is refused") {
    const network::Network net = network::read_network(
        data::parse_json(R"({"input_shape":[1,2,1],"layers":[{"conv":{"kernel":[1,1],"sigma_w":1e-200}},
                             {"activation":"relu"},"flatten",{"dense":{}}]})",
                         "net.json"),
        "net.json");
    const arma::mat x{{1.0, 2.0}, {3.0, 1.0}};
    CHECK(tests::message_of<base::WorkError>([&] {
              return kernel::gram<double>(net, x, {});
          }).starts_with("the kernel of the images underflows"));
    CHECK(kernel::gram<double>(net, arma::mat(2, 2, arma::fill::zeros), {}).nngp(0, 0) == 0.0);
}
