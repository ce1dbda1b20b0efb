#include <cmath>

#include "golden.hpp"
#include "limsym/base/error.hpp"
#include "limsym/nodescaling/network_document.hpp"
#include "limsym/nodescaling/node_motion.hpp"
#include "limsym/nodescaling/tangent_gram.hpp"
#include "limsym/nodescaling/width_bound.hpp"
#include "limsym/numerics/eigen.hpp"

using namespace limsym;
using nodescaling::ShallowNetwork;

namespace {

ShallowNetwork random_network(std::size_t m, std::size_t d, std::size_t outputs, std::uint64_t seed,
                              const std::string& activation = "relu", double gamma = 0.3) {
    ShallowNetwork network;
    network.activation = nodescaling::NodeActivation(activation);
    network.law = nodescaling::ScaleLaw{gamma, 0.6, nodescaling::ScaleVariant::paper};
    network.lambda = nodescaling::node_scales(m, *network.law);
    nodescaling::draw_weights(network, d, outputs, seed);
    return network;
}

} // namespace

TEST_CASE("outputs, tangent Gram matrices and their spectra equal the reference vectors") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    for (const tests::GoldenCase& golden : tests::golden_cases(*folder)) {
        CAPTURE(golden.network.activation.name());
        const arma::mat f = tests::matrix_of(golden.record.at("f"));
        CHECK(tests::largest_difference(nodescaling::outputs(golden.network, golden.x), f) <=
              1e-12 * arma::abs(f).max());
        const arma::mat ntg = tests::matrix_of(golden.record.at("ntg"));
        const arma::mat ours = nodescaling::tangent_gram(golden.network, golden.x);
        CHECK(tests::largest_difference(ours, ntg) <= 1e-12 * arma::abs(ntg).max());
        CHECK(tests::largest_difference(ours, ours.t()) == 0.0);
        const arma::vec values = tests::vector_of(golden.record.at("ntg_eigenvalues"));
        CHECK(tests::largest_difference(nodescaling::spectrum(ours).eigenvalues, values) <= 1e-12 * values.back());
    }
}

// The reference takes the angle of a row with itself from rounded products, about 1e-8 in place of 0: its diagonal is
// off by up to 5e-9 of an entry. Ours is |x|^2 / (2 d) there, which the next test holds.
TEST_CASE("mean and variance over initialisations equal the reference vectors") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    for (const tests::GoldenCase& golden : tests::golden_cases(*folder)) {
        if (!golden.record.contains("ntg_star_sw_sqrt2")) continue;
        CAPTURE(golden.network.activation.name());
        const arma::mat star = tests::matrix_of(golden.record.at("ntg_star_sw_sqrt2"));
        arma::mat difference =
            nodescaling::mean_tangent_gram(golden.network.activation, std::sqrt(2.0), golden.x) - star;
        if (golden.network.activation.is_relu()) {
            CHECK(arma::abs(difference.diag() / star.diag()).max() <= 1e-8);
            difference.diag().zeros();
        }
        CHECK(arma::abs(difference).max() <= 1e-12 * arma::abs(star).max());
        if (!golden.record.contains("ntg_var")) continue;
        const arma::mat variance = tests::matrix_of(golden.record.at("ntg_var"));
        CHECK(tests::largest_difference(nodescaling::relu_tangent_variance(golden.network.lambda, golden.x),
                                        variance) <= 1e-12 * variance.max());
    }
}

TEST_CASE("the mean over initialisations: exact diagonal, equal rows, any sigma_w for relu") {
    arma::mat x = {{0.3, -1.2, 0.7}, {0.3, -1.2, 0.7}, {1.0, 0.5, -0.25}, {-0.3, 1.2, -0.7}};
    const arma::mat star = nodescaling::mean_tangent_gram(nodescaling::NodeActivation("relu"), 1.0, x);
    for (std::size_t i = 0; i < 4; ++i)
        CHECK(star(i, i) == doctest::Approx(arma::dot(x.row(i), x.row(i)) / 6.0).epsilon(1e-14));
    CHECK(star(0, 1) == doctest::Approx(star(0, 0)).epsilon(1e-14));
    CHECK(std::abs(star(0, 3)) <= 1e-14);
    const arma::mat wide = nodescaling::mean_tangent_gram(nodescaling::NodeActivation("relu"), 3.0, x);
    CHECK(tests::largest_difference(star, wide) <= 1e-14);
}

TEST_CASE("the tangent Gram matrix scatters about its mean as the variance says" * doctest::test_suite("slow")) {
    const arma::mat x = {{0.3, -1.2, 0.7}, {1.0, 0.5, -0.25}, {-0.4, 0.2, 0.9}};
    constexpr std::size_t draws = 4000;
    ShallowNetwork network = random_network(50, 3, 1, 0);
    const arma::mat mean = nodescaling::mean_tangent_gram(network.activation, network.sigma_w, x);
    const arma::mat variance = nodescaling::relu_tangent_variance(network.lambda, x);
    arma::mat sum(3, 3);
    arma::mat squares(3, 3);
    for (std::size_t s = 0; s < draws; ++s) {
        nodescaling::draw_weights(network, 3, 1, s);
        const arma::mat deviation = nodescaling::tangent_gram(network, x) - mean;
        sum += deviation;
        squares += deviation % deviation;
    }
    const double count = draws;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j) {
            CHECK(std::abs(sum(i, j)) / std::sqrt(variance(i, j) * count) < 5.5);
            CHECK(squares(i, j) / count / variance(i, j) > 0.9);
            CHECK(squares(i, j) / count / variance(i, j) < 1.1);
        }
}

