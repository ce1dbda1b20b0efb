// Kernels of f and its Jacobian: acceptance vectors, finite differences, invariances, products, spectra.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "limsym/base/error.hpp"
#include "limsym/base/parallel.hpp"
#include "limsym/base/random.hpp"
#include "limsym/data/json.hpp"
#include "limsym/kernel/gram.hpp"
#include "limsym/kernel/jacobian_check.hpp"
#include "limsym/kernel/jacobian_operator.hpp"
#include "limsym/kernel/jacobian_spectrum.hpp"
#include "limsym/numerics/sphere.hpp"
#include "limsym/numerics/variates.hpp"
#include "support.hpp"

using namespace limsym;

namespace {

network::Network plain(const std::string& activation, std::size_t depth, double sigma_w, double sigma_b,
                       bool unit = false) {
    network::Shorthand shorthand;
    shorthand.activation = network::parse_activation(activation, "--activation");
    shorthand.depth = depth;
    shorthand.sigma_w = shorthand.readout_sigma_w = sigma_w;
    shorthand.sigma_b = shorthand.readout_sigma_b = sigma_b;
    network::Network result = network::make_network(shorthand);
    result.unit_input = unit;
    return result;
}

kernel::JacobianNetwork limit(const network::Network& network, const arma::mat& x) {
    return kernel::make_jacobian_network(network, x.n_cols);
}

arma::mat normal_points(std::size_t n, std::size_t d) {
    arma::mat x(n, d);
    base::RandomStream stream(5, "points");
    numerics::fill_normal(stream, x.memptr(), x.n_elem);
    return x;
}

arma::mat matrix_of(const data::Json& rows) {
    arma::mat result(rows.size(), rows.at(0).size());
    for (std::size_t i = 0; i < result.n_rows; ++i)
        for (std::size_t j = 0; j < result.n_cols; ++j)
            result(i, j) = rows[i][j].get<double>();
    return result;
}

double distance(const arma::mat& got, const arma::mat& want) {
    REQUIRE(got.n_rows == want.n_rows);
    REQUIRE(got.n_cols == want.n_cols);
    return arma::abs(got - want).max() / arma::abs(want).max();
}

arma::mat dense(const kernel::JacobianNetwork& network, const arma::mat& x, bool ntk,
                kernel::JacobianLayout layout = kernel::JacobianLayout::point) {
    const auto kernels = kernel::jacobian_kernels(network, x, nullptr, {!ntk, ntk, false});
    return kernel::expand(ntk ? kernels.ntk : kernels.nngp, x, x, true, layout);
}

} // namespace

TEST_CASE("Sigma and Theta of the acceptance vectors") {
    const auto folder = tests::shared_folder("golden/jac-ntk");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/kernels.json");
    for (const data::Json& item : document.at("cases")) {
        const auto activation = item.at("activation").get<std::string>();
        CAPTURE(activation);
        const network::Network net =
            plain(activation, item.at("hidden_layers").get<std::size_t>(), item.at("sigma_w").get<double>(),
                  item.at("sigma_b").get<double>(), item.at("input_scale").get<std::string>() == "unit");
        const arma::mat x1 = matrix_of(item.at("x1"));
        const arma::mat x2 = matrix_of(item.at("x2"));
        const bool ntk = item.contains("theta");
        const auto kernels = kernel::jacobian_kernels(limit(net, x1), x1, &x2, {true, ntk, false});
        CHECK(distance(kernel::expand(kernels.nngp, x1, x2, false), matrix_of(item.at("sigma"))) <= 1e-12);
        if (ntk) CHECK(distance(kernel::expand(kernels.ntk, x1, x2, false), matrix_of(item.at("theta"))) <= 1e-12);
    }
}

TEST_CASE("derivative blocks are those of the values, by finite differences") {
    const arma::mat x = normal_points(5, 3);
    for (const char* activation : {"erf", "gelu", "sin", "{\"rbf\":{\"gamma\":0.3}}", "{\"expr\":\"x*erf(x)\"}"}) {
        CAPTURE(activation);
        const std::size_t depth = std::string(activation).find("expr") == std::string::npos ? 3 : 1;
        const auto check = kernel::check_differences(limit(plain(activation, depth, 1.3, 0.2), x), x, {}, 1e-4);
        CHECK(*check.nngp <= 1e-6);
        CHECK(*check.ntk <= 1e-6);
        CHECK(check.symmetric);
    }
}