TEST_CASE("widths: the variance of the tangent Gram matrix falls as 1/m at gamma 1 alone" *
          doctest::test_suite("slow")) {
    const arma::mat x = {{0.3, -1.2, 0.7}, {1.0, 0.5, -0.25}};
    const auto total = [&](std::size_t m, double gamma) {
        ShallowNetwork network = random_network(m, 3, 1, 0, "relu", gamma);
        network.lambda = nodescaling::node_scales(m, {gamma, 0.5, nodescaling::ScaleVariant::paper});
        const arma::mat mean = nodescaling::mean_tangent_gram(network.activation, network.sigma_w, x);
        double sum = 0.0;
        for (std::size_t s = 0; s < 600; ++s) {
            nodescaling::draw_weights(network, 3, 1, s);
            sum += arma::accu(arma::square(nodescaling::tangent_gram(network, x) - mean));
        }
        return sum;
    };
    CHECK(total(100, 1.0) / total(1000, 1.0) == doctest::Approx(10.0).epsilon(0.3));
    CHECK(total(100, 0.2) / total(1000, 0.2) == doctest::Approx(1.0).epsilon(0.2));
}

TEST_CASE("permuting the nodes changes nothing but their numbers") {
    const ShallowNetwork network = random_network(40, 4, 2, 5, "gelu");
    std::vector<std::size_t> order(40);
    for (std::size_t j = 0; j < 40; ++j)
        order[j] = (17 * j + 3) % 40;
    const ShallowNetwork other = nodescaling::with_nodes(network, order);
    const arma::mat x = random_network(9, 4, 1, 77).w.t();
    CHECK(tests::largest_difference(nodescaling::outputs(network, x), nodescaling::outputs(other, x)) <= 1e-14);
    CHECK(tests::largest_difference(nodescaling::tangent_gram(network, x), nodescaling::tangent_gram(other, x)) <=
          1e-14);
}

TEST_CASE("initial weights: prefixes in width and dimension, moments, signs") {
    const ShallowNetwork wide = random_network(4000, 5, 2, 8);
    const ShallowNetwork narrow = random_network(1000, 5, 2, 8);
    CHECK(tests::largest_difference(wide.w.head_cols(1000), narrow.w) == 0.0);
    CHECK(tests::largest_difference(wide.signs.head_rows(1000), narrow.signs) == 0.0);
    CHECK(arma::accu(arma::square(wide.w)) / 20000.0 == doctest::Approx(2.0).epsilon(0.05));
    CHECK(arma::all(arma::vectorise(arma::abs(wide.signs)) == 1.0));
    CHECK(std::abs(arma::accu(wide.signs)) < 500.0);
}

TEST_CASE("relu has slope 0 at 0") {
    const double z[] = {-1.0, 0.0, 2.0};
    double slope[3];
    nodescaling::NodeActivation("relu").evaluate<double>(z, nullptr, slope, 3);
    CHECK(slope[0] == 0.0);
    CHECK(slope[1] == 0.0);
    CHECK(slope[2] == 1.0);
}

TEST_CASE("largest slopes of the activations") {
    for (const std::string& name : nodescaling::NodeActivation::names()) {
        const nodescaling::NodeActivation activation(name);
        double largest = 0.0;
        for (int i = -4000; i <= 4000; ++i) {
            const double z = 5e-3 * i;
            double slope = 0.0;
            activation.evaluate<double>(&z, nullptr, &slope, 1);
            largest = std::max(largest, std::abs(slope));
        }
        CAPTURE(name);
        CHECK(largest <= activation.largest_slope() * (1.0 + 1e-4));
        CHECK(largest >= activation.largest_slope() * (1.0 - 1e-4));
    }
}

TEST_CASE("width bound equals the reference") {
    const auto folder = tests::shared_folder("golden/node-scaling");
    if (!folder) return;
    arma::mat x;
    x.load(*folder + "/sim-x.csv", arma::csv_ascii);
    const data::Json document = data::read_json(*folder + "/theory.json");
    for (const data::Json& row : document.at("chernoff")) {
        const nodescaling::WidthBound bound = nodescaling::width_bound(
            nodescaling::NodeActivation("relu"), 1.0, x,
            {row.at("gamma").get<double>(), row.at("delta").get<double>(), row.at("eps").get<double>()});
        // The reference's kappa carries the rounding of its angles.
        CHECK(bound.kappa == doctest::Approx(row.at("kappa").get<double>()).epsilon(2e-8));
        CHECK(bound.r == doctest::Approx(row.at("R").get<double>()).epsilon(1e-12));
        CHECK(bound.nodes.value_or(0.0) == row.at("m").get<double>());
        CHECK(bound.eigenvalue_floor == doctest::Approx(row.at("eig_floor").get<double>()).epsilon(2e-8));
    }
    const nodescaling::WidthBound twice =
        nodescaling::width_bound(nodescaling::NodeActivation("relu"), 1.0, arma::join_cols(x, x), {});
    CHECK_FALSE(twice.nodes);
}

TEST_CASE("motion of nodes: deciles follow the scales, flips count sides of 0") {
    const arma::mat before(2, 20, arma::fill::zeros);
    arma::mat after = before;
    arma::vec lambda(20);
    for (std::size_t j = 0; j < 20; ++j) {
        after(0, j) = static_cast<double>(j);
        lambda(j) = static_cast<double>(j); // the last node is the largest
    }
    const arma::vec motion = nodescaling::node_motion(after, before);
    const auto deciles = nodescaling::motion_by_decile(motion, lambda);
    CHECK(deciles[0].value_or(0.0) == 18.5);
    CHECK(deciles[9].value_or(0.0) == 0.5);
    CHECK_FALSE(nodescaling::motion_by_decile(motion.head(3), lambda.head(3))[0]);
    CHECK(nodescaling::share_of_flips(arma::mat{{1.0, -1.0}, {0.0, 2.0}}, arma::mat{{2.0, 0.0}, {-1.0, -2.0}}) == 0.25);
}

TEST_CASE("models survive JSON and HDF5 to the last bit; damaged ones are refused with a pointer") {
    const tests::TemporaryFolder folder;
    ShallowNetwork network = random_network(7, 3, 2, 4, "swish");
    network.units = nodescaling::Units{data::Standardisation::of(network.w.t()),
                                       data::Standardisation::of(network.w.head_rows(2).t())};
    const data::Json head{{"schema", "limsym/node-model@1"}, {"tool", "t"}, {"version", "0"}, {"seed", 4}};
    const std::string h5 = folder.file("m.h5");
    std::string text;
    nodescaling::write_network_json([&text](std::string_view bytes) { text += bytes; }, head, network);
    nodescaling::write_network_hdf5(h5, head, network);
    for (const std::string& file : {folder.file("m.json", text), h5}) {
        const ShallowNetwork read = nodescaling::read_shallow_network({file, {}, ""});
        CHECK(tests::largest_difference(read.w, network.w) == 0.0);
        CHECK(tests::largest_difference(read.signs, network.signs) == 0.0);
        CHECK(tests::largest_difference(read.lambda, network.lambda) == 0.0);
        CHECK(read.activation.name() == "swish");
        CHECK(read.sigma_w == network.sigma_w);
        REQUIRE(read.law);
        CHECK(read.law->gamma == 0.3);
        REQUIRE(read.units);
        CHECK(tests::largest_difference(read.units->y->scale, network.units->y->scale) == 0.0);
    }
    const auto message = [&](const std::string& document) {
        return tests::message_of<base::InputError>([&] {
            return nodescaling::read_shallow_network({folder.file("bad.json", document), {}, ""});
        });
    };
    const std::string start = R"({"schema":"limsym/node-model@1","activation":"relu",)";
    CHECK(message(start + R"("w":[[1,2],[3]],"a":[[1],[1]],"lambda":[1,1]})").find("/w/1: 1 numbers; expected 2") !=
          std::string::npos);
    CHECK(message(start + R"("w":[[1,"q"]],"a":[[1]],"lambda":[1]})").find("/w/0/1") != std::string::npos);
    CHECK(message(start + R"("w":[[1,2]],"a":[[0.5]],"lambda":[1]})").find("/a/0/0") != std::string::npos);
    CHECK(message(start + R"("w":[[1,2]],"a":[[1],[1]],"lambda":[1]})").find("/a: 2 rows") != std::string::npos);
    CHECK(message(start + R"("w":[[1,2]],"a":[[1]],"lambda":[-1]})").find("/lambda/0") != std::string::npos);
    CHECK(message(start + R"("w":[[1,2]],"a":[[1]],"lambda":[1],"lamda":1})").find("did you mean lambda") !=
          std::string::npos);
    CHECK(message(start + R"("w":[[1,2]],"a":[[1]]})").find("lambda") != std::string::npos);
    CHECK(
        message(start + R"("w":[[1,2]],"a":[[1]],"lambda":[1],"standardise":{"x_mean":[0,0]}})").find("/standardise") !=
        std::string::npos);
    CHECK(message(R"({"schema":"limsym/node-model@9","activation":"relu","w":[[1]],"a":[[1]],"lambda":[1]})")
              .find("/schema") != std::string::npos);
    folder.file("cut.h5", tests::file_text(h5).substr(0, 2000));
    CHECK_THROWS_AS(static_cast<void>(nodescaling::read_shallow_network({folder.file("cut.h5"), {}, ""})),
                    base::InputError);
}