TEST_CASE("value entries are the kernels of the tile engine") {
    const arma::mat x = normal_points(9, 4);
    for (const char* activation : {"erf", "gelu", "relu"}) {
        CAPTURE(activation);
        const network::Network net = plain(activation, 3, 1.4, 0.3);
        kernel::GramOptions options;
        options.ntk = true;
        const auto gram = kernel::gram<double>(net, x, options);
        const auto kernels = kernel::jacobian_kernels(limit(net, x), x, nullptr, {true, true, true});
        CHECK(distance(kernels.nngp.value, gram.nngp) <= 1e-13);
        CHECK(distance(kernels.ntk.value, gram.ntk) <= 1e-13);
    }
}

TEST_CASE("a rotation of the inputs conjugates the blocks, equal inputs give equal blocks") {
    const arma::mat x = normal_points(4, 3);
    arma::mat o;
    arma::mat r;
    arma::qr(o, r, normal_points(3, 3));
    const kernel::JacobianNetwork network = limit(plain("gelu", 2, 1.2, 0.1), x);
    arma::mat turn(16, 16, arma::fill::zeros);
    for (std::size_t i = 0; i < 4; ++i) {
        turn(4 * i, 4 * i) = 1.0;
        turn.submat(4 * i + 1, 4 * i + 1, 4 * i + 3, 4 * i + 3) = o;
    }
    for (const bool ntk : {false, true}) {
        const arma::mat k = dense(network, x, ntk);
        CHECK(distance(dense(network, x * o, ntk), turn.t() * k * turn) <= 1e-12);
        CHECK(arma::approx_equal(k, k.t(), "absdiff", 0.0));
        CHECK(arma::eig_sym(k)(0) >= -16 * 2.3e-16 * arma::eig_sym(k)(15));
    }
    arma::mat twice = x;
    twice.row(3) = x.row(0);
    const arma::mat k = dense(network, twice, true);
    CHECK(arma::approx_equal(k.submat(0, 0, 3, 3), k.submat(12, 0, 15, 3), "absdiff", 1e-14 * k.max()));
}

TEST_CASE("the block layout is a permutation of the point layout, the diagonal a part of it") {
    const arma::mat x = normal_points(3, 2);
    const kernel::JacobianNetwork network = limit(plain("erf", 2, 1.5, 0.1), x);
    const arma::mat point = dense(network, x, true);
    const arma::mat block = dense(network, x, true, kernel::JacobianLayout::block);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            for (std::size_t a = 0; a < 3; ++a)
                for (std::size_t b = 0; b < 3; ++b)
                    CHECK(block(a * 3 + i, b * 3 + j) == point(i * 3 + a, j * 3 + b));
    const auto diagonal = kernel::jacobian_diagonal(network, x, {});
    arma::mat one;
    kernel::expand_block(diagonal.ntk, 1, 0, x.row(1), x.row(1), one);
    CHECK(distance(one, point.submat(3, 3, 5, 5)) <= 1e-14);
}

TEST_CASE("products without blocks equal dense products") {
    const arma::mat x1 = normal_points(70, 5);
    const arma::mat x2 = normal_points(9, 5);
    const kernel::JacobianNetwork network = limit(plain("erf", 3, 1.4, 0.2), x1);
    const auto kernels = kernel::jacobian_kernels(network, x1, &x2, {});
    arma::vec v(9 * 6);
    base::RandomStream stream(1, "v");
    numerics::fill_normal(stream, v.memptr(), v.n_elem);
    for (const kernel::JetMatrix* jets : {&kernels.nngp, &kernels.ntk}) {
        arma::vec got;
        kernel::JacobianOperator(*jets, x1, x2).multiply(v, got);
        const arma::vec want = kernel::expand(*jets, x1, x2, false) * v;
        CHECK(distance(got, want) <= 1e-12);
    }
}

TEST_CASE("the same bits for any number of threads") {
    const arma::mat x = normal_points(150, 3);
    const kernel::JacobianNetwork network = limit(plain("gelu", 2, 1.4, 0.2), x);
    arma::mat one;
    arma::mat three;
    {
        const base::ThreadLimit threads(1);
        one = dense(network, x, true);
    }
    {
        const base::ThreadLimit threads(3);
        three = dense(network, x, true);
    }
    CHECK(arma::approx_equal(one, three, "absdiff", 0.0));
}

TEST_CASE("extreme eigenvalues of the acceptance vectors; Lanczos agrees with the dense solver") {
    CHECK(kernel::critical_sigma_w(network::parse_activation("erf", ""), "") ==
          doctest::Approx(1.4671669504891387).epsilon(4e-15));
    CHECK(kernel::critical_sigma_w(network::parse_activation("gelu", ""), "") ==
          doctest::Approx(1.5335304411955352).epsilon(4e-15));
    const arma::mat x = numerics::sphere_cover(48);
    const auto folder = tests::shared_folder("golden/jac-ntk");
    if (!folder) return;
    const data::Json document = data::read_json(*folder + "/mineig.json");
    for (const data::Json& row : document.at("rows")) {
        const auto depth = row.at("hidden_layers").get<std::size_t>();
        if (depth > 4) continue;
        network::Network net =
            plain(row.at("activation").get<std::string>(), depth, row.at("sigma_w").get<double>(), 0.0, true);
        std::get<network::Dense>(net.layers.front().value).sigma_w = 1.0;
        CAPTURE(depth);
        for (const bool jacobian : {true, false}) {
            kernel::SpectrumOptions options;
            options.jacobian = jacobian;
            const kernel::Spectrum got = kernel::jacobian_spectrum(limit(net, x), x, options);
            const std::string name = jacobian ? "jntk_" : "ntk_";
            CHECK(got.largest == doctest::Approx(row.at(name + "max").get<double>()).epsilon(1e-10));
            const auto smallest = row.at(name + "min").get<double>();
            CHECK(std::abs(got.smallest - smallest) <= 1e-6 * smallest + 4 * got.error_bound());
            CHECK(got.resolved());
            if (!jacobian || depth > 2) continue;
            options.iterative = true;
            options.largest = 3;
            const kernel::Spectrum lanczos = kernel::jacobian_spectrum(limit(net, x), x, options);
            CHECK(std::abs(lanczos.smallest - got.smallest) <= 10 * got.error_bound());
            CHECK(distance(lanczos.values, got.values.tail(3)) <= 1e-12);
        }
    }
}

TEST_CASE("what is not built, infinite or too large is refused with its place") {
    const auto message = [](const std::string& layers, bool needs_ntk = false) {
        return tests::message_of<base::InputError>([&] {
            const data::Json document =
                data::parse_json(R"({"schema":"limsym/network@1","layers":[)" + layers + "]}", "n.json");
            const auto network = kernel::make_jacobian_network(network::read_network(document, "n.json"), 2);
            if (needs_ntk) kernel::require_jacobian_ntk(network);
            return network.features;
        });
    };
    CHECK(message(R"({"dense":{}},{"activation":"relu"},{"dense":{}})").empty());
    CHECK(message(R"({"dense":{}},{"activation":"relu"},{"dense":{}})", true) ==
          "n.json:/layers/1/activation: activation 'relu' has no finite Jacobian NTK (its derivative jumps); use gelu, "
          "softplus or kernel --which nngp-jac");
    CHECK(message(R"({"dense":{}},{"layer_norm":{}},{"activation":"erf"},{"dense":{}})") ==
          "n.json:/layers/1/layer_norm: jac-ntk supports dense and activation layers only");
    CHECK(message(R"({"dense":{}},{"dense":{}},{"activation":"erf"},{"dense":{}})").find("/layers/1/dense") !=
          std::string::npos);
    const arma::mat x = normal_points(2, 2);
    CHECK(tests::message_of<base::InputError>([&] {
              return kernel::jacobian_kernels(limit(plain("identity", 200, 10.0, 0.0), x), x, nullptr, {}).ntk.r.n_rows;
          }).find("overflows") != std::string::npos);
}
